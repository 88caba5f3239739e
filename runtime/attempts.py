"""Attempts at steps that are under way: each holds a lock for as long as its process lives.

What a killed one leaves (its private folders in the stores, its working directory) is removed by the next attempt
that shares its state folder. A lock tells the living from the dead on one machine, in its containers too; what
another machine left is given a week.
"""

import fcntl
import os
import time
from typing import Dict, List, Mapping, Optional

from . import files, paths, publishing, records

FOLDER = "attempts"

_FOREIGN = 7 * 86400.0
_STALE = 600.0
_PATIENCE = 3


class Attempt:
    """One attempt: `name` is its own, for private folders. A context manager that holds the lock."""

    def __init__(self, state: str, place: records.StepPlace, stores: List[str]) -> None:
        """Give the folders of `place` names of its own; `stores` are those in which it has private folders."""
        mark = files.token()
        self.name = "{}.{}".format(place.id, mark)
        place.work, place.inputs = place.work + "." + mark, place.inputs + "." + mark
        self._path = os.path.join(state, FOLDER, self.name + ".json")
        whose = {"run": place.run.id, "step": place.step_id}
        self._entry = dict(whose, machine=machine(), stores=sorted(set(stores)))
        self._lock: Optional[int] = None

    def __enter__(self) -> "Attempt":
        """Make the entry known, locked. Raises `OSError`."""
        files.make_folder(os.path.dirname(self._path))
        # The entry must not be seen without its lock, or the next attempt takes it for a dead one's.
        hidden = self._path + ".tmp"
        self._lock = os.open(hidden, os.O_RDWR | os.O_CREAT, 0o666)
        _flock(self._lock)
        os.write(self._lock, files.json_bytes(self._entry))
        os.rename(hidden, self._path)
        return self

    def __exit__(self, *error: object) -> None:
        """Forget the entry: its folders are removed, or are no longer private."""
        assert self._lock is not None
        try:
            os.unlink(self._path)
        except OSError:
            pass  # the state folder was removed while the step ran
        os.close(self._lock)


def private_folder(store: str, name: str) -> str:
    """The folder of the attempt of that `name` in the store whose folder is `store`."""
    return os.path.join(os.path.abspath(store), files.HIDDEN, name)


def sweep(state: str, stores: Mapping[str, str]) -> None:
    """Remove what dead attempts have left, as far as it lies in the state folder and the `stores` known here."""
    folder = os.path.join(state, FOLDER)
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return
    for name in names:
        path = os.path.join(folder, name)
        try:
            if name.endswith(".json"):
                _sweep_one(path, name[: -len(".json")], state, stores)
            elif time.time() - os.stat(path).st_mtime > _STALE:
                os.unlink(path)
        except OSError:
            continue  # swept by an attempt beside this one, or of another owner


def machine() -> Dict[str, str]:
    """What tells this machine, since its start, from others; containers on it share it."""
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            return {"boot": file.read().strip()}
    except OSError:
        return {"name": os.uname().nodename}


def _sweep_one(path: str, name: str, state: str, stores: Mapping[str, str]) -> None:
    lock = paths.open_regular(path, os.O_RDWR)
    try:
        got = _flock(lock)
        entry = files.read_json(path) or {}
        judged = got is not None and entry.get("machine") == machine()
        age = time.time() - os.fstat(lock).st_mtime
        named = entry.get("stores")
        used = [store for store in named if isinstance(store, str)] if isinstance(named, list) else []
        if got is False or not (judged or age > _FOREIGN) or set(used) - set(stores):
            return
        _remove_folders(state, entry, name)
        for store in used:
            private = paths.below(stores[store], "/".join((files.HIDDEN, name)))
            publishing.recover(private, stores[store], lambda: _is_committed(state, entry, name))
            files.remove(private)
            drop_if_empty(os.path.dirname(private))
        os.unlink(path)
    finally:
        os.close(lock)


def _is_committed(state: str, entry: dict, name: str) -> bool:
    """Whether the record of a step is that of the attempt `name`: what it has published is promised by it."""
    run, step = entry.get("run"), entry.get("step")
    if not (isinstance(run, str) and isinstance(step, str) and name.startswith("{}_{}.".format(run, step))):
        return False
    record = files.read_json(paths.below(state, "runs/{}/steps/{}/record.json".format(run, step))) or {}
    return record.get("status") == "completed" and record.get("attempt") == name


def _remove_folders(state: str, entry: dict, name: str) -> None:
    """Remove the working directory and the inputs of the attempt of that `name`, whatever else the entry says.

    Whoever can write into the state folder can write entries: only what an attempt has is ever removed.
    """
    whose, _, mark = name.rpartition(".")
    run, step = entry.get("run"), entry.get("step")
    if whose != "{}_{}".format(run, step):
        return
    for kind in ("work", "inputs"):
        files.remove(paths.below(state, "runs/{}/steps/{}/{}.{}".format(run, step, kind, mark)))


def drop_if_empty(folder: str) -> None:
    """Delete a folder that holds nothing."""
    try:
        os.rmdir(folder)
    except OSError:
        pass  # a step beside this one uses it, or a failed one has left something


def _flock(descriptor: int) -> Optional[bool]:
    """Whether the lock was got; None where the file system has no locks."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True
