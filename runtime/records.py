"""The state folder: where runs, steps, reuse records, models and datasets lie in it."""

import itertools
import os
import time
from typing import Any, Dict, List, Mapping, Optional, Set

from . import files
from .contract import paths, untrusted
from .contract.files import write_whole
from .contract.record import SCHEMA_VERSION, Record, read_record
from .contract.spec import Location

ATTEMPT = "attempt."
"""How, in a step's folder, the names of the entries of attempts begin."""


def new_run_id() -> str:
    """``YYYYMMDD-HHMMSS-xxxx`` in UTC: sorts by start, and the end keeps runs of one second apart."""
    return "{}-{}".format(time.strftime("%Y%m%d-%H%M%S", time.gmtime()), os.urandom(2).hex())


class Run:
    """The folder of one run in the state folder."""

    def __init__(self, state: str, run_id: str) -> None:
        self.state = os.path.abspath(state)
        self.id = run_id
        self.folder = os.path.join(self.state, paths.RUNS, run_id)

    def step(self, step_id: str) -> "StepPlace":
        """The place of one of its steps."""
        return StepPlace(self, step_id)

    @property
    def cancelled_by(self) -> Set[str]:
        """The steps whose scripts have cancelled the whole run (``run.parent.cancel()``) and were not run again."""
        events = {step: files.read_lines(self.step(step).run_events) for step in self.step_ids}
        return {step for step, rows in events.items() if any(row.get("kind") == "cancel" for row in rows)}

    @property
    def step_ids(self) -> List[str]:
        """The steps that have started, sorted: those that have left something in their folders."""
        folder = os.path.join(self.folder, paths.STEPS)
        names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
        return [name for name in names if self.step(name).has_begun]


class StepPlace:
    """The folder of one step of a run, and the names of what lies in it."""

    def __init__(self, run: Run, step_id: str) -> None:
        self.run = run
        self.step_id = step_id
        self.id = "{}_{}".format(run.id, step_id)
        self.folder = os.path.join(run.folder, paths.STEPS, step_id)
        self.record = os.path.join(self.folder, paths.RECORD_FILE)
        self.log = os.path.join(self.folder, paths.LOG_FILE)
        self.metrics = os.path.join(self.folder, paths.METRICS_FILE)
        self.events = os.path.join(self.folder, paths.EVENTS_FILE)
        self.context = os.path.join(self.folder, paths.CONTEXT_FILE)
        self.work = os.path.join(self.folder, "work")
        self.inputs = os.path.join(self.folder, "inputs")
        # A step writes nowhere but into its own folder: there lies what it says of the whole run too.
        self.of_run = os.path.join(self.folder, paths.OF_RUN)
        self.run_events = os.path.join(self.of_run, paths.EVENTS_FILE)

    @property
    def has_begun(self) -> bool:
        """Whether the step's folder is there, with something in it; a link counts where it leads to the step's desk."""
        if os.path.islink(self.folder) and not self._is_at_desk:
            return False
        return os.path.isdir(self.folder) and bool(os.listdir(self.folder))

    @property
    def _is_at_desk(self) -> bool:
        return paths.is_desk_link(os.readlink(self.folder), self.step_id)

    def clear(self) -> None:
        """Make the folder, without what an earlier attempt left; only the log is kept, and grows.

        Entries of attempts are for those who can tell whether they live (`attempts.sweep_step`).
        """
        files.make_folder(self.folder)
        for entry in list(os.scandir(self.folder)):
            is_kept = entry.path == self.log or entry.name.startswith(ATTEMPT)
            if not is_kept or not entry.is_file(follow_symlinks=False):
                files.remove(entry.path)

    def read(self) -> Optional[Record]:
        """The record, or None where the step has not ended."""
        return read_record(self.record) if self.has_begun else None

    def write(self, record: Record, durable: bool = True) -> None:
        """Write the record, whole or not at all; one that promises a result also survives a loss of power, where it is
        to be `durable` at once."""
        files.make_folder(self.folder)
        durable = durable and record.get("status") == "completed"
        files.write_json(self.record, dict(record, schema_version=SCHEMA_VERSION), durable)

    def make_durable(self) -> None:
        """Have the record that is written survive a loss of power. Raises `OSError`."""
        descriptor = untrusted.open_regular(self.record)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def reuse_record(state: str, key: str) -> str:
    """The path of the reuse record of `key`."""
    return os.path.join(state, paths.REUSE, key + ".json")


def read_current(state: str, key: str) -> Optional[str]:
    """The run id that ``begin --run-key`` has filed under `key`, or None."""
    try:
        run_id = (
            untrusted.read(os.path.join(state, paths.CURRENT, paths.safe_run_id(key)))
            .decode("utf-8", "replace")
            .strip()
        )
    except OSError:
        return None
    return run_id if run_id and paths.safe_run_id(run_id) == run_id else None


def write_current(state: str, key: str, run_id: str) -> None:
    """File `run_id` under `key`."""
    folder = os.path.join(state, paths.CURRENT)
    os.makedirs(folder, exist_ok=True)
    write_whole(os.path.join(folder, paths.safe_run_id(key)), (run_id + "\n").encode())


def register_dataset(
    state: str,
    name: str,
    locations: List[Location],
    description: Optional[str],
    table: Optional[Mapping[str, Any]] = None,
    tags: Optional[Mapping[str, Any]] = None,
) -> int:
    """File a dataset under `name` as a new version, which is returned."""
    folder = os.path.join(state, paths.DATASETS, paths.file_name(name))
    os.makedirs(folder, exist_ok=True)
    entry = {
        "name": name,
        "locations": locations,
        "description": description,
        "table": table,
        "tags": dict(tags or {}),
    }
    version = 1
    while True:
        path = os.path.join(folder, "{}.json".format(version))
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644))
        except FileExistsError:
            version += 1
            continue
        files.write_json(path, dict(entry, version=version))
        return version


def unregister_dataset(state: str, name: str) -> None:
    """Forget all versions of a dataset; its files stay."""
    files.remove(os.path.join(state, paths.DATASETS, paths.file_name(name)))


def registered_names(state: str, kind: str) -> List[str]:
    """The names of all registered ``datasets`` or ``models``, sorted."""
    registered: Set[str] = set()
    for folder in _folders(os.path.join(state, kind)):
        cards = [path for place in [folder] + _folders(folder) for path in _cards(place)]
        names = ((untrusted.read_json(path) or {}).get("name") for path in cards)
        registered.update(itertools.islice((name for name in names if isinstance(name, str)), 1))
    return sorted(registered)


def _folders(folder: str) -> List[str]:
    """The folders in one of the registry, sorted; a script that left a link there leads nobody away."""
    if not os.path.isdir(folder):
        return []
    return sorted(entry.path for entry in os.scandir(folder) if entry.is_dir(follow_symlinks=False))


def _cards(folder: str) -> List[str]:
    return sorted(entry.path for entry in os.scandir(folder) if entry.name.endswith(".json"))


def registered_dataset(state: str, name: str, version: Optional[str] = None) -> Optional[Dict[str, Any]]:
    """The dataset filed under `name`, of that `version` or the latest; None where there is none."""
    folder = os.path.join(state, paths.DATASETS, paths.file_name(name))
    if version not in (None, "latest"):
        return untrusted.read_json(os.path.join(folder, "{}.json".format(version)))
    names = os.listdir(folder) if os.path.isdir(folder) else []
    versions = sorted((int(entry[:-5]) for entry in names if entry[:-5].isdigit()), reverse=True)
    for latest in versions:
        entry = untrusted.read_json(os.path.join(folder, "{}.json".format(latest)))
        if entry is not None:
            return entry
    return None
