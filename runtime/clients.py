"""The libraries that reach remote stores: found, given their credentials, and their errors put into a sentence."""

import importlib
import importlib.util
import json
import os
import sys
from typing import Any, Dict, Iterator, List, Optional, Set

from .contract.paths import CLIENTS_PATH
from .errors import UNAVAILABLE, LauncherError
from .places import Place
from .secrets import Secrets

_AZURE = {
    "azure_storage_account_name": "account_name",
    "azure_storage_account_key": "account_key",
    "azure_storage_key": "account_key",
    "azure_storage_sas_token": "sas_token",
    "azure_storage_connection_string": "connection_string",
    "azure_tenant_id": "tenant_id",
    "azure_client_id": "client_id",
    "azure_client_secret": "client_secret",
}
_S3 = {
    "aws_access_key_id": "key",
    "aws_secret_access_key": "secret",
    "aws_session_token": "token",
    "aws_endpoint_url": "endpoint_url",
}
_DATABASE = {"username": "user", "pgpassword": "password", "pguser": "user"}
_KNOWN = {
    "abfs": ("account_name", "account_key", "sas_token", "connection_string", "tenant_id", "client_secret"),
    "azfile": ("account_key", "sas_token", "connection_string"),
    "s3": ("key", "secret", "token"),
    "gs": ("token",),
    "dbfs": ("token",),
    "webhdfs": ("password", "user"),
    "database": ("password", "user"),
}
_ALIASES = {"abfs": _AZURE, "azfile": _AZURE, "s3": _S3, "database": _DATABASE}
_SAME = {"abfss": "abfs", "az": "abfs", "gcs": "gs"}

_MODULES = {
    "abfs": ("adlfs",),
    "azfile": ("azure.storage.fileshare",),
    "dbfs": ("fsspec", "requests"),
    "gs": ("gcsfs",),
    "hdfs": ("fsspec", "pyarrow"),
    "mssql": ("sqlalchemy", "pymssql"),
    "mysql": ("sqlalchemy", "pymysql"),
    "postgresql": ("sqlalchemy", "psycopg"),
    "s3": ("s3fs",),
    "webhdfs": ("fsspec", "requests"),
}

_REFUSED = {
    "NoCredentialsError",
    "PartialCredentialsError",
    "ClientAuthenticationError",
    "DefaultCredentialsError",
    "RefreshError",
    "CredentialUnavailableError",
}
_REFUSALS = ("401", "403", "password", "authenti", "authoriz", "credential", "Login failed", "access denied")


def find(module: str) -> Any:
    """The module of that name. Raises `ImportError`."""
    if os.path.isdir(CLIENTS_PATH) and CLIENTS_PATH not in sys.path:
        sys.path.insert(0, CLIENTS_PATH)
    return importlib.import_module(module)


def missing(place: Place) -> Optional[str]:
    """The first module that the client of `place` needs and that is not installed; imports none of them."""
    for name in _MODULES.get(_SAME.get(place.scheme, place.scheme), ()):
        try:
            found = importlib.util.find_spec(name)
        except ImportError:  # of the package that holds it
            found = None
        if found is None:
            return name
    return None


def is_known(place: Place) -> bool:
    """Whether there is a client for the scheme of `place`."""
    return _SAME.get(place.scheme, place.scheme) in _MODULES


def credentials(place: Place, secrets: Secrets) -> Dict[str, object]:
    """What the client of `place` logs in with, as its options: nothing where no secret is named, so that the client
    looks for credentials by itself. Raises `LauncherError` where the secret is missing, or is none for this client."""
    if place.secret is None:
        return {}
    kind = "database" if place.is_database else _SAME.get(place.scheme, place.scheme)
    aliases = _ALIASES.get(kind, {})
    known = list(_KNOWN.get(kind, ())) + list(aliases)
    found = secrets.credentials(place.secret, known, lambda text: {_main(kind, text, place.secret): text})
    values: Dict[str, object] = {aliases.get(name, name): value for name, value in found.items()}
    if kind == "gs" and str(values.get("token", "")).lstrip().startswith("{"):
        values["token"] = _json(str(values["token"]), place.secret)
    return values


def _main(kind: str, text: str, secret: object) -> str:
    """The client's name for a secret that is one value."""
    if kind in ("abfs", "azfile"):
        if "AccountKey=" in text or "SharedAccessSignature=" in text:
            return "connection_string"
        return "sas_token" if "sig=" in text else "account_key"
    if kind == "database" or kind == "webhdfs":
        return "password"
    if kind in ("gs", "dbfs"):
        return "token"
    message = "the secret '{}' has to be lines NAME=value (for s3: key=… and secret=…)"
    raise LauncherError(UNAVAILABLE, message.format(secret))


def _json(text: str, secret: object) -> object:
    try:
        return json.loads(text)
    except ValueError:
        raise LauncherError(UNAVAILABLE, "the secret '{}' begins like JSON and is none".format(secret))


def failure(store: str, place: Place, path: str, error: BaseException, secrets: Secrets) -> LauncherError:
    """What a client's `error` at `path` of the store means, and the setting of pipelift.toml that would change it."""
    if isinstance(error, LauncherError):
        return error
    what = "store '{}' ({}{})".format(store, place.url, ", '{}'".format(path) if path else "")
    said = secrets.sentence(error)
    if isinstance(error, ImportError):
        message = "{}: its client is not installed ({}): locally pip install 'pipelift[{}]', else build the image anew"
        return LauncherError(UNAVAILABLE, message.format(what, said, extra(place)))
    if _is_refusal(error):
        if place.secret is None:
            message = '{} wants a login ({}); name a secret in pipelift.toml: [stores.{}] secret = "NAME"'
            return LauncherError(UNAVAILABLE, message.format(what, said, store))
        message = "{} refused the secret '{}' ({}); put another into {}, or name another: [stores.{}] secret"
        where = secrets.where(place.secret)
        return LauncherError(UNAVAILABLE, message.format(what, place.secret, said, where, store))
    what += (
        " does not take these settings"
        if isinstance(error, (TypeError, ValueError))
        else " cannot be reached"
    )
    message = "{} ({}); look at url, options and secret of [stores.{}] in pipelift.toml"
    return LauncherError(UNAVAILABLE, message.format(what, said, store))


def extra(place: Place) -> str:
    """The extra of pipelift that installs the client of `place`."""
    kind = _SAME.get(place.scheme, place.scheme)
    if place.is_database:
        return "sql"
    return kind if kind in ("abfs", "s3", "gs", "azfile") else "stores"


def _is_refusal(error: BaseException) -> bool:
    for one in _chain(error):
        if isinstance(one, PermissionError) or type(one).__name__ in _REFUSED:
            return True
        if getattr(one, "status_code", None) in (401, 403) or getattr(one, "code", None) in (401, 403):
            return True
    text = str(error).lower()
    return any(word.lower() in text for word in _REFUSALS)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and those that it was raised from."""
    seen: Set[int] = set()
    waiting: List[BaseException] = [error]
    while waiting:
        one = waiting.pop()
        if id(one) not in seen:
            seen.add(id(one))
            yield one
            waiting += [cause for cause in (one.__cause__, one.__context__) if cause is not None]
