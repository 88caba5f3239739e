"""Runs steps side by side: one thread waits for each, and all answer to one queue."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field, replace
from queue import Empty, SimpleQueue

from pipelift.app.interrupts import Interrupts, caught
from pipelift.app.running import Event, RunStatus, RunSummary, StepStatus, StepSummary, Tell
from pipelift.backends.supervision.run_file import describe_error
from pipelift.backends.supervision.schedule import Schedule
from pipelift.compiler import ir
from pipelift.runtime.contract.record import GOOD
from pipelift.runtime.process import GRACE

# So many lines may wait to be told: a step that prints faster than they are shown is slowed down.
LINES_IN_FLIGHT = 1000
_TICK = 0.2


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one attempt at a step ended; `reason` is for people, and empty after success.

    `cancels_run` says that the step's script has asked for the whole run to end.
    """

    status: StepStatus
    seconds: float = 0.0
    exit_code: int | None = None
    reason: str = ""
    outputs: dict[str, str] = field(default_factory=dict)
    metrics: dict[str, object] = field(default_factory=dict)
    cancels_run: bool = False


# Runs one attempt at a step: hands its lines to the second argument, and stops it when the event is set.
Launch = Callable[[ir.Step, Callable[[str], None], threading.Event], Outcome]


@dataclass(frozen=True, slots=True)
class _Ended:
    step: ir.Step
    outcome: Outcome | BaseException


class _Interrupted:
    """Put into the queue by a signal."""


def default_jobs() -> int:
    """One for each CPU that this process may use, at least two: steps wait for data as they compute."""
    affinity = getattr(os, "sched_getaffinity", None)
    return max(2, len(affinity(0)) if affinity else os.cpu_count() or 1)


class Execution:
    """One run of a pipeline's steps.

    `tell` is only ever called from the thread that calls `run`, one event at a time. After a failure,
    `continue_on_failure` of the pipeline decides whether steps that do not depend on it go on.
    """

    def __init__(self, run_id: str, pipeline: ir.Pipeline, launch: Launch, jobs: int, tell: Tell) -> None:
        self._run_id = run_id
        self._pipeline = pipeline
        self._launch = launch
        self._jobs = jobs
        self._tell = tell
        self._schedule = Schedule(pipeline)
        # SimpleQueue.put is reentrant, which the signal handler needs.
        self._inbox: SimpleQueue[Event | _Ended | _Interrupted] = SimpleQueue()
        self._slots = threading.Semaphore(LINES_IN_FLIGHT)
        self._stop = threading.Event()
        self._running = 0
        self._interrupted = False
        self._summaries: dict[str, StepSummary] = {}

    def run(self, interrupts: Interrupts | None = None) -> RunSummary:
        """Run all steps and wait for the last; their summaries stand in source order.

        A signal (of `interrupts`, where somebody catches them already) stops the steps. What `tell` or a launch
        raises is raised here, once all steps have ended.
        """
        with nullcontext(interrupts) if interrupts else caught() as ours, ours.calling(self._note_signal):
            try:
                self._loop()
            except BaseException as error:
                self._tell = _ignore_event
                self._interrupt()
                self._drain()
                if not isinstance(error, KeyboardInterrupt):  # which `tell` may raise
                    raise
        summaries = tuple(self._summaries[step.id] for step in self._pipeline.steps)
        return RunSummary(self._run_id, self._pipeline.name, self._status(summaries), summaries)

    def _loop(self) -> None:
        self._start_ready()
        while self._running:
            message = self._next()
            if isinstance(message, Event):
                self._slots.release()
                self._tell(message)
            elif isinstance(message, _Ended):
                self._running -= 1
                self._end(message)
                self._start_ready()
            else:
                if not self._interrupted:
                    self._tell(Event("note", text=f"interrupted: steps that run have {GRACE:g} s to end"))
                self._interrupt()

    def _next(self) -> Event | _Ended | _Interrupted:
        """What comes next; wakes up now and then, as Python runs a signal's handler between two lines only: of a
        signal that comes as we fall asleep we would never hear."""
        while True:
            with suppress(Empty):
                return self._inbox.get(timeout=_TICK)

    def _note_signal(self) -> None:
        self._inbox.put(_Interrupted())

    def _start_ready(self) -> None:
        while self._running < self._jobs and not self._stop.is_set():
            step = self._schedule.take()
            if step is None:
                return
            self._running += 1
            threading.Thread(target=self._work, args=(step,), name=step.id, daemon=True).start()
            self._tell(Event("started", step.name))

    def _work(self, step: ir.Step) -> None:
        try:
            self._inbox.put(_Ended(step, self._attempts(step)))
        except OSError as error:  # a disk is full, or the state folder is not as it was
            self._inbox.put(_Ended(step, Outcome("failed", reason=describe_error(error))))
        except BaseException as fault:  # carried to the thread that waits, which raises it
            self._inbox.put(_Ended(step, fault))

    def _attempts(self, step: ir.Step) -> Outcome:
        def emit(line: str) -> None:
            self._send(Event("log", step.name, line))

        seconds = 0.0
        for attempt in range(1, step.retries + 2):
            outcome = self._launch(step, emit, self._stop)
            seconds += outcome.seconds
            if outcome.status != "failed" or self._stop.is_set() or attempt > step.retries:
                break
            text = f"{outcome.reason or 'failed'}; attempt {attempt + 1} of {step.retries + 1} follows"
            self._send(Event("note", step.name, text))
        status = "cancelled" if outcome.status == "failed" and self._stop.is_set() else outcome.status
        return replace(outcome, status=status, seconds=seconds)

    def _send(self, event: Event) -> None:
        self._slots.acquire()
        self._inbox.put(event)

    def _end(self, message: _Ended) -> None:
        step, outcome = message.step, message.outcome
        if isinstance(outcome, BaseException):
            raise outcome
        self._summaries[step.id] = StepSummary(
            name=step.name,
            status=outcome.status,
            seconds=outcome.seconds,
            outputs=outcome.outputs,
            metrics=outcome.metrics,
            exit_code=outcome.exit_code,
            note=outcome.reason,
        )
        skipped = self._schedule.end(step, outcome.status)
        self._tell(Event("finished", step.name, outcome.reason, outcome.status, outcome.seconds))
        self._leave_out(
            skipped, "skipped", f"waits for '{step.name}', which {_describe_status(outcome.status)}"
        )
        if outcome.cancels_run:
            self._tell(Event("note", text=f"'{step.name}' has cancelled the run"))
            self._interrupt()
        elif outcome.status not in GOOD and not self._pipeline.continue_on_failure:
            self._stop.set()
            unstarted = self._schedule.give_up("skipped")
            self._leave_out(
                unstarted, "skipped", f"not started, as '{step.name}' {_describe_status(outcome.status)}"
            )

    def _leave_out(self, steps: tuple[ir.Step, ...], status: StepStatus, reason: str) -> None:
        for step in steps:
            self._summaries[step.id] = StepSummary(step.name, status, note=reason)
        for step in steps:
            self._tell(Event("finished", step.name, reason, status, 0.0))

    def _interrupt(self) -> None:
        self._interrupted = True
        self._stop.set()
        self._leave_out(self._schedule.give_up("cancelled"), "cancelled", "not started")

    def _drain(self) -> None:
        while self._running:
            message = self._next()
            if isinstance(message, Event):
                self._slots.release()
            elif isinstance(message, _Ended):
                self._running -= 1
                if isinstance(message.outcome, Outcome):
                    self._end(message)

    def _status(self, summaries: tuple[StepSummary, ...]) -> RunStatus:
        statuses = {summary.status for summary in summaries}
        if statuses.issubset(GOOD):
            return "completed"
        return "cancelled" if self._interrupted or "failed" not in statuses else "failed"


def _ignore_event(event: Event) -> None:
    """Tell nobody."""


def _describe_status(status: StepStatus) -> str:
    return "was cancelled" if status == "cancelled" else status
