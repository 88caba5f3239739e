"""Follows a run of a DAG over REST: tells what its steps do, ends it on Ctrl-C, and sums it up."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from pipelift.app.running import Event, RunStatus, RunSummary, StepStatus, StepSummary, Tell
from pipelift.backends.airflow.deploying import tasklog
from pipelift.backends.airflow.deploying.api import Api, Json, quote_part
from pipelift.compiler import ir
from pipelift.compiler.diagnostics import Refused
from pipelift.runtime import records
from pipelift.runtime.contract import paths
from pipelift.runtime.contract.record import GOOD, Record

_POLL_SECONDS = 1.0
_STOP_SECONDS = 30.0
_QUIET_SECONDS = 20.0
_TAIL = 20
_RUNNING = ("running", "up_for_retry", "restarting", "deferred", "up_for_reschedule")
_ENDED: Mapping[str, StepStatus] = {
    "success": "completed",
    "failed": "failed",
    "upstream_failed": "skipped",
    "skipped": "skipped",
    "removed": "skipped",
}


@dataclass(slots=True)
class _Task:
    """What is known of one task: `line_count` lines of attempt `attempt` are told, and `tail` are the last of them."""

    step: ir.Step
    started: bool = False
    attempt: int = 0
    line_count: int = 0
    tail: deque[str] = field(default_factory=lambda: deque(maxlen=_TAIL))
    summary: StepSummary | None = None


@dataclass(frozen=True, slots=True)
class _Record:
    """What the launcher wrote about a step, as far as this machine sees it."""

    data: Record = field(default_factory=Record)
    outputs: Mapping[str, str] = field(default_factory=dict)


class Following:
    """One run. `steps` are those of the pipeline by the id of their task."""

    def __init__(
        self, api: Api, dag_id: str, run_id: str, steps: Mapping[str, ir.Step], pipeline: str, tell: Tell
    ) -> None:
        self._api = api
        self._path = f"/dags/{quote_part(dag_id)}/dagRuns/{quote_part(run_id)}"
        self._run_id = run_id
        self._pipeline = pipeline
        self._tell = tell
        self._tasks = {task_id: _Task(step) for task_id, step in steps.items()}
        self._others: set[str] = set()

    def follow(self) -> RunSummary:
        """Tell what happens until the run has ended; an interrupt ends it. Raises `Refused`."""
        try:
            status: RunStatus = "completed" if self._watch() == "success" else "failed"
        except KeyboardInterrupt:
            self.cancel()
            status = "cancelled"
        summaries = [task.summary or StepSummary(task.step.name, "skipped") for task in self._tasks.values()]
        if status == "completed" and any(summary.status == "failed" for summary in summaries):
            status = "failed"
        return RunSummary(self._run_id, self._pipeline, status, tuple(summaries))

    def describe_failures(self) -> Iterator[str]:
        """Of each step that failed, its own exit status and what it printed last, as lines for people."""
        for task in self._tasks.values():
            if task.summary is None or task.summary.status != "failed":
                continue
            code = task.summary.exit_code
            how = "failed" if code is None else f"failed with exit status {code}"
            printed = "its last lines:" if task.tail else "it has printed nothing"
            yield f"step '{task.step.name}' {how}; {printed}"
            yield from (f"    {line}" for line in task.tail)

    def cancel(self) -> None:
        """End the run, and wait for the workers to stop its containers. Raises `Refused`."""
        self._tell(Event("note", text=f"interrupted: run {self._run_id} is ended"))
        running = [
            (name, task) for name, task in self._tasks.items() if task.started and task.summary is None
        ]
        try:
            self._api.change("PATCH", self._path, {"state": "failed"})
        except Refused as refused:
            if refused.code != "PL566":
                raise
            self._tell(Event("note", text=refused.message))
        end = time.monotonic() + _STOP_SECONDS
        for name, task in running:
            while not tasklog.has_ended(self._read_log(name, task.attempt)) and time.monotonic() < end:
                time.sleep(_POLL_SECONDS)
        for task in self._tasks.values():
            if task.summary is None:
                self._end(task, StepSummary(task.step.name, "cancelled" if task.started else "skipped"), "")

    def _watch(self) -> str:
        """The state in which the run ended."""
        changed = time.monotonic()
        explained = False
        while True:
            run = self._api.get(self._path)
            if run is None:
                raise Refused("PL566", f"run {self._run_id} is no longer there")
            moved = [
                self._update(instance)
                for instance in self._api.all(f"{self._path}/taskInstances", "task_instances")
            ]
            state = str(run.get("state"))
            if state in ("success", "failed"):
                return state
            if any(moved):
                changed, explained = time.monotonic(), False
            elif not explained and self._is_idle() and time.monotonic() - changed > _QUIET_SECONDS:
                explained = True
                self._explain()
            time.sleep(_POLL_SECONDS)

    def _is_idle(self) -> bool:
        return not any(task.started and task.summary is None for task in self._tasks.values())

    def _explain(self) -> None:
        """Say why nothing goes on, where Airflow knows."""
        stopped = self._api.list_stopped_parts()
        if stopped:
            self._tell(
                Event("note", text=f"nothing starts: Airflow says that it does not run: {', '.join(stopped)}")
            )
            return
        path = self._path.rpartition("/dagRuns/")[0]
        if (self._api.get(path) or {}).get("is_paused"):
            self._tell(Event("note", text="nothing starts: the DAG is paused"))
            return
        runs = self._api.all(f"{path}/dagRuns", "dag_runs", state="running")
        other_runs = [str(run.get("dag_run_id")) for run in runs if run.get("dag_run_id") != self._run_id]
        if other_runs:
            self._tell(Event("note", text=f"waiting for run {other_runs[0]} of the same DAG to end"))

    def _update(self, instance: Json) -> bool:
        """Tell what has become of one task since it was last seen; whether anything has."""
        task, state = self._tasks.get(str(instance.get("task_id"))), str(instance.get("state"))
        if task is None:
            return self._update_other(str(instance.get("task_id")), state)
        if task.summary is not None or (state not in _RUNNING and state not in _ENDED):
            return False
        if not task.started and (
            state in _RUNNING or (instance.get("start_date") and instance.get("try_number"))
        ):
            task.started = True
            self._tell(Event("started", task.step.name))
        content = self._tell_lines(str(instance["task_id"]), task, int(instance.get("try_number") or 0))
        if state not in _ENDED:
            return True
        self._finish(task, instance, _ENDED[state], content)
        return True

    def _update_other(self, task_id: str, state: str) -> bool:
        """A task that is no step: only its failure is of interest."""
        if state != "failed" or task_id in self._others:
            return False
        self._others.add(task_id)
        content = self._read_log(task_id, 1)
        self._tell(Event("note", text=f"task '{task_id}' failed: {tasklog.first_error(content)}"))
        return True

    def _tell_lines(self, task_id: str, task: _Task, attempt: int) -> list[Any]:
        """Tell the lines that are new, of the attempt before too where it has ended meanwhile."""
        if attempt < 1:
            return []
        if task.attempt and attempt > task.attempt:
            self._tell_new(task, self._read_log(task_id, task.attempt))
            self._tell(Event("note", task.step.name, f"attempt {attempt} follows"))
            task.line_count = 0
            task.tail.clear()
        task.attempt = attempt
        content = self._read_log(task_id, attempt)
        self._tell_new(task, content)
        return content

    def _tell_new(self, task: _Task, content: list[Any]) -> None:
        lines = tasklog.printed_lines(content)
        for line in lines[task.line_count :]:
            task.tail.append(line)
            self._tell(Event("log", task.step.name, line))
        task.line_count = max(task.line_count, len(lines))

    def _read_log(self, task_id: str, attempt: int) -> list[Any]:
        path = f"{self._path}/taskInstances/{quote_part(task_id)}/logs/{attempt}"
        content = (self._api.get(path, full_content="true") or {}).get("content")
        return content if isinstance(content, list) else []

    def _finish(self, task: _Task, instance: Json, status: StepStatus, content: list[Any]) -> None:
        record = _read_record(instance, task.step)
        code = record.data.get("exit_code") if status == "failed" else None
        reason = ""
        if instance.get("state") == "upstream_failed":
            reason = "a step that it waits for has failed"
        elif status == "failed" and tasklog.is_held_back(content):
            status, reason = "skipped", tasklog.first_error(content)
        elif status == "failed":
            code = tasklog.exit_code(content) if code is None else code
            reason = record.data.get("reason") or _describe_failure(code, content)
        elif status == "completed":
            is_reused = record.data.get("status") == "reused" or tasklog.is_reused(
                tasklog.printed_lines(content)
            )
            status = "reused" if is_reused else status
        metrics = dict(record.data.get("metrics", {})) if status in GOOD else {}
        seconds = _seconds(instance)
        summary = StepSummary(task.step.name, status, seconds, record.outputs, metrics, code)
        self._end(task, summary, reason)

    def _end(self, task: _Task, summary: StepSummary, reason: str) -> None:
        task.summary = summary
        self._tell(Event("finished", task.step.name, reason, summary.status, summary.seconds))


def _describe_failure(code: int | None, content: list[Any]) -> str:
    if code is not None:
        return f"the script ended with exit status {code}"
    return tasklog.first_error(content)


def _seconds(instance: Json) -> float:
    begin, end = instance.get("start_date"), instance.get("end_date")
    if not begin or not end:
        return 0.0
    moments = [datetime.fromisoformat(str(text).replace("Z", "+00:00")) for text in (begin, end)]
    return round((moments[1] - moments[0]).total_seconds(), 3)


def _read_record(instance: Json, step: ir.Step) -> _Record:
    """What lies in the state folder, where the worker's folder is one of this machine too."""
    fields = instance.get("rendered_fields")
    mounts = fields.get("mounts") if isinstance(fields, dict) else None
    command = fields.get("command") if isinstance(fields, dict) else None
    if not isinstance(mounts, list) or not isinstance(command, list) or "--run" not in command[:-1]:
        return _Record()
    folders = {
        str(mount.get("Target")): str(mount.get("Source")) for mount in mounts if isinstance(mount, dict)
    }
    state, run = folders.get(paths.STATE_PATH), str(command[command.index("--run") + 1])
    if state is None:
        return _Record()
    data = records.Run(state, paths.safe_run_id(run)).step(step.id).read()
    return _Record() if data is None else _Record(data, _local_outputs(data, folders))


def _local_outputs(data: Record, folders: Mapping[str, str]) -> dict[str, str]:
    """The paths of the outputs whose store is a folder of this machine."""
    outputs = {}
    for port, place in data.get("outputs", {}).items():
        folder = folders.get(f"{paths.STORES_PATH}/{place['store']}")
        if folder is not None:
            outputs[port] = str(Path(folder) / place["path"])
    return outputs
