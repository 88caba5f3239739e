"""Where a dataset's data are: what a factory's `path` or `query` names, as (datastore or None, path) pairs."""

from __future__ import annotations

from pipelift.compiler.evaluate.values import Call, Interpolated, Raised, Unknown, Value
from pipelift.compiler.sdk.credentials import note_address
from pipelift.compiler.sdk.data.datastores import DataPath, DataReference, Datastore
from pipelift.compiler.sdk.data.pipeline_data import PipelineParameter
from pipelift.compiler.secrets.secrecy import find_credentials


class Query(str):
    """The text of a query, in the place of a path."""


def find_locations(call: Call, path: Value) -> Value:
    """The (datastore or None, path) pairs of a factory's `path`: a text, a pair, a DataPath, or a list of these."""
    if isinstance(path, Unknown):
        return path
    if isinstance(path, list):
        pairs: list[Value] = []
        for item in path:
            locations = find_locations(call, item)
            if not isinstance(locations, tuple):
                return locations
            pairs.extend(locations)
        return tuple(pairs)
    if isinstance(path, tuple) and len(path) == 2 and isinstance(path[0], (Datastore, Unknown)):
        paths = path[1] if isinstance(path[1], list) else [path[1]]
        return tuple((path[0], text) for text in paths)
    if isinstance(path, (DataPath, DataReference)):
        return ((path.datastore, path.path_on_datastore or ""),)
    if isinstance(path, str) and "://" in path:
        return ((None, _remove_credential(call, path)),)
    if isinstance(path, (Interpolated, PipelineParameter)):
        return ((None, path),)  # an address that holds a parameter, which is refused where a step reads it
    raise Raised("ValueError", "a dataset's path is a URL, or (datastore, path)", call.span)


def find_query(call: Call, query: Value) -> Value:
    """The (datastore, `Query`) pair of a factory's `query`: a pair, or a `DataPath` with the text as its path."""
    if isinstance(query, Unknown):
        return query
    if isinstance(query, DataPath):
        query = (query.datastore, query.path_on_datastore)
    if not isinstance(query, tuple) or len(query) != 2:
        raise Raised("ValueError", "a query is (datastore, 'SELECT …'), or a DataPath of the two", call.span)
    store, text = query
    return ((store, Query(text) if isinstance(text, str) else text),)


def _remove_credential(call: Call, address: str) -> str:
    """A web address without its credential: with one, only its holder can read the data, which is reported."""
    if not find_credentials(address):
        return address
    note_address(call, address)
    message = (
        "the data is at an address with a credential, which is left out: without it the data is not found"
    )
    call.reporter.report("PL251", message, call.span)
    scheme, _, location = address.partition("?")[0].partition("://")
    host, slash, path = location.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"
