"""The first act of a run where the engine has no run ids: an id, and folders that the steps may write."""

import os
from typing import Iterable, Optional

from . import handover, places, records
from .errors import OUTPUT, USAGE, LauncherError

_FOLDERS = ("current", "runs", "reuse", "models", "datasets", "attempts", "parts", "digests", places.MIRRORS)
_OURS = tuple(name for name in _FOLDERS if name != "runs") + ("snapshots",)


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
            handover.hand_over_state(state, _OURS, identity)
            for store in stores:
                handover.hand_over_store(store, state, identity)
    except OSError as error:
        raise LauncherError(OUTPUT, "cannot prepare the run: {}".format(error))
    return run_id


def _owner(text: Optional[str]) -> Optional[handover.Owner]:
    if not text:
        return None
    user, _, group = text.partition(":")
    if not user.isdigit() or not group.isdigit():
        raise LauncherError(USAGE, "--owner takes UID:GID, two numbers, not '{}'".format(text))
    return handover.Owner(int(user), int(group))
