"""From what a script names as the source of a dataset to locations, and from locations to files."""

import os
from typing import Any, List, Sequence, Tuple, Union, cast

from azureml import _context
from azureml._context import Entries
from azureml._runtime import locations
from azureml._runtime.contract.spec import Location
from azureml.data.datapath import DataPath
from azureml.exceptions import UserErrorException

Source = Union[str, "os.PathLike[str]", DataPath, Tuple[Any, str], Sequence[Any]]
"""What the SDK takes for the place of data; the pair is a `Datastore` and a path in it."""


def as_locations(path: Source) -> List[Location]:
    """Locations for ``path=``: a (datastore, path) pair, a DataPath, an address, a local path, or a list."""
    if isinstance(path, DataPath):
        if path.datastore_name is None:
            raise UserErrorException("a DataPath needs a datastore here: DataPath(datastore, path)")
        return [{"store": path.datastore_name, "path": path.path_on_datastore}]
    if isinstance(path, (str, os.PathLike)):
        return [{"store": None, "path": os.fspath(path)}]
    if isinstance(path, tuple) and len(path) == 2 and hasattr(path[0], "path"):
        return [{"store": path[0].name, "path": path[1]}]
    return [location for item in cast(Sequence[Source], path) for location in as_locations(item)]


def entries(places: Sequence[Location], name: str) -> Entries:
    """The files at `places` as (name, full path). Raises `UserErrorException` where one has none."""
    context = _context.require("Dataset")
    matches = [_find(place, name, context) for place in places]
    return matches[0].entries if len(matches) == 1 else locations.view(matches)


def _find(place: Location, name: str, context: _context.Context) -> locations.Match:
    try:
        if place["store"] is not None:
            return locations.find(place, context.stores)
        if locations.is_address(place["path"]):
            return locations.fetch(place["path"], os.path.join(context.place.inputs, "fetched"))
        base, pattern = locations.split_pattern(os.path.abspath(place["path"]))
        location: Location = {"store": "", "path": "/".join(part for part in (base, pattern) if part)}
        return locations.find(location, {"": os.sep})
    except locations.Missing as missing:
        where = missing.looked_for or missing.path
        message = "dataset '{}': nothing at {}{}".format(
            name, where, ": " + missing.why if missing.why else ""
        )
        if missing.store in context.remotes:
            message = (
                "dataset '{}': a script is given no login to datastore '{}', and '{}' was not fetched for this step: "
                "make it an input of the step in the pipeline file"
            ).format(name, missing.store, missing.path)
        elif missing.store:
            message += '; say in pipelift.toml where the store is: [stores.{}] url = "FOLDER"'.format(
                missing.store
            )
        raise UserErrorException(message)
