"""Folders handed from root to the user of the steps: only what pipelift has made, and only what is root's.

Steps write below the same folders, and the user's own files lie there too. So each folder is opened on the way down,
no link is followed, and what belongs to anybody but root keeps its owner.
"""

import os
import stat
from contextlib import contextmanager
from typing import Any, Dict, Iterable, Iterator, List, NamedTuple, Optional, Set

from . import records
from .contract import paths, untrusted

_ROOT = 0


class Owner(NamedTuple("Owner", [("user", int), ("group", int)])):
    """Who gets the folders, by numbers."""


def hand_over_state(state: str, names: Iterable[str], run_id: str, owner: Owner) -> None:
    """Hand over the state folder, and all that lies in its folders `names`. Raises `OSError`.

    Of its runs `run_id`, and those that are still root's: of ten thousand, most have been handed over.
    """
    with _open_folder(state, "") as folder:
        for name in names:
            _give_tree(name, folder, owner)
        for name in (".", paths.STORES):  # an engine makes the latter for the stores in it
            _give(name, folder, owner)
    with _open_folder(state, paths.RUNS) as runs:
        for run in _names(runs):
            if run == run_id or _is_roots(run, runs):
                _give_tree(run, runs, owner)
        _give(".", runs, owner)


def hand_over_store(store: str, state: str, owner: Owner) -> None:
    """Hand over what runs of this `state` have made in the folder of a store. Raises `OSError`.

    A folder goes too where it holds nothing else: the store's own, and one that the pipeline names for an output.
    """
    ours = _list_made_by_runs(store, state)
    for path in ours:
        parent, _, name = path.rpartition("/")
        with _open_folder(store, parent) as folder:
            _give_tree(name, folder, owner)
    folders = {above for path in ours for above in _list_parents(path)} | {"", *paths.OUTPUTS}
    for path in sorted(folders, key=lambda path: len(path.split("/")) if path else 0, reverse=True):
        with _open_folder(store, path) as folder:
            if {_join(path, name) for name in _names(folder)} <= ours:
                _give(".", folder, owner)
                ours.add(path)


def _list_made_by_runs(store: str, state: str) -> Set[str]:
    """What runs have made in a store: paths from there, of files and of folders with all that is in them."""
    made_paths = {paths.STATE}
    for parent in paths.OUTPUTS:
        with _open_folder(store, parent) as folder:
            made_paths.update(_join(parent, name) for name in _names(folder) if _is_of_a_run(name, state))
    reuse = os.path.join(state, paths.REUSE)
    for record in sorted(os.listdir(reuse)) if os.path.isdir(reuse) else []:
        outputs = (untrusted.read_json(os.path.join(reuse, record)) or {}).get("outputs")
        for output in outputs.values() if isinstance(outputs, dict) else ():
            if isinstance(output, dict) and output.get("store") == os.path.basename(store):
                made_paths.update(_files_of(output))
    return made_paths


def _is_of_a_run(name: str, state: str) -> bool:
    """Whether `name` is ``RUN_STEP`` of a step that this state has a folder of."""
    cuts = [index for index, sign in enumerate(name) if sign == "_"]
    places = [records.Run(state, name[:cut]).step(name[cut + 1 :]).folder for cut in cuts if name[cut + 1 :]]
    return any(os.path.isdir(place) for place in places)


def _files_of(output: Dict[str, Any]) -> Iterator[str]:
    """The files of a recorded output, where its folder may hold others; else the file or folder that it is."""
    path, names = output.get("path"), output.get("names")
    for name in names if isinstance(names, list) else [None]:
        whole = path if name is None else "{}/{}".format(path, name)
        if isinstance(whole, str) and all(untrusted.is_component(part) for part in whole.split("/")):
            yield whole


def _list_parents(path: str) -> List[str]:
    """The folders on the way to `path`, the nearest first; the store itself is the empty text."""
    parts = path.split("/")
    return ["/".join(parts[:count]) for count in range(len(parts) - 1, -1, -1)]


def _join(folder: str, name: str) -> str:
    return "{}/{}".format(folder, name) if folder else name


@contextmanager
def _open_folder(root: str, relative: str) -> Iterator[Optional[int]]:
    """A descriptor of a folder below `root`, reached through folders alone; None where there is none."""
    try:
        descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        for part in relative.split("/") if relative else ():
            flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
            try:
                inner = os.open(part, flags, dir_fd=descriptor)
            finally:
                os.close(descriptor)
            descriptor = inner
    except (FileNotFoundError, NotADirectoryError):
        yield None  # also for a link: it is no folder then
        return
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _names(folder: Optional[int]) -> List[str]:
    return [] if folder is None else sorted(os.listdir(folder))


def _give_tree(name: str, folder: Optional[int], owner: Owner) -> None:
    """Hand over `name` in the open `folder`, with all that is below it."""
    status = _status(name, folder)
    if status is not None and stat.S_ISDIR(status.st_mode):
        for _, folders, names, inner in os.fwalk(name, dir_fd=folder):
            for each in folders + names:
                _give(each, inner, owner)
    _give(name, folder, owner)


def _give(name: str, folder: Optional[int], owner: Owner) -> None:
    """Hand over one file or folder if it is root's."""
    try:
        if _is_roots(name, folder):
            os.chown(name, owner.user, owner.group, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        pass  # a run beside this one has just removed it


def _is_roots(name: str, folder: Optional[int]) -> bool:
    """Whether `name` in the open `folder` is root's alone: a file that has another name too may be anybody's."""
    status = _status(name, folder)
    if status is None or status.st_uid != _ROOT:
        return False
    return stat.S_ISDIR(status.st_mode) or status.st_nlink == 1


def _status(name: str, folder: Optional[int]) -> Optional[os.stat_result]:
    """What `name` in the open `folder` is; None where there is none."""
    try:
        return None if folder is None else os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None
