"""Results taken over from the folders of their steps by who may write the state, which a step's container may not.

What a step has left is input: it is taken for the step's own result or not at all. An entry in ``open/`` names each
step that was to run and whose result was not taken over yet, so that a process that is killed loses nothing, and
that nobody has to look through all runs.
"""

import errno
import os
import time
from typing import Optional

from . import attempts, files, records, reuse
from .contract import locks, paths, untrusted
from .contract.files import is_abandoned, write_whole
from .contract.record import Record, is_result, read_record, result_of

_WRITTEN = ("", paths.CURRENT, paths.OPEN, paths.PARTS, paths.DIGESTS, paths.REUSE)


def expect(place: records.StepPlace, elsewhere: bool = False) -> None:
    """Make the step's folder, and note that it is about to run: in this process, or `elsewhere`, where it may start
    long after. Raises `OSError`."""
    files.make_folder(place.folder)
    path = _entry_path(place)
    if not os.path.exists(path):
        files.make_folder(os.path.dirname(path))
        entry = {"run": place.run.id, "step": place.step_id, "elsewhere": elsewhere}
        write_whole(path, files.json_line(entry))


def expect_elsewhere(place: records.StepPlace) -> None:
    """Take over what broken-off runs have left, and note that the step is about to run elsewhere. Raises `OSError`."""
    settle_all(place.run.state)
    expect(place, elsewhere=True)


def settle(place: records.StepPlace, record: Optional[Record] = None) -> None:
    """Take over what the step has left, now that it has ended: its `record`, for who has it. Raises `OSError`."""
    adopt(place, record)
    try:
        os.unlink(_entry_path(place))
    except FileNotFoundError:
        pass


def settle_all(state: str, own: Optional[str] = None) -> None:
    """Take over what steps of broken-off runs have left, and remove what killed attempts have left in their folders.

    Steps of the run `own` are left to who runs them. Nothing happens where the state cannot be written. Raises
    `OSError`.
    """
    folder = os.path.join(state, paths.OPEN)
    if not os.access(folder, os.W_OK):
        return
    for name in sorted(os.listdir(folder)):
        place = _read_entry(state, os.path.join(folder, name))
        if place is None or place.run.id == own:
            continue
        try:
            sweep = attempts.sweep_step(place)
            if not sweep.living and _has_ended(place, sweep.dead):
                settle(place)
            else:
                adopt(place)
        except OSError as error:
            if error.errno not in (errno.EACCES, errno.EPERM, errno.ENOENT):
                raise  # these are of another owner, or were settled by a process beside this one


def adopt(place: records.StepPlace, record: Optional[Record] = None) -> None:
    """Make the result that the step's record tells of known under its key, if it is one. Raises `OSError`.

    The record is that of the step's folder, but for who has it from writing it.
    """
    record = record or place.read()
    if record is None or not _is_of(record, place):
        return
    if record.get("status") == "reused":
        reuse.note_use(record["key"], place.run.state)
    elif record.get("status") == "completed" and record.get("reusable") is True:
        latest = read_record(records.reuse_record(place.run.state, record["key"])) or {}
        # Of several runs of one key the last to end has published over the others, whoever is taken over last; what
        # has ended in the future was written by another clock.
        before = latest.get("ended", 0.0)
        is_newer = before <= record["ended"] or before > time.time()
        if is_newer and latest.get("result") != record["result"]:
            reuse.publish(record["key"], result_of(record), place.run.state)


def drop_halves(state: str) -> None:
    """Remove files that killed processes of ours were writing."""
    for folder in (os.path.join(state, name) for name in _WRITTEN):
        for entry in os.scandir(folder) if os.path.isdir(folder) else ():
            try:
                if is_abandoned(entry.path):
                    os.unlink(entry.path)
            except OSError:
                continue  # done by a process beside this one, or another owner's


def _entry_path(place: records.StepPlace) -> str:
    return os.path.join(place.run.state, paths.OPEN, place.id + ".json")


def _read_entry(state: str, entry: str) -> Optional[records.StepPlace]:
    """The step that an entry names; None where it is none of ours."""
    step_ids = untrusted.read_json(entry) or {}
    if not untrusted.is_component(step_ids.get("run")) or not untrusted.is_component(step_ids.get("step")):
        return None
    place = records.Run(state, step_ids["run"]).step(step_ids["step"])
    return place if _entry_path(place) == entry else None


def _has_ended(place: records.StepPlace, was_killed: bool) -> bool:
    """Whether nothing more is to come: a run under supervision that is locked by nobody has ended too."""
    lock = os.path.join(place.run.folder, paths.LOCK)
    if os.path.exists(lock):
        given_up = not locks.is_locked(lock)
    else:
        given_up = (untrusted.read_json(_entry_path(place)) or {}).get("elsewhere") is not True
    return was_killed or given_up or place.read() is not None


def _is_of(record: Record, place: records.StepPlace) -> bool:
    """Whether a record is a result's, and tells of this step in this run."""
    return (
        (record.get("run"), record.get("step")) == (place.run.id, place.step_id)
        and is_result(record)
        and reuse.key_of(record["key_parts"]) == record["key"]
    )
