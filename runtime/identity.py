"""What makes two datasets the same: what the pipeline says of them, and on request what is in their files."""

import os
import time
from functools import partial
from typing import Any, Dict, List, NamedTuple

from . import files, ingredients, inputs, locations, mirrors
from . import spec as specs
from .context import Context
from .contract import paths, untrusted
from .contract.digests import digest
from .contract.spec import InputPort, Location, Spec
from .errors import DATA, LauncherError

_SETTLED = 2.0
"""Seconds after which a file's time tells that it has not been written again."""

_MOST_FILES = 10000

Seen = Dict[str, List[object]]
"""Size, time in ns and sha256 of each file, by its name below the location."""


class Identities(
    NamedTuple(
        "Identities",
        [
            ("identities", Dict[str, Dict[str, Any]]),
            ("seen", Dict[str, Seen]),
            ("listed", Dict[str, Dict[str, Any]]),
        ],
    )
):
    """The identity of each dataset by port, and what is worth keeping: files seen by place, lists by digest."""


def datasets(spec: Spec, context: Context) -> Identities:
    """The identity of each dataset that the step is bound to. Writes nothing. Raises `LauncherError`.

    With ``identity = "content"`` it holds a digest of the data's bytes. A file is only read again when its size
    or time has changed. Kubeflow's own cache decides there, so nothing is read for it.
    """
    identities = Identities({}, {}, {})
    for port in spec["step"]["inputs"]:
        if port["source"]["kind"] == "dataset":
            identities.identities[port["name"]] = _identity(spec, port, context, identities)
    return identities


def keep_digests(identities: Identities, context: Context) -> None:
    """Keep what was learned from reading the data. Raises `OSError`."""
    for base, seen in identities.seen.items():
        path = _seen_file(context, base)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        files.write_json(path, {"files": seen})


def keep_lists(identities: Identities, context: Context, folder: str) -> None:
    """Keep in `folder` the lists behind the digests that the state lacks. Raises `OSError`."""
    for name, listed in identities.listed.items():
        ingredients.keep(context, folder, name, partial(dict, listed))


def _identity(spec: Spec, port: InputPort, context: Context, identities: Identities) -> Dict[str, Any]:
    dataset = specs.dataset(spec, port)
    places = inputs.dataset_locations(spec, dataset, context.state)
    identity = {"locations": places, "table": dataset["table"], "version": dataset.get("version")}
    if spec["identity"] == "content" and context.artifacts is None:
        listed: Dict[str, str] = {}
        for place in places:
            try:
                listed.update(_content(place, context, identities))
            except locations.Missing as missing:
                raise LauncherError(DATA, inputs.missing_message(port["name"], dataset, missing))
            except files.LeadsOut as error:
                raise LauncherError(DATA, "input '{}': {}".format(port["name"], error))
        content = digest("".join("{}\0{}\n".format(name, text) for name, text in sorted(listed.items())))
        identity["content"] = content
        identities.listed[content] = dict(sorted(listed.items())[:_MOST_FILES])
    return identity


def _content(place: Location, context: Context, identities: Identities) -> Dict[str, str]:
    """The sha256 of each file of a location, by store, path and name; of what is remote what the server says."""
    if place["store"] is None:
        return {place["path"]: locations.remote_stamp(place["path"])}
    remote = context.remotes.get(place["store"])
    if remote is not None and context.offline:
        raise LauncherError(DATA, "store '{}' is only asked by a run".format(place["store"]))
    if remote is not None and not remote.is_database:
        return mirrors.marks(place, context)
    place = mirrors.bring(place, context)
    found = locations.find(place, context.stores)
    before = (untrusted.read_json(_seen_file(context, found.base)) or {}).get("files", {})
    seen: Seen = {}
    digests = {}
    fresh = False
    base = locations.split_pattern(place["path"])[0]
    folder = base if os.path.isdir(found.base) else os.path.dirname(base)
    start = "/".join([place["store"] or ""] + ([folder] if folder else []))
    now = time.time()
    for name, path in found.entries:
        status = os.stat(path)
        stamp = [status.st_size, status.st_mtime_ns]
        earlier = before.get(name)
        if earlier and earlier[:2] == stamp:
            content = earlier[2]
        else:
            content, fresh = files.file_digest(path), True
        if now - status.st_mtime > _SETTLED:
            seen[name] = stamp + [content]
        digests["{}/{}".format(start, name)] = content
    if fresh:
        identities.seen[found.base] = dict(before, **seen)
    return digests


def _seen_file(context: Context, base: str) -> str:
    return os.path.join(context.state, paths.DIGESTS, digest(base)[:32] + ".json")
