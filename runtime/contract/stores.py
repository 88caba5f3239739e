"""Stores behind URLs, by scheme: whether one is a database, which client reaches it, and what that logs in with."""

from typing import Dict, Mapping, NamedTuple, Optional, Tuple

_Names = Tuple[str, ...]


class Kind(
    NamedTuple(
        "Kind",
        [
            ("modules", _Names),
            ("requirements", _Names),
            ("extra", str),
            ("login", Tuple[Optional[str], str]),
            ("credentials", _Names),
            ("aliases", Mapping[str, str]),
            ("bare", Optional[str]),
            ("drivers", _Names),
        ],
    )
):
    """A kind of store, which several schemes may name.

    `modules` are what its client imports, the first missing one is told; `requirements` what pip installs for it in an
    image, in versions that follow the image's Python; `extra` the extra of pipelift that does so on this machine.
    `login` is what the client calls the user and the password of an Airflow connection. `credentials` are its options
    that are secret or go with one, by their names in a secret, `aliases` other names that are in use for them, `bare`
    the name of a secret that is one value (None: it has to have names). `drivers` are those of a database, by
    SQLAlchemy's names, the best first; what has none holds files.
    """

    @property
    def is_database(self) -> bool:
        """Whether such a store holds tables, not files."""
        return bool(self.drivers)


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
_AMAZON = {
    "aws_access_key_id": "key",
    "aws_secret_access_key": "secret",
    "aws_session_token": "token",
    "aws_endpoint_url": "endpoint_url",
}
_ACCOUNT = ("account_name", "account_key")
_USER = ("user", "password")
_TOKEN = (None, "token")


def _files(
    modules: _Names,
    login: Tuple[Optional[str], str],
    credentials: _Names,
    bare: Optional[str],
    *,
    extra: str = "stores",
    aliases: Optional[Mapping[str, str]] = None,
    requirements: Optional[_Names] = None,
) -> Kind:
    return Kind(modules, requirements or modules, extra, login, credentials, aliases or {}, bare, ())


def _database(drivers: _Names, *requirements: str) -> Kind:
    aliases = {"username": "user", "pgpassword": "password", "pguser": "user"}
    modules, needed = ("sqlalchemy", drivers[0]), requirements + ("sqlalchemy",)
    return Kind(modules, needed, "sql", _USER, ("password", "user"), aliases, "password", drivers)


_BLOB = _files(
    ("adlfs",),
    _ACCOUNT,
    ("account_name", "account_key", "sas_token", "connection_string", "tenant_id", "client_secret"),
    "account_key",
    extra="abfs",
    aliases=_AZURE,
)
_GOOGLE = _files(("gcsfs",), _TOKEN, ("token",), "token", extra="gs")

KINDS: Dict[str, Kind] = {
    "abfs": _BLOB,
    "abfss": _BLOB,
    "az": _BLOB,
    "azfile": _files(
        ("azure.storage.fileshare",),
        _ACCOUNT,
        ("account_key", "sas_token", "connection_string"),
        "account_key",
        extra="azfile",
        aliases=_AZURE,
        requirements=("azure-storage-file-share",),
    ),
    "dbfs": _files(("fsspec", "requests"), _TOKEN, ("token",), "token"),
    "gcs": _GOOGLE,
    "gs": _GOOGLE,
    "hdfs": _files(("fsspec", "pyarrow"), _USER, (), None),
    "mssql": _database(("pymssql",), "pymssql"),
    "mysql": _database(("pymysql",), "pymysql[rsa]"),
    # SQLAlchemy's last version for Python 3.6 does not know psycopg, its successors know both.
    "postgresql": _database(
        ("psycopg", "psycopg2"),
        "psycopg2-binary; python_version < '3.7'",
        "psycopg[binary]; python_version >= '3.7'",
    ),
    "s3": _files(("s3fs",), ("key", "secret"), ("key", "secret", "token"), None, extra="s3", aliases=_AMAZON),
    "webhdfs": _files(("fsspec", "requests"), _USER, ("password", "user"), "password"),
}
"""By the scheme of a URL (`scheme`). There is no client for any other."""


def is_url(place: str) -> bool:
    """Whether `place` says where a remote store is, and not a folder."""
    return "://" in place


def scheme(url: str) -> str:
    """What stands before ``://``, in lower case and without a driver (``postgresql+psycopg``)."""
    return url.partition("://")[0].lower().partition("+")[0]


def is_database(url: str) -> bool:
    """Whether the store behind `url` holds tables; every other one holds files."""
    kind = KINDS.get(scheme(url))
    return kind is not None and kind.is_database
