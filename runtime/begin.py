"""The first act of a run where the engine has no run ids: an id, and folders that the steps may write."""

import os
from typing import Iterable, Optional

from . import handover, privacy, records, secrecy
from .errors import OUTPUT, USAGE, LauncherError

_OURS = tuple(name for name in privacy.FOLDERS if name != "runs") + (secrecy.KEY,)


def begin(state: str, key: str, run_id: Optional[str], stores: Iterable[str], owner: Optional[str]) -> str:
    """Make the state folder and the `stores`, file the run under `key`, hand all to `owner` (``UID:GID``).

    Returns the run id: the one given, else a new one. Raises `LauncherError`.
    """
    identity = _owner(owner)
    run_id = records.safe_run_id(run_id) if run_id else records.new_run_id()
    state = os.path.abspath(state)
    run = records.Run(state, run_id)
    try:
        privacy.close(state)
        secrecy.Seal(state).make()
        stores = list(stores)
        for folder in [run.folder] + stores:
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
