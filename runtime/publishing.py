"""Outputs on their way to destinations that hold other files too: all of a step's arrive, with its record, or none.

What is moved is journalled in the attempt's private folder in the store, and what it replaces is kept there, until
the step's record is written. If it never is, because something fails or the launcher is killed, all is put back: by
the launcher itself, or by the next one that sweeps after it. A journal that says that all is moved is left to those
who see the record; others take the files as they are.
"""

import hashlib
import os
import threading
import time
from contextlib import ExitStack, contextmanager
from typing import Any, Dict, Iterable, Iterator, List, Mapping, Optional

from . import files, records
from .contract import locks, paths, untrusted
from .errors import CANCELLED, OUTPUT, LauncherError

_SUFFIX = ".publish.json"
_MOVED = ".moved.json"
_DISPLACED = ".displaced"
_TICK = 0.05


class Publication(ExitStack):
    """What one attempt at a step holds until its record is written: places, locks, and what it has moved.

    Leaving the block puts back what was moved, unless `commit` was called.
    """

    def __init__(self, place: records.StepPlace) -> None:
        """`place` is the step's, whose record decides whether what was moved stays."""
        super().__init__()
        self._claim = {"state": _identity(place.run.state), "run": place.run.id, "step": place.step_id}
        self._moves: List["Move"] = []

    def __exit__(self, *error: object) -> None:
        """Put back what is not committed, then let go of locks and places."""
        try:
            self.undo()
        finally:
            super().__exit__(*error)  # type: ignore[arg-type]

    def undo(self) -> None:
        """Put back what was moved. Raises `OSError`."""
        moves, self._moves = self._moves, []
        for move in reversed(moves):
            move.undo()

    def lock(self, folders: Iterable[str], cancel: threading.Event) -> None:
        """Wait until nobody else publishes into one of the stores' `folders`. Raises `LauncherError`, `OSError`.

        A file system that has no locks is trusted.
        """
        for folder in sorted({os.path.realpath(folder) for folder in folders}):
            _lock(folder, cancel, self)

    def move(self, move: "Move") -> None:
        """Make the `move`; on leaving it is undone unless it is committed. Raises `LauncherError`, `OSError`."""
        self._moves.append(move)
        move.make(self._claim)

    def complete(self) -> None:
        """All is moved: from now on the record decides. Raises `OSError`."""
        for move in self._moves:
            move.complete()

    def commit(self) -> None:
        """The record is written: what was moved stays. Raises `OSError`."""
        for move in self._moves:
            move.settle()
        self._moves = []


class Move:
    """The files `names` of the folder `staged` on their way to `final`, `path` below the store's folder `root`.

    For a single file `names` is one empty text. What is replaced is kept until the move is settled. `private` is the
    attempt's folder in the store, `label` the port's name there.
    """

    def __init__(self, private: str, label: str, staged: str, root: str, path: str, names: List[str]) -> None:
        self._journal = os.path.join(private, label + _SUFFIX)
        self._displaced = os.path.join(private, label + _DISPLACED)
        self._staged = staged
        self._root = root
        self._path = path
        self._names = names

    def make(self, claim: Mapping[str, object]) -> None:
        """Move all files; the `claim` says whose they are. Raises `LauncherError` for what is in the way, before the
        first is moved; `OSError`."""
        targets = self._targets()
        folders = self._new_folders(targets)
        entry = {
            "staged": os.path.relpath(self._staged, os.path.dirname(self._journal)),
            "path": self._path,
            "files": {name: _mark(_join(self._staged, name)) for name in self._names},
            "folders": folders,
        }
        files.remove(self._displaced)  # whatever a script has put there
        files.write_json(self._journal, dict(claim, **entry))
        for folder in folders:
            os.makedirs(os.path.join(self._root, folder), exist_ok=True)
        for name, target in zip(self._names, targets):
            if os.path.lexists(target):
                _keep(target, _join(self._displaced, name or "file"))
            os.replace(_join(self._staged, name), target)

    def undo(self) -> None:
        """Put everything back, as far as it was moved. Raises `OSError`."""
        _put_back(self._journal, self._root)
        self.settle()

    def complete(self) -> None:
        """Say that all is moved. Raises `OSError`."""
        moved = self._journal[: -len(_SUFFIX)] + _MOVED
        os.rename(self._journal, moved)
        self._journal = moved

    def settle(self) -> None:
        """Forget how to put it back. Raises `OSError`."""
        if os.path.lexists(self._journal):
            os.unlink(self._journal)

    def _targets(self) -> List[str]:
        """Where the files go. Raises `LauncherError` for a place that is not below the store, or is taken."""
        try:
            targets = untrusted.all_below(self._root, [_below(self._path, name) for name in self._names])
        except untrusted.Outside as error:
            raise LauncherError(OUTPUT, "an output cannot be written: {}".format(error))
        for target in targets:
            if os.path.isdir(target) and not os.path.islink(target):
                raise LauncherError(OUTPUT, "an output cannot be written: at '{}' is a folder".format(target))
        for folder in {os.path.dirname(target) for target in targets}:
            while not os.path.lexists(folder):
                folder = os.path.dirname(folder)
            if not os.path.isdir(folder):
                raise LauncherError(OUTPUT, "an output cannot be written: '{}' is a file".format(folder))
        return targets

    def _new_folders(self, targets: List[str]) -> List[str]:
        """The folders that are made for the files, from the store's, outer ones first."""
        new = set()
        wanted = {os.path.dirname(target) for target in targets}
        if self._names != [""]:  # an empty output is there too, as a folder
            wanted.add(os.path.join(self._root, *self._path.split("/")))
        for folder in wanted:
            while folder not in new and not os.path.lexists(folder):
                new.add(folder)
                folder = os.path.dirname(folder)
        return sorted(os.path.relpath(folder, self._root) for folder in new)


def recover(private: str, root: str, state: str) -> None:
    """Put back what a dead attempt has moved out of its folder `private` in the store at `root`.

    Nothing is put back where all was moved and the record promises it, or lies in another state than this one.
    Raises `OSError`.
    """
    for name in [] if os.path.islink(private) else files.names(private):
        journal = os.path.join(private, name)
        entry = _read(journal)
        if entry is None:
            continue  # none that a launcher has written
        if name.endswith(_SUFFIX) or _is_refused(entry, os.path.basename(private), state):
            with _hold_lock(root):
                _put_back(journal, root)


def _read(journal: str) -> Optional[Dict[str, Any]]:
    """A journal, if it has the form that `Move` gives it: a step writes to its stores too."""
    entry = (untrusted.read_json(journal) if journal.endswith((_SUFFIX, _MOVED)) else None) or {}
    moved, folders = entry.get("files"), entry.get("folders")
    named = isinstance(entry.get("staged"), str) and isinstance(entry.get("path"), str)
    if named and isinstance(moved, dict) and isinstance(folders, list):
        return entry
    return None


def _identity(state: str) -> Optional[str]:
    """What tells a state folder from others, wherever it is mounted or copied; None where it has no key yet."""
    try:
        key = untrusted.read(os.path.join(state, paths.SEAL))
    except OSError:
        return None
    return hashlib.sha256(b"state" + key).hexdigest()[:32]


def _is_refused(entry: Dict[str, Any], attempt: str, state: str) -> bool:
    """Whether the journal is of this state, and its step's record is not that of the attempt of this name."""
    run, step, whose = entry.get("run"), entry.get("step"), entry.get("state")
    if (
        whose is None
        or whose != _identity(state)
        or not (untrusted.is_component(run) and untrusted.is_component(step))
    ):
        return False
    record = records.Run(state, str(run)).step(str(step)).read() or {}
    return record.get("status") != "completed" or record.get("attempt") != attempt


def _mark(path: str) -> List[int]:
    """What tells the very file from one that somebody has written in its place, or into it."""
    status = os.lstat(path)
    return [status.st_ino, status.st_size, status.st_mtime_ns]


@contextmanager
def _hold_lock(root: str) -> Iterator[None]:
    with ExitStack() as stack:
        _lock(root, threading.Event(), stack)
        yield


def _lock(folder: str, cancel: threading.Event, stack: ExitStack) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    stack.callback(os.close, descriptor)
    while locks.try_lock(descriptor) is False:
        if cancel.is_set():
            raise LauncherError(CANCELLED, "the run was cancelled")
        time.sleep(_TICK)


def _put_back(journal: str, root: str) -> None:
    """Undo what a journal says was begun; what it names outside its places is refused. Raises `OSError`.

    A file that another run has published there since, or that the user has written, stays.
    """
    entry = _read(journal)
    if entry is None:
        return
    private, label = os.path.split(journal)
    label = label[: -len(_MOVED if label.endswith(_MOVED) else _SUFFIX)]
    names = list(entry["files"])
    targets = untrusted.all_below(root, [_below(entry["path"], name) for name in names])
    sources = untrusted.all_below(private, [_below(entry["staged"], name) for name in names])
    displaced = untrusted.all_below(
        private, ["{}{}/{}".format(label, _DISPLACED, name or "file") for name in names]
    )
    for name, target, source, backup in zip(names, targets, sources, displaced):
        is_moved = not os.path.lexists(source) and os.path.lexists(target)
        if is_moved and _mark(target) == entry["files"][name]:
            files.move(target, source)
        if os.path.lexists(backup) and not os.path.lexists(target):
            os.replace(backup, target)
    for folder in reversed(entry["folders"]):
        try:
            os.rmdir(untrusted.below(root, folder))
        except OSError:
            pass  # somebody else's files have come


def _keep(target: str, backup: str) -> None:
    """Keep the file at `target` as `backup` too: under both names for a moment, so that no reader misses it."""
    os.makedirs(os.path.dirname(backup), exist_ok=True)
    try:
        os.link(target, backup, follow_symlinks=False)
    except FileExistsError:
        raise
    except (OSError, NotImplementedError):  # a file system without second names
        os.replace(target, backup)


def _below(path: str, name: str) -> str:
    return "{}/{}".format(path, name) if name else path


def _join(folder: str, name: str) -> str:
    return os.path.join(folder, *name.split("/")) if name else folder
