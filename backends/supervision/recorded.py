"""How a step ended that ran in a container: what its record says, and where there is none its exit status."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Mapping

from pipelift.app.running import StepStatus
from pipelift.backends.supervision.containers import AttendedRun, Container, attend
from pipelift.backends.supervision.execution import Outcome
from pipelift.runtime import adoption, records
from pipelift.runtime.contract import reasons
from pipelift.runtime.contract.record import GOOD, Record

STOPPED = "its container was stopped by somebody else, or the Docker engine has ended"
KILLED = "its container was killed: by somebody else, by the end of the Docker engine, or for want of memory"
NOT_STARTED = "was not started"
LOST = "was lost"

_SIGNALLED = 128
_KILLED = _SIGNALLED + signal.SIGKILL
_LAUNCHER = "pipelift: "


def run_recorded(
    container: Container,
    place: records.StepPlace,
    folders: Mapping[str, str],
    emit: Callable[[str], None],
    cancel: threading.Event,
) -> Outcome:
    """Run one attempt at the step of `place` in `container`, read its record, and take over its result.

    `folders` are where the containers' stores are seen from here, by name; `emit` and `cancel` as in `attend`.
    Raises `OSError`.
    """
    before = place.read()
    adoption.expect(place)
    started = time.monotonic()
    result = attend(container, emit, cancel)
    seconds = round(time.monotonic() - started, 3)
    adoption.settle(place)
    record = place.read()
    if (
        record is None
        or "status" not in record
        or (record == before and not (result.exit_code == 0 and _is_good(before)))
    ):
        return _judge_without_record(result, seconds, cancel)
    if not cancel.is_set() and _was_stopped(record):
        record = {**record, "status": "failed", "reason": STOPPED}
        place.write(record)
    is_kept = record == before
    status: StepStatus = "reused" if is_kept else record["status"]
    return Outcome(
        status=status,
        seconds=seconds if is_kept else record.get("seconds", 0.0),
        exit_code=result.exit_code,
        reason=reasons.RESUMED if is_kept else record.get("reason", ""),
        outputs=_locate_outputs(record, folders) if status in GOOD else {},
        metrics=record.get("metrics", {}),
        cancels_run=status == "cancelled" and place.step_id in place.run.cancelled_by,
    )


def _is_good(record: Record | None) -> bool:
    return record is not None and record.get("status") in GOOD


def _locate_outputs(record: Record, folders: Mapping[str, str]) -> dict[str, str]:
    """Where each output is seen from here; of a store that is no folder of this machine, its name and the path."""
    return {
        port: f"{folders.get(entry['store'], entry['store'])}/{entry['path']}"
        for port, entry in record.get("outputs", {}).items()
    }


def _was_stopped(record: Record) -> bool:
    """Whether a signal has ended the script, and not the script its step or run."""
    return record.get("status") == "cancelled" and record.get("exit_code", 0) > _SIGNALLED


def _judge_without_record(result: AttendedRun, seconds: float, cancel: threading.Event) -> Outcome:
    """How a step ended whose launcher has left no record: it was never started, or killed."""
    lines = [line for line in result.errors if line.strip()]
    launcher = [line.removeprefix(_LAUNCHER) for line in lines if line.startswith(_LAUNCHER)]
    if cancel.is_set():
        return Outcome("cancelled", seconds, result.exit_code, (launcher or ["stopped"])[-1])
    if launcher:
        return Outcome("failed", seconds, result.exit_code, launcher[-1])
    if result.exit_code in (_KILLED, -signal.SIGKILL):
        return Outcome("failed", seconds, _KILLED, KILLED)
    words = (lines or [f"exit status {result.exit_code}"])[-1]
    return Outcome(
        "failed", seconds, None, f"its container {LOST if result.printed else NOT_STARTED}: {words}"
    )
