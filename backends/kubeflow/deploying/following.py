"""Follows a run: tells what its steps do, ends it on Ctrl-C, and sums it up."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pipelift.app.running import Event, RunStatus, RunSummary, StepStatus, StepSummary, Tell
from pipelift.backends.kubeflow.deploying.api import Server
from pipelift.compiler import ir

_POLL_SECONDS = 2.0
_STOP_SECONDS = 60.0
_ENDED: Mapping[str, RunStatus] = {
    "SUCCEEDED": "completed",
    "SKIPPED": "completed",
    "FAILED": "failed",
    "CANCELED": "cancelled",
}
_EXIT = re.compile(r"exit code (\d+)")


@dataclass(slots=True)
class _StepState:
    """What is known of one step."""

    step: ir.Step
    started: bool = False
    summary: StepSummary | None = None


class Following:
    """One run. `steps` are those of the pipeline by their tasks' names; `pause` is in seconds."""

    def __init__(
        self,
        server: Server,
        run_id: str,
        pipeline: str,
        steps: Mapping[str, ir.Step],
        tell: Tell,
        pause: float = _POLL_SECONDS,
    ) -> None:
        self._server = server
        self._run_id = run_id
        self._pipeline = pipeline
        self._steps = {task: _StepState(step) for task, step in steps.items()}
        self._tell = tell
        self._pause = pause

    def follow(self) -> RunSummary:
        """Tell what happens until the run has ended. Raises `Refused`."""
        try:
            status = self._watch(float("inf"))
        except KeyboardInterrupt:
            self._tell(Event("note", text=f"interrupted: run {self._run_id} is ended"))
            self._server.terminate(self._run_id)
            self._watch(time.monotonic() + _STOP_SECONDS)
            status = "cancelled"
        unfinished: StepStatus = "cancelled" if status == "cancelled" else "skipped"
        for state in self._steps.values():
            if state.summary is None:
                self._end(state, unfinished if state.started else "skipped", None, "")
        summaries = (state.summary for state in self._steps.values())
        return RunSummary(self._run_id, self._pipeline, status, tuple(filter(None, summaries)))

    def _watch(self, until: float) -> RunStatus:
        """How the run ended; `cancelled` where it goes on at `until`."""
        while True:
            run = self._server.run(self._run_id)
            details = {
                detail.display_name: detail for detail in getattr(run.run_details, "task_details", None) or ()
            }
            for task, step in self._steps.items():
                self._update(step, details.get(task), details.get(f"{task}-driver"))
            status = _ENDED.get(run.state or "")
            if status is not None:
                if status == "failed":
                    self._explain(run, details)
                return status
            if time.monotonic() >= until:
                return "cancelled"
            time.sleep(self._pause)

    def _update(self, entry: _StepState, detail: Any | None, driver: Any | None) -> None:
        """A step's task; a hit of the cache skips it after its driver has succeeded."""
        if entry.summary is not None or detail is None:
            return
        state = detail.state
        if state in ("RUNNING", "SUCCEEDED", "FAILED", "CANCELED") and not entry.started:
            entry.started = True
            self._tell(Event("started", step=entry.step.name))
        if state == "SKIPPED":
            hit = getattr(driver, "state", None) == "SUCCEEDED"
            self._end(entry, "reused" if hit else "skipped", detail, "")
        elif state == "SUCCEEDED":
            self._end(entry, "completed", detail, "")
        elif state == "CANCELED":
            self._end(entry, "cancelled", detail, "")
        elif state == "FAILED":
            self._end(entry, "failed", detail, _read_error(detail))

    def _end(self, entry: _StepState, status: StepStatus, detail: Any | None, error: str) -> None:
        match = _EXIT.search(error)
        entry.summary = StepSummary(
            entry.step.name, status, _seconds(detail), exit_code=int(match[1]) if match else None
        )
        self._tell(
            Event("finished", step=entry.step.name, text=error, status=status, seconds=entry.summary.seconds)
        )

    def _explain(self, run: Any, details: Mapping[str, Any]) -> None:
        """Say why a run failed none of whose steps did: a driver could not start its pod, say."""
        if any(
            entry.summary is not None and entry.summary.status == "failed" for entry in self._steps.values()
        ):
            return
        reasons = [getattr(run.error, "message", None), *_list_errors(details)]
        for reason in dict.fromkeys(filter(None, reasons)):
            self._tell(Event("note", text=str(reason)))


def _list_errors(details: Mapping[str, Any]) -> Iterator[str]:
    for name, detail in details.items():
        if detail.state == "FAILED" and _read_error(detail):
            yield f"{name}: {_read_error(detail)}"


def _read_error(detail: Any) -> str:
    return str(getattr(detail.error, "message", None) or "")


def _seconds(detail: Any | None) -> float:
    start, end = getattr(detail, "start_time", None), getattr(detail, "end_time", None)
    return round((end - start).total_seconds(), 3) if start and end and end > start else 0.0
