"""How a step ended that ran in a container: what its record says, and where there is none its exit status."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, cast

from pipelift.backends.runs.containers import Container, attend
from pipelift.backends.runs.execution import Outcome
from pipelift.compiler.running import StepStatus
from pipelift.runtime import records

GOOD = ("completed", "reused")
_LAUNCHER = "pipelift: "


def run_recorded(
    container: Container,
    place: records.StepPlace,
    folders: Mapping[str, str],
    emit: Callable[[str], None],
    cancel: threading.Event,
) -> Outcome:
    """Run one attempt at the step of `place` in `container`, and read its record.

    `folders` are where the containers' stores are seen from here, by name; `emit` and `cancel` as in `attend`.
    Raises `OSError`.
    """
    before = place.read()
    started = time.monotonic()
    ended = attend(container, emit, cancel)
    seconds = round(time.monotonic() - started, 3)
    record = place.read()
    if record is None or (record == before and not (ended.exit_code == 0 and _is_good(before))):
        status: StepStatus = "cancelled" if cancel.is_set() else "failed"
        return Outcome(status, seconds, ended.exit_code, _last_words(ended.exit_code, ended.errors))
    is_kept = record == before
    status = "reused" if is_kept else cast(StepStatus, record["status"])
    return Outcome(
        status=status,
        seconds=seconds if is_kept else float(record.get("seconds") or 0.0),
        exit_code=ended.exit_code,
        reason="kept from before the run was resumed" if is_kept else record.get("reason") or "",
        outputs=_outputs(record, folders) if status in GOOD else {},
        metrics=record.get("metrics") or {},
        cancels_run=status == "cancelled" and place.step_id in place.run.cancelled_by,
    )


def _is_good(record: dict[str, Any] | None) -> bool:
    return record is not None and record.get("status") in GOOD


def _outputs(record: Mapping[str, Any], folders: Mapping[str, str]) -> dict[str, str]:
    """Where each output is seen from here; of a store that is no folder of this machine, its name and the path."""
    return {
        port: f"{folders.get(entry['store'], entry['store'])}/{entry['path']}"
        for port, entry in (record.get("outputs") or {}).items()
    }


def _last_words(exit_code: int, errors: tuple[str, ...]) -> str:
    """The launcher's own sentence, else the engine's last, else the number."""
    said = [line for line in errors if line.strip()]
    launcher = [line.removeprefix(_LAUNCHER) for line in said if line.startswith(_LAUNCHER)]
    words = (launcher or said)[-1:]
    return f"exit status {exit_code}" + (f": {words[0]}" if words else "")
