"""Databases: the rows of a query as a file, streamed through SQLAlchemy."""

import os
from typing import Any, Dict, Iterator, List, Tuple

from . import clients, files, remotes, rows
from .context import Context
from .contract import stores
from .contract.digests import digest
from .contract.spec import Location
from .errors import CANCELLED, DATA, LauncherError
from .places import Place
from .secrets import Secrets

_PATIENCE = {"postgresql": "connect_timeout", "mysql": "connect_timeout", "mssql": "login_timeout"}
_TIMEOUT = 15
_AT_ONCE = 1000


def bring(location: Location, place: Place, context: Context) -> Location:
    """Write the rows of the location's query to a file in the store's mirror; returns where. Raises `LauncherError`."""
    store, query = location["store"] or "", location.get("query")
    if not query:
        message = "store '{}' is a database, but the dataset names '{}' in it and no query"
        raise LauncherError(DATA, message.format(store, location["path"]))
    name = digest(query)[:16] + rows.SUFFIX
    path = os.path.join(context.stores[store], name)
    files.make_folder(os.path.dirname(path))
    try:
        with _engine(place, context.secrets).connect() as connection:
            _write(path, connection, query, store, place, context)
    except OSError as error:
        if error.filename is None:  # the network's; a path is this machine's
            raise clients.failure(store, place, "", error, context.secrets) from None
        raise
    except Exception as error:
        raise clients.failure(
            store, place, "", getattr(error, "orig", None) or error, context.secrets
        ) from None
    return {"store": store, "path": name}


def check(store: str, place: Place, secrets: Secrets) -> None:
    """See that the database lets us in. Raises `LauncherError`."""
    try:
        with _engine(place, secrets).connect():
            pass
    except Exception as error:
        raise clients.failure(store, place, "", getattr(error, "orig", None) or error, secrets) from None


def _engine(place: Place, secrets: Secrets) -> Any:
    """Raises `LauncherError` for its secret, `ImportError`, and what SQLAlchemy raises for an address."""
    sqlalchemy = clients.find("sqlalchemy")
    login = clients.credentials(place, secrets)
    address = clients.find("sqlalchemy.engine").make_url(place.url)
    kind = stores.KINDS.get(place.scheme)
    if kind is not None and kind.drivers and "+" not in address.drivername:
        address = address.set(drivername="{}+{}".format(place.scheme, _driver(kind)))
    user = {"username": login.pop("user", None), "password": login.pop("password", None)}
    address = address.set(**{name: value for name, value in user.items() if value is not None})
    arguments = dict(remotes.settings(place.options), **login)
    if place.scheme in _PATIENCE:
        arguments.setdefault(_PATIENCE[place.scheme], _TIMEOUT)
    pool = clients.find("sqlalchemy.pool").NullPool
    return sqlalchemy.create_engine(address, connect_args=arguments, poolclass=pool)


def _driver(kind: stores.Kind) -> str:
    """The best driver that is installed. Raises `ImportError` where none is."""
    first, *others = kind.drivers
    for name in (first, *others):
        try:
            clients.find(name)
            return name
        except ImportError:
            continue
    clients.find(first)  # says which is missing
    return first


def _write(path: str, connection: Any, query: str, store: str, place: Place, context: Context) -> None:
    """Raises `LauncherError` where the database does not take the query."""
    # The text is the driver's own: neither ":name" nor "%" in it is a parameter.
    streaming = connection.execution_options(stream_results=True, no_parameters=True)
    try:
        result = streaming.exec_driver_sql(query)
        names = _names(list(result.keys()))
        rows.write(path, names, _batches(result, context))
    except (OSError, LauncherError):
        raise
    except Exception as error:
        reason = context.secrets.sentence(getattr(error, "orig", None) or error)
        message = "store '{}' ({}) does not answer the dataset's query ({}); the query begins: {}"
        raise LauncherError(DATA, message.format(store, place.url, reason, " ".join(query.split())[:80]))


def _batches(result: Any, context: Context) -> Iterator[Tuple[object, ...]]:
    while True:
        if context.cancel.is_set():
            raise LauncherError(CANCELLED, "the run was cancelled")
        batch = result.fetchmany(_AT_ONCE)
        if not batch:
            return
        yield from batch


def _names(columns: List[str]) -> List[str]:
    """Column names, each once: a join may give the same name to two."""
    seen: Dict[str, int] = {}
    names = []
    for name in columns:
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 else "{}_{}".format(name, seen[name]))
    return names
