"""Secrets of steps and of remote stores, which are connections of Airflow."""

import json

from airflow.sdk import Connection

from pipelift.templates.airflow.support.file import FIELDS

EXTRA = (
    "connection_string",
    "sas_token",
    "tenant_id",
    "aws_access_key_id",
    "aws_secret_access_key",
    "aws_session_token",
)


def secret(name: str) -> str:
    """A connection as text: its password; of a store's, a line for each thing that its client knows."""
    connection = Connection.get(name)
    if name not in FIELDS:
        return connection.password or ""
    extra = connection.extra_dejson
    if "keyfile_dict" in extra:  # Google's
        key = extra["keyfile_dict"]
        return key if isinstance(key, str) else json.dumps(key)
    login, password = FIELDS[name]
    if "tenant_id" in extra:  # Azure's, of a service principal
        login, password = "client_id", "client_secret"
    values = {login: connection.login, password: connection.password}
    values.update((field, extra[field]) for field in EXTRA if field in extra)
    known = {field: value for field, value in values.items() if field and value}
    return "".join(f'{field}="{value}"\n' for field, value in known.items())
