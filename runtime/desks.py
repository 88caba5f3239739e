"""Desks: where the steps of a Compose project write, as Compose mounts folders before anybody knows the run.

A step's container has ``desks/KEY/STEP`` as its own folder, and the run has a link there in the place of the step's
folder. When the run is over, what lies on the desk is moved there: by the next run of the project, or by who has
supervised this one. Nobody but these writes outside the desks, so the links are theirs.
"""

import os
from typing import Iterable

from . import adoption, attempts, records
from .contract import paths, untrusted
from .contract.files import token


def lay_out(run: records.Run, key: str, steps: Iterable[str]) -> None:
    """Make a desk for each of the `steps` (ids) of a run, with what an earlier part of the run has left.

    Raises `OSError`.
    """
    for step in steps:
        place = run.step(step)
        desk = os.path.join(_project_folder(run.state, key), step)
        os.makedirs(desk, exist_ok=True)
        os.makedirs(os.path.dirname(place.folder), exist_ok=True)
        if os.path.isdir(place.folder) and not os.path.islink(place.folder):
            os.rename(place.folder, desk)
        if not os.path.lexists(place.folder):
            os.symlink(paths.desk_link(paths.safe_run_id(key), step), place.folder)
        adoption.expect(place, elsewhere=True)


def put_away(state: str, key: str) -> None:
    """Take over what lies on the desks of a project, and move it into the run that it is of. Raises `OSError`.

    A desk at which a step still works stays as it is.
    """
    folder = _project_folder(state, key)
    if not os.path.isdir(folder):
        return
    run = records.Run(state, records.read_current(state, key) or "unknown-" + token())
    for step in sorted(os.listdir(folder)):
        _put_away(run.step(step), os.path.join(folder, step))
    attempts.drop_if_empty(folder)


def _put_away(place: records.StepPlace, desk: str) -> None:
    if os.path.isdir(place.folder) and not os.path.islink(place.folder):
        attempts.drop_if_empty(desk)
        return
    if os.path.islink(place.folder):
        if attempts.sweep_step(place).living:
            return
        adoption.settle(place)
        os.unlink(place.folder)
    if os.listdir(desk):
        os.makedirs(os.path.dirname(place.folder), exist_ok=True)
        os.rename(desk, place.folder)
        adoption.adopt(place)
    else:
        os.rmdir(desk)


def _project_folder(state: str, key: str) -> str:
    return untrusted.below(os.path.abspath(state), "{}/{}".format(paths.DESKS, paths.safe_run_id(key)))
