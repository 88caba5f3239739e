"""The first act of a run where the engine has no run ids: an id, and folders that the steps may write."""

import os
from typing import Iterable, Optional

from . import adoption, desks, handover, privacy, records, secrecy
from .contract import paths
from .errors import OUTPUT, USAGE, LauncherError

_OURS = tuple(name for name in privacy.FOLDERS if name != paths.RUNS) + (paths.SEAL,)


def begin(
    state: str,
    key: str,
    run_id: Optional[str],
    stores: Iterable[str],
    owner: Optional[str],
    steps: Iterable[str] = (),
    more: Iterable[str] = (),
) -> str:
    """Make the state folder and the `stores`, file the run under `key`, hand all to `owner` (``UID:GID``).

    `steps` are those that write at desks, `more` further folders of the state that have to be there. What the run
    before under this key has left is put away, and results of broken-off runs are taken over.
    Returns the run id: the one given, else a new one. Raises `LauncherError`.
    """
    identity = _owner(owner)
    run_id = paths.safe_run_id(run_id) if run_id else records.new_run_id()
    state = os.path.abspath(state)
    run = records.Run(state, run_id)
    try:
        privacy.close(state)
        secrecy.Seal(state).make()
        folders = [os.path.join(state, name) for name in more] + [run.folder]
        stores = list(stores)
        for folder in folders + stores:
            os.makedirs(folder, exist_ok=True)
        desks.put_away(state, key)
        adoption.drop_halves(state)
        adoption.settle_all(state)
        records.write_current(state, key, run_id)
        desks.lay_out(run, key, steps)
        if identity is not None:
            handover.hand_over_state(state, _OURS, run_id, identity)
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
