"""Attempts at steps that are under way: each holds locks for as long as its process lives.

An attempt has an entry in its step's folder, and one in each store beside its private folder there. An entry is a
file that stays locked, and says which machine's lock that is. What a killed attempt leaves (its working directory,
its private folders) is removed by who comes next to the same folder: what that is follows from the entry's name. A
lock tells the living from the dead on one machine, in its containers too, and on a disk of its own also those of
before it was started anew; what another machine left on a disk that several share is given a week.
"""

import os
import re
import time
from contextlib import contextmanager
from functools import lru_cache
from typing import Iterable, Iterator, List, Mapping, NamedTuple

from . import files, publishing, records
from .contract import locks, paths, untrusted
from .contract.files import half_of, is_abandoned, token
from .errors import OUTPUT, LauncherError

_SUFFIX = ".json"
_PRIVATE = re.compile(r"(.+\.[0-9a-f]{16})\.json")
_FOREIGN = 7 * 86400.0
_PATIENCE = 20
_LOCAL = frozenset("bcachefs btrfs ext2 ext3 ext4 f2fs jfs overlay tmpfs xfs zfs".split())


class Attempt:
    """One attempt: `name` is its own, for private folders. A context manager that holds the locks."""

    def __init__(self, place: records.StepPlace, stores: Iterable[str]) -> None:
        """Give the folders of `place` names of its own; `stores` are the folders of those that it writes to."""
        mark = token()
        self.name = "{}.{}".format(place.id, mark)
        place.work, place.inputs = place.work + "." + mark, place.inputs + "." + mark
        self._own = os.path.join(place.folder, records.ATTEMPT + mark + _SUFFIX)
        self._stores = sorted({private_folder(store, self.name) + _SUFFIX for store in stores})
        self._locks: List[int] = []

    def __enter__(self) -> "Attempt":
        """Make the entries known, locked. Raises `OSError`, and `LauncherError` for a store."""
        self._locks.append(_make_locked(self._own))
        try:
            for path in self._stores:
                self._locks.append(_make_locked(path))
        except OSError as error:
            self.__exit__()
            raise LauncherError(OUTPUT, "cannot make a place for the outputs: {}".format(error))
        return self

    def __exit__(self, *error: object) -> None:
        """Forget the entries: the folders are removed, or are no longer private."""
        for path in [self._own] + self._stores:
            try:
                os.unlink(path)
            except OSError:
                pass  # the folder was removed while the step ran
        for path in self._stores:
            drop_if_empty(os.path.dirname(path))
        for lock in self._locks:
            os.close(lock)


class Sweep(NamedTuple("Sweep", [("living", bool), ("dead", bool)])):
    """Whether attempts of a step go on, and whether some were killed."""


def private_folder(store: str, name: str) -> str:
    """The folder of the attempt of that `name` in the store whose folder is `store`."""
    return os.path.join(os.path.abspath(store), paths.STATE, name)


def sweep_step(place: records.StepPlace) -> Sweep:
    """Remove what killed attempts at the step have left in its folder. Raises `OSError`."""
    living = dead = False
    for name in files.names(place.folder):
        if not name.startswith(records.ATTEMPT) or not name.endswith(_SUFFIX):
            continue
        mark = name[len(records.ATTEMPT) : -len(_SUFFIX)]
        with _claim(os.path.join(place.folder, name)) as is_dead:
            living, dead = living or not is_dead, dead or is_dead
            if is_dead:
                for kind in ("work", "inputs"):
                    files.remove(os.path.join(place.folder, "{}.{}".format(kind, mark)))
                os.unlink(os.path.join(place.folder, name))
    return Sweep(living, dead)


def sweep_store(store: str, state: str) -> None:
    """Remove what killed attempts have left in the folder of a store, as far as we may, and put back what they had
    begun to publish, as far as no record in `state` promises it."""
    folder = os.path.join(store, paths.STATE)
    if os.path.islink(folder):
        return
    for name in files.names(folder):
        path = os.path.join(folder, name)
        private = _PRIVATE.fullmatch(name)
        try:
            if private is not None:
                _sweep_private(path, os.path.join(folder, private.group(1)), store, state)
            elif is_abandoned(path):
                os.unlink(path)
        except OSError:
            continue  # swept by an attempt beside this one, of another owner, or in a store that is only read
    drop_if_empty(folder)


@lru_cache(maxsize=None)
def machine() -> Mapping[str, str]:
    """What tells this machine, since its start, from others; containers on it share it."""
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            return {"boot": file.read().strip()}
    except OSError:
        return {"name": os.uname().nodename}


def drop_if_empty(folder: str) -> None:
    """Delete a folder that holds nothing."""
    try:
        os.rmdir(folder)
    except OSError:
        pass  # a step beside this one uses it, or a failed one has left something


def is_local(folder: str) -> bool:
    """Whether `folder` lies on a disk that this machine alone writes to, as far as that can be told (Linux)."""
    real, mount, kind = os.path.realpath(folder) + os.sep, "", ""
    try:
        with open("/proc/self/mounts", encoding="utf-8", errors="surrogateescape") as file:
            for line in file:
                fields = line.split()
                top = fields[1].replace("\\040", " ").rstrip(os.sep) + os.sep
                if real.startswith(top) and len(top) >= len(mount):
                    mount, kind = top, fields[2]
    except (OSError, IndexError):
        return False
    return kind in _LOCAL


def _make_locked(path: str) -> int:
    """Make an entry and lock it, even while an attempt beside this one deletes the empty folder. Raises `OSError`."""
    # The entry must not be seen without its lock, or the next attempt takes it for a dead one's.
    hidden = half_of(path)
    for patience in range(_PATIENCE, -1, -1):
        try:
            files.make_folder(os.path.dirname(path))
            lock = os.open(hidden, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
            break
        except FileNotFoundError:
            if not patience:
                raise
    try:
        locks.try_lock(lock)
        os.write(lock, files.json_line({"machine": machine()}))
        os.rename(hidden, path)
    except OSError:
        os.close(lock)
        files.remove(hidden)
        raise
    return lock


@contextmanager
def _claim(path: str) -> Iterator[bool]:
    """Hold the lock on an entry, if it is a dead attempt's. Raises `OSError`."""
    lock = untrusted.open_regular(path, os.O_RDWR)
    try:
        got = locks.try_lock(lock)
        ours = (untrusted.read_json(path) or {}).get("machine") == machine()
        judged = got is not None and (ours or is_local(os.path.dirname(path)))
        age = time.time() - os.fstat(lock).st_mtime
        yield got is not False and (judged or age > _FOREIGN)
    finally:
        os.close(lock)


def _sweep_private(entry: str, folder: str, store: str, state: str) -> None:
    with _claim(entry) as is_dead:
        if is_dead:
            publishing.recover(folder, store, state)
            files.remove(folder)
            os.unlink(entry)
