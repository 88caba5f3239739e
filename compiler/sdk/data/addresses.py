"""The URL of a store from its registration, in the form that pipelift.toml takes. None if it is not known."""

from __future__ import annotations

import re
from typing import TypeGuard
from urllib.parse import quote

from pipelift.compiler.evaluate.values import Value

STORAGE = "core.windows.net"
"""The endpoint of Azure's public cloud for storage accounts; sovereign clouds have others (`core.chinacloudapi.cn`)."""

GEN1_CONTAINER = "gen1"
"""The container that Azure's migration of a Data Lake Gen1 account makes in the Gen2 account of the same name."""

_NAME = re.compile(r"[\w.$-]+")


def lake(container: Value, account: Value, endpoint: Value = None) -> str | None:
    """A container of Blob storage, or a file system of Data Lake Gen2: fsspec reaches both as ``abfs``."""
    host = _host(account, f"dfs.{_default_endpoint(endpoint)}")
    return f"abfs://{container}@{host}" if host and _is_name(container) else None


def share(name: Value, account: Value, endpoint: Value = None) -> str | None:
    """A file share."""
    host = _host(account, f"file.{_default_endpoint(endpoint)}")
    return f"azfile://{name}@{host}" if host and _is_name(name) else None


def gen1(account: Value) -> str | None:
    """Where the data of a Data Lake Gen1 account is after Azure's own migration."""
    return lake(GEN1_CONTAINER, account)


def sql_server(server: Value, database: Value, user: Value, endpoint: Value) -> str | None:
    """An Azure SQL database; with a `user` where the registration signs in with a password."""
    return _database("mssql", server, database, user, None, endpoint or "database.windows.net")


def postgresql(server: Value, database: Value, user: Value, port: Value, endpoint: Value) -> str | None:
    """A PostgreSQL database; the SDK's default port is 5432."""
    return _database(
        "postgresql", server, database, user, port or 5432, endpoint or "postgres.database.azure.com"
    )


def mysql(server: Value, database: Value, user: Value, port: Value, endpoint: Value) -> str | None:
    """A MySQL database; the SDK's default port is 3306."""
    return _database("mysql", server, database, user, port or 3306, endpoint or "mysql.database.azure.com")


def hdfs(namenode: Value) -> str | None:
    """An HDFS cluster over WebHDFS, as the SDK's registration means it."""
    if not isinstance(namenode, str):
        return None
    host = namenode.partition("://")[2] or namenode
    return f"webhdfs://{host.strip('/')}" if re.fullmatch(r"[\w.-]+(:\d+)?/?", host) else None


def _database(
    scheme: str, server: Value, database: Value, user: Value, port: Value, endpoint: Value
) -> str | None:
    host = _host(server, endpoint)
    if host is None or not _is_name(database) or not (port is None or str(port).isdigit()):
        return None
    if user is not None and not isinstance(user, str):
        return None
    name = f"{quote(user, safe='')}@" if user else ""
    return f"{scheme}://{name}{host}{'' if port is None else f':{port}'}/{database}"


def _host(name: Value, domain: Value) -> str | None:
    """The host of an account or server. Some programs pass the whole host as the name."""
    if not _is_name(name) or not _is_name(domain):
        return None
    domain = domain.strip(".")
    return name if name.endswith(domain) else f"{name}.{domain}"


def _default_endpoint(endpoint: Value) -> Value:
    return STORAGE if endpoint is None else endpoint


def _is_name(value: Value) -> TypeGuard[str]:
    return isinstance(value, str) and _NAME.fullmatch(value) is not None
