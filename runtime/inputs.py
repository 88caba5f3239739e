"""A step's inputs: found in the stores or with the step that made them, and put before the script."""

import os
from typing import Any, Dict, List, Mapping, Optional, Tuple, cast

from . import files, locations, mirrors, records
from . import spec as specs
from .context import Context
from .contract import untrusted
from .contract.record import Record
from .contract.spec import Dataset, InputPort, Location, Spec, TableFormat
from .contract.stores import is_url
from .errors import DATA, SPEC, UPSTREAM, LauncherError
from .locations import Match, Missing

DATASETS_FOLDER = "datasets"
"""Where, in the default store, a dataset is looked for that is known only by its registered name."""


class Input:
    """One input port, ready: `path` is what the script sees.

    It is None where the script reads the dataset itself: its files are `entries`, (name, full path). `shows` are the
    files and folders of the data, wherever the script sees them.
    """

    def __init__(
        self,
        port: InputPort,
        path: Optional[str],
        entries: List[Tuple[str, str]],
        dataset: Optional[Dataset],
        shows: List[str],
    ) -> None:
        self.name: str = port["name"]
        self.mode: str = port["mode"]
        self.path = path
        self.entries = entries
        self.dataset = dataset
        self.shows = shows

    @property
    def argument(self) -> str:
        """What stands for the port among the script's arguments: its path, or the dataset's id."""
        if self.path is not None:
            return self.path
        return self.dataset["id"] if self.dataset else self.name

    def described(self) -> Dict[str, Any]:
        """The port as the stand-in reads it."""
        return {"mode": self.mode, "path": self.path, "files": self.entries, "dataset": self.dataset}


def dataset_locations(spec: Spec, dataset: Dataset, state: Optional[str]) -> List[Location]:
    """A dataset's locations; one known by name alone is looked up among those that runs have registered,
    else expected in the default store."""
    name = dataset["name"]
    if dataset["locations"] or not name:
        return dataset["locations"]
    entry = records.registered_dataset(state, name, dataset.get("version")) if state else None
    if entry is not None:
        return cast(List[Location], entry["locations"])
    path = "{}/{}".format(DATASETS_FOLDER, name)
    return [{"store": spec["pipeline"]["default_store"], "path": path}]


def missing_data(spec: Spec, stores: Mapping[str, str], state: Optional[str] = None) -> List[str]:
    """What the step reads and is not there, one message each: the store, the path looked for, and the line of
    pipelift.toml that would change it. Web addresses are not asked."""
    messages = []
    for port in spec["step"]["inputs"]:
        if port["source"]["kind"] != "dataset":
            continue
        dataset = specs.dataset(spec, port)
        for location in dataset_locations(spec, dataset, state):
            if port["writable"] and locations.may_be_made(location["path"]):
                continue
            try:
                if location["store"] is not None:
                    locations.find(location, dict(stores))
            except Missing as missing:
                messages.append(missing_message(port["name"], dataset, missing))
    return messages


def make_places(spec: Spec, context: Context) -> bool:
    """Make the folders that the script may write below a writable input, where nothing is yet; each is told to the log.

    Whether there were any. Raises `LauncherError`, `OSError`.
    """
    lost = list_lost_places(spec, context)
    for port, location, folder in lost:
        os.makedirs(folder, exist_ok=True)  # two inputs may name the same
        message = "pipelift: input '{}': nothing was at '{}' of store '{}', so an empty folder was made there"
        context.emit(message.format(port["name"], location["path"], location["store"]))
    return bool(lost)


def list_lost_places(spec: Spec, context: Context) -> List[Tuple[InputPort, Location, str]]:
    """The folders that the script may write below a writable input and that are not there; a remote store has none.

    Raises `LauncherError` where a link leads out of the store.
    """
    lost = []
    for port in spec["step"]["inputs"]:
        if port["source"]["kind"] != "dataset" or not port["writable"]:
            continue
        for location in specs.dataset(spec, port)["locations"]:
            try:
                folder = (
                    None if location["store"] in context.remotes else _lost_folder(location, context.stores)
                )
            except untrusted.Outside as outside:
                raise LauncherError(DATA, "input '{}': {}".format(port["name"], outside))
            if folder is not None:
                lost.append((port, location, folder))
    return lost


def _lost_folder(location: Location, stores: Mapping[str, str]) -> Optional[str]:
    """Where a folder has to be made for `location`; None where something is, or none can be.

    Raises `untrusted.Outside`.
    """
    store, path = stores.get(location["store"] or ""), location["path"] or ""
    if store is None or location.get("query") is not None or locations.climbs(path):
        return None  # `find` says what is wrong
    base = locations.split_pattern(path)[0]
    if os.path.lexists(os.path.join(store, base)) or not locations.may_be_made(path):
        return None
    return untrusted.below(store, base) if base else store


def missing_message(port: str, dataset: Dataset, missing: Missing) -> str:
    """One sentence for people about data that is not there."""
    name = dataset.get("name") or dataset["id"]
    if missing.store is None:
        return "input '{}' (dataset '{}'): cannot fetch {}: {}".format(port, name, missing.path, missing.why)
    where = "looked for {}".format(missing.looked_for) if missing.looked_for else missing.why
    url = "url" if is_url(missing.looked_for) else 'url = "FOLDER"'
    return (
        "input '{}' (dataset '{}'): store '{}' has no '{}' ({}). Put the data there, or say in pipelift.toml "
        "where the store is: [stores.{}] {}"
    ).format(port, name, missing.store, missing.path, where, missing.store, url)


def find_dataset(spec: Spec, port: InputPort, context: Context, folder: str) -> List[Match]:
    """What the port's dataset holds; web addresses are fetched into `folder`. Raises `LauncherError`."""
    dataset = specs.dataset(spec, port)
    matches = []
    for location in dataset_locations(spec, dataset, context.state):
        try:
            if location["store"] is None:
                matches.append(locations.fetch(location["path"], folder))
            else:
                matches.append(locations.find(mirrors.bring(location, context), context.stores))
        except Missing as missing:
            raise LauncherError(DATA, missing_message(port["name"], dataset, missing))
    if not matches:
        raise LauncherError(
            SPEC, "the dataset of input '{}' has no location and no name".format(port["name"])
        )
    return matches


def upstream_path(port: InputPort, upstream: Mapping[str, Record], context: Context) -> str:
    """Where the output lies that the port reads. Raises `LauncherError`."""
    if context.artifacts is not None:
        path = context.artifacts.inputs.get(port["name"])
        if path is None:
            raise LauncherError(UPSTREAM, "the engine gave no artifact for input '{}'".format(port["name"]))
        if not os.path.exists(path):
            os.makedirs(path)  # an engine does not carry folders that hold nothing
        return path
    source = port["source"]
    assert source["kind"] == "step"  # the caller has seen to it
    output = upstream[source["step"]].get("outputs", {}).get(source["port"])
    if output and output["store"] in context.remotes:
        mirrors.bring_output(output, context)
    store = context.stores.get(output["store"]) if output else None
    try:
        path = untrusted.below(store, output["path"]) if output and store else None
    except untrusted.Outside as outside:
        raise LauncherError(UPSTREAM, "input '{}': {}".format(port["name"], outside))
    if path is None or not os.path.exists(path):
        message = "input '{}': output '{}' of step '{}' is not there (looked for {})"
        raise LauncherError(UPSTREAM, message.format(port["name"], source["port"], source["step"], path))
    return path


def prepare(
    spec: Spec, context: Context, place: records.StepPlace, upstream: Mapping[str, Record]
) -> Dict[str, Input]:
    """Make every input appear; returns them by port. Raises `LauncherError`."""
    ready = {}
    for port in spec["step"]["inputs"]:
        if port["source"]["kind"] == "step":
            dataset = _describe_table(port)
            path = upstream_path(port, upstream, context)
            matches = [Match(path, None, "", path)]
        else:
            dataset = _as_registered(specs.dataset(spec, port), context.state)
            matches = find_dataset(spec, port, context, os.path.join(place.inputs, port["name"] + ".fetched"))
        try:
            ready[port["name"]] = _make_input(port, matches, place, dataset)
        except files.LeadsOut as error:
            message = "input '{}': {}; put there what it shows"
            raise LauncherError(DATA, message.format(port["name"], error))
    return ready


def _describe_table(port: InputPort) -> Optional[Dataset]:
    """The output of another step as the table that the pipeline reads it as; None for plain files."""
    table = port.get("table")
    if not table:
        return None
    return {"id": port["name"], "name": None, "version": None, "locations": [], "table": table, "pieces": []}


def _as_registered(dataset: Dataset, state: str) -> Dataset:
    """The dataset; one that is known by its name alone is the table that it was registered as, if it was one, with the
    pipeline's own operations after it."""
    table = dataset["table"]
    is_open = table is None or table["kind"] == "by_name"
    if dataset["locations"] or not dataset["name"] or not is_open:
        return dataset
    entry = records.registered_dataset(state, dataset["name"], dataset.get("version")) or {}
    registered: Optional[TableFormat] = entry.get("table")
    if registered is None or table is None:
        return {**dataset, "table": registered or table}
    operations = registered.get("operations", []) + table["operations"]
    return {**dataset, "table": {**registered, "operations": operations}}


def _make_input(
    port: InputPort, matches: List[Match], place: records.StepPlace, dataset: Optional[Dataset]
) -> Input:
    """The port with the data of its `matches`. Raises `files.LeadsOut`, `OSError`."""
    shows = [path for where in matches for path in where.shown]
    if port["mode"] == "direct":
        entries = matches[0].entries if len(matches) == 1 else locations.view(matches)
        return Input(port, None, entries, dataset, shows)
    return Input(port, _place_data(port, matches, place), [], dataset, shows)


def _place_data(port: InputPort, matches: List[Match], place: records.StepPlace) -> str:
    """The path at which the script finds the port's data; made where it is not the data's own."""
    asked = _requested_target(port, place)
    target = asked or os.path.join(place.inputs, port["name"])
    copies = port["mode"] == "download"
    if len(matches) > 1 or matches[0].names is not None:
        entries = matches[0].entries if len(matches) == 1 else locations.view(matches)
        return _fill_folder(entries, target, copies)
    base = matches[0].base
    if copies:
        target = os.path.join(target, os.path.basename(base)) if os.path.isfile(base) else target
        files.copy(base, target, [matches[0].root])
        return target
    if asked is None or os.path.lexists(asked):
        return base
    os.makedirs(os.path.dirname(asked), exist_ok=True)
    os.symlink(base, asked)
    return asked


def _requested_target(port: InputPort, place: records.StepPlace) -> Optional[str]:
    """A relative ``path_on_compute``, below the working directory; an absolute one is not made."""
    asked = port.get("path_on_compute")
    if not asked or os.path.isabs(asked) or ".." in asked.replace("\\", "/").split("/"):
        return None
    return os.path.join(place.work, asked)


def _fill_folder(entries: List[Tuple[str, str]], target: str, copies: bool) -> str:
    """Several files as one folder: links when mounted, copies when downloaded."""
    os.makedirs(target, exist_ok=True)
    for name, path in entries:
        beside = os.path.join(target, *name.split("/"))
        if copies:
            files.copy(path, beside)
        else:
            os.makedirs(os.path.dirname(beside), exist_ok=True)
            os.symlink(path, beside)
    return target
