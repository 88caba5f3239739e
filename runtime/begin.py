"""The first act of a run where the engine has no run ids: an id, and folders that the steps may write."""

import os
from typing import Iterable, Iterator, Mapping, Optional, Tuple

from . import files, places, records
from .errors import OUTPUT, USAGE, LauncherError

_FOLDERS = ("current", "runs", "reuse", "models", "datasets", "attempts", "parts", "digests", places.MIRRORS)
_OURS_IN_STATE = _FOLDERS + ("snapshots",)
_OURS_IN_STORES = (files.HIDDEN, "azureml", "dataset")
"""Where outputs go whose destination the pipeline does not name, and what the launcher keeps to itself."""


def begin(state: str, key: str, run_id: Optional[str], stores: Iterable[str], owner: Optional[str]) -> str:
    """Make the state folder and the `stores`, file the run under `key`, hand all to `owner` (``UID:GID``).

    Returns the run id: the one given, else a new one. Raises `LauncherError`.
    """
    identity = _owner(owner)
    run_id = records.safe_run_id(run_id) if run_id else records.new_run_id()
    state = os.path.abspath(state)
    run = records.Run(state, run_id)
    try:
        folders = [state] + [os.path.join(state, name) for name in _FOLDERS] + [run.folder]
        stores = list(stores)
        for folder in folders + stores:
            os.makedirs(folder, exist_ok=True)
        records.write_current(state, key, run_id)
        if identity is not None:
            for path in _ours(state, stores):
                _hand_over(path, identity)
    except OSError as error:
        raise LauncherError(OUTPUT, "cannot prepare the run: {}".format(error))
    return run_id


def _owner(text: Optional[str]) -> Optional[Tuple[int, int]]:
    if not text:
        return None
    user, _, group = text.partition(":")
    if not user.isdigit() or not group.isdigit():
        raise LauncherError(USAGE, "--owner takes UID:GID, two numbers, not '{}'".format(text))
    return int(user), int(group)


def _ours(state: str, stores: Iterable[str]) -> Iterator[str]:
    """All that pipelift has made, in this run or an earlier one of another owner; no data of the user."""
    yield state
    for name in _OURS_IN_STATE:
        yield from _below(os.path.join(state, name))
    by_name = {}
    for store in stores:
        yield store
        by_name[os.path.basename(store)] = store
        for name in _OURS_IN_STORES:
            yield from _below(os.path.join(store, name))
    yield from _published(state, by_name)


def _below(root: str) -> Iterator[str]:
    if os.path.lexists(root):
        yield root
    for folder, folders, names in os.walk(root):
        for name in folders + names:
            yield os.path.join(folder, name)


def _published(state: str, stores: Mapping[str, str]) -> Iterator[str]:
    """The outputs of recorded results in folders that the pipeline names, which may hold the user's files too."""
    folder = os.path.join(state, "reuse")
    for name in sorted(os.listdir(folder)):
        record = files.read_json(os.path.join(folder, name)) or {}
        for output in record.get("outputs", {}).values():
            if output["store"] not in stores:
                continue
            root = os.path.join(stores[output["store"]], *output["path"].split("/"))
            if output["names"] is None:
                yield from _below(root)
            elif os.path.isdir(root):
                yield root
                for part in output["names"]:
                    yield from _parts(root, part)


def _parts(root: str, relative: str) -> Iterator[str]:
    path = root
    for part in relative.split("/"):
        path = os.path.join(path, part)
        if os.path.lexists(path):
            yield path


def _hand_over(path: str, identity: Tuple[int, int]) -> None:
    try:
        status = os.lstat(path)
        if (status.st_uid, status.st_gid) != identity:
            os.lchown(path, identity[0], identity[1])
    except FileNotFoundError:
        pass  # a run beside this one has just removed it
