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

_BETWEEN = 2.0
_STOPPING = 60.0
_ENDED: Mapping[str, RunStatus] = {
    "SUCCEEDED": "completed",
    "SKIPPED": "completed",
    "FAILED": "failed",
    "CANCELED": "cancelled",
}
_EXIT = re.compile(r"exit code (\d+)")


@dataclass(slots=True)
class _Step:
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
        pause: float = _BETWEEN,
    ) -> None:
        self._server = server
        self._run_id = run_id
        self._pipeline = pipeline
        self._steps = {task: _Step(step) for task, step in steps.items()}
        self._tell = tell
        self._pause = pause

    def follow(self) -> RunSummary:
        """Tell what happens until the run has ended. Raises `Refused`."""
        try:
            status = self._watch(float("inf"))
        except KeyboardInterrupt:
            self._tell(Event("note", text=f"interrupted: run {self._run_id} is ended"))
            self._server.terminate(self._run_id)
            self._watch(time.monotonic() + _STOPPING)
            status = "cancelled"
        rest: StepStatus = "cancelled" if status == "cancelled" else "skipped"
        for one in self._steps.values():
            if one.summary is None:
                self._end(one, rest if one.started else "skipped", None, "")
        summaries = (one.summary for one in self._steps.values())
        return RunSummary(self._run_id, self._pipeline, status, tuple(filter(None, summaries)))

    def _watch(self, until: float) -> RunStatus:
        """How the run ended; `cancelled` where it goes on at `until`."""
        while True:
            run = self._server.run(self._run_id)
            details = {one.display_name: one for one in getattr(run.run_details, "task_details", None) or ()}
            for task, step in self._steps.items():
                self._take(step, details.get(task), details.get(f"{task}-driver"))
            ended = _ENDED.get(run.state or "")
            if ended is not None:
                if ended == "failed":
                    self._explain(run, details)
                return ended
            if time.monotonic() >= until:
                return "cancelled"
            time.sleep(self._pause)

    def _take(self, one: _Step, detail: Any | None, driver: Any | None) -> None:
        """A step's task; a hit of the cache skips it after its driver has succeeded."""
        if one.summary is not None or detail is None:
            return
        state = detail.state
        if state in ("RUNNING", "SUCCEEDED", "FAILED", "CANCELED") and not one.started:
            one.started = True
            self._tell(Event("started", step=one.step.name))
        if state == "SKIPPED":
            hit = getattr(driver, "state", None) == "SUCCEEDED"
            self._end(one, "reused" if hit else "skipped", detail, "")
        elif state == "SUCCEEDED":
            self._end(one, "completed", detail, "")
        elif state == "CANCELED":
            self._end(one, "cancelled", detail, "")
        elif state == "FAILED":
            self._end(one, "failed", detail, _error(detail))

    def _end(self, one: _Step, status: StepStatus, detail: Any | None, error: str) -> None:
        found = _EXIT.search(error)
        one.summary = StepSummary(
            one.step.name, status, _seconds(detail), exit_code=int(found[1]) if found else None
        )
        self._tell(
            Event("finished", step=one.step.name, text=error, status=status, seconds=one.summary.seconds)
        )

    def _explain(self, run: Any, details: Mapping[str, Any]) -> None:
        """Say why a run failed none of whose steps did: a driver could not start its pod, say."""
        if any(one.summary is not None and one.summary.status == "failed" for one in self._steps.values()):
            return
        reasons = [getattr(run.error, "message", None), *_errors(details)]
        for reason in dict.fromkeys(filter(None, reasons)):
            self._tell(Event("note", text=str(reason)))


def _errors(details: Mapping[str, Any]) -> Iterator[str]:
    for name, detail in details.items():
        if detail.state == "FAILED" and _error(detail):
            yield f"{name}: {_error(detail)}"


def _error(detail: Any) -> str:
    return str(getattr(detail.error, "message", None) or "")


def _seconds(detail: Any | None) -> float:
    start, end = getattr(detail, "start_time", None), getattr(detail, "end_time", None)
    return round((end - start).total_seconds(), 3) if start and end and end > start else 0.0
