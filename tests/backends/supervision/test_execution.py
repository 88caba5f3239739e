"""The scheduling of a local run, with launches that only pretend: order, failure, retries, signals."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelift.app.interrupts import SIGNALS
from pipelift.app.running import Event, RunStatus, StepSummary
from pipelift.backends.supervision.execution import LINES_IN_FLIGHT, Execution, Launch, Outcome, default_jobs
from pipelift.backends.supervision.schedule import Schedule
from pipelift.compiler import ir
from tests.support.samples import two_steps

Emit = Callable[[str], None]


def graph(*steps: str, order: tuple[str, ...] = (), go_on: bool = False, retries: int = 0) -> ir.Pipeline:
    """A pipeline of empty steps; `order` has edges as ``a>b``."""
    sample, _ = two_steps()
    model = replace(sample.steps[0], inputs=(), outputs=(), arguments=(), retries=retries)
    made = tuple(replace(model, id=name, name=f"step {name}") for name in steps)
    edges = tuple(ir.OrderEdge(before=edge.split(">")[0], after=edge.split(">")[1]) for edge in order)
    return replace(sample, steps=made, order=edges, datasets=(), continue_on_failure=go_on)


def run(
    pipeline: ir.Pipeline, launch: Launch, jobs: int = 4
) -> tuple[RunStatus, dict[str, StepSummary], list[Event]]:
    events: list[Event] = []
    summary = Execution("r1", pipeline, launch, jobs, events.append).run()
    assert (summary.run_id, summary.pipeline) == ("r1", pipeline.name)
    return summary.status, {step.name.removeprefix("step "): step for step in summary.steps}, events


def succeed(step: ir.Step, emit: Emit, cancel: threading.Event) -> Outcome:
    return Outcome("completed", 0.5)


def failing(*names: str) -> Launch:
    def launch(step: ir.Step, emit: Emit, cancel: threading.Event) -> Outcome:
        return Outcome("failed", 0.1, 7, "exit status 7") if step.id in names else Outcome("completed")

    return launch


def statuses(steps: dict[str, StepSummary]) -> dict[str, str]:
    return {name: step.status for name, step in steps.items()}


def test_steps_run_after_what_they_wait_for_and_are_summed_up_in_source_order() -> None:
    started: list[str] = []

    def launch(step: ir.Step, emit: Emit, cancel: threading.Event) -> Outcome:
        started.append(step.id)
        return Outcome("completed")

    status, steps, events = run(graph("c", "b", "a", order=("a>b", "b>c")), launch)
    assert (status, started, list(steps)) == ("completed", ["a", "b", "c"], ["c", "b", "a"])
    kinds = [(event.kind, event.step) for event in events]
    assert kinds[:3] == [("started", "step a"), ("finished", "step a"), ("started", "step b")]


def test_independent_steps_run_side_by_side_up_to_the_number_of_jobs() -> None:
    barrier = threading.Barrier(2, timeout=10)
    running, most, lock = 0, 0, threading.Lock()

    def launch(step: ir.Step, emit: Emit, cancel: threading.Event) -> Outcome:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        barrier.wait()
        with lock:
            running -= 1
        return Outcome("completed")

    status, _, _ = run(graph("a", "b", "c", "d"), launch, jobs=2)
    assert (status, most) == ("completed", 2)


def test_a_failure_skips_what_waits_for_it_and_by_default_starts_nothing_more() -> None:
    pipeline = graph("a", "b", "c", "d", order=("a>b", "b>c"))
    status, steps, events = run(pipeline, failing("a"), jobs=1)
    assert status == "failed"
    assert statuses(steps) == {"a": "failed", "b": "skipped", "c": "skipped", "d": "skipped"}
    assert steps["a"].exit_code == 7
    texts = {event.step: event.text for event in events if event.kind == "finished"}
    assert texts["step b"] == "waits for 'step a', which failed"
    assert texts["step d"] == "not started, as 'step a' failed"


def test_continue_on_failure_lets_independent_steps_go_on() -> None:
    pipeline = graph("a", "b", "c", "d", order=("a>b", "c>d"), go_on=True)
    status, steps, _ = run(pipeline, failing("a"), jobs=1)
    assert status == "failed"
    assert statuses(steps) == {"a": "failed", "b": "skipped", "c": "completed", "d": "completed"}


def test_a_failure_stops_the_siblings_that_run() -> None:
    sibling_runs = threading.Event()

    def launch(step: ir.Step, emit: Emit, cancel: threading.Event) -> Outcome:
        if step.id == "a":
            assert sibling_runs.wait(10)
            return Outcome("failed", reason="exit status 1")
        sibling_runs.set()
        assert cancel.wait(10)
        return Outcome("cancelled")

    status, steps, _ = run(graph("a", "b", "c", order=("b>c",)), launch)
    assert (status, statuses(steps)) == ("failed", {"a": "failed", "b": "cancelled", "c": "skipped"})


def test_a_step_is_tried_again_as_often_as_it_asks() -> None:
    attempts: list[str] = []

    def launch(step: ir.Step, emit: Emit, cancel: threading.Event) -> Outcome:
        attempts.append(step.id)
        return Outcome("failed", 0.5, 1, "exit status 1") if len(attempts) < 3 else Outcome("completed", 0.5)

    status, steps, events = run(graph("a", retries=2), launch)
    assert (status, len(attempts), steps["a"].seconds) == ("completed", 3, 1.5)
    notes = [event.text for event in events if event.kind == "note"]
    assert notes == [f"exit status 1; attempt {n} of 3 follows" for n in (2, 3)]


def test_a_step_that_always_fails_uses_up_its_attempts() -> None:
    count = 0

    def launch(step: ir.Step, emit: Emit, cancel: threading.Event) -> Outcome:
        nonlocal count
        count += 1
        return Outcome("failed")

    status, _, _ = run(graph("a", retries=1), launch)
    assert (status, count) == ("failed", 2)


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_stops_the_steps_and_cancels_the_rest(number: signal.Signals) -> None:
    given = signal.signal(number, signal.SIG_DFL)  # who has started the tests may ignore it

    def launch(step: ir.Step, emit: Emit, cancel: threading.Event) -> Outcome:
        os.kill(os.getpid(), number)
        assert cancel.wait(10)
        return Outcome("cancelled")

    status, steps, events = run(graph("a", "b", "c", order=("a>b",), go_on=True), launch, jobs=1)
    assert (status, set(statuses(steps).values())) == ("cancelled", {"cancelled"})
    assert any("interrupted" in event.text for event in events)
    assert signal.signal(number, given) is signal.SIG_DFL


def test_what_the_display_raises_comes_out_once_the_steps_have_stopped() -> None:
    stopped = threading.Event()

    def launch(step: ir.Step, emit: Emit, cancel: threading.Event) -> Outcome:
        emit("a line")
        assert cancel.wait(10)
        for _ in range(2 * LINES_IN_FLIGHT):
            emit("the last words")
        stopped.set()
        return Outcome("cancelled")

    def tell(event: Event) -> None:
        if event.kind == "log":
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        Execution("r1", graph("a"), launch, 1, tell).run()
    assert stopped.is_set()


def test_a_fault_of_a_launch_comes_out_once_the_other_steps_have_stopped() -> None:
    other = threading.Event()

    def launch(step: ir.Step, emit: Emit, cancel: threading.Event) -> Outcome:
        if step.id == "a":
            raise ZeroDivisionError
        assert cancel.wait(10)
        other.set()
        return Outcome("cancelled")

    with pytest.raises(ZeroDivisionError):
        run(graph("a", "b"), launch)
    assert other.is_set()


def test_a_script_may_cancel_the_whole_run() -> None:
    def launch(step: ir.Step, emit: Emit, cancel: threading.Event) -> Outcome:
        return Outcome("cancelled", cancels_run=True)

    status, steps, _ = run(graph("a", "b", order=("a>b",), go_on=True), launch)
    assert (status, statuses(steps)) == ("cancelled", {"a": "cancelled", "b": "skipped"})


def test_lines_come_in_order_before_the_end_of_their_step_and_none_is_lost() -> None:
    count = 3 * LINES_IN_FLIGHT

    def launch(step: ir.Step, emit: Emit, cancel: threading.Event) -> Outcome:
        for number in range(count):
            emit(str(number))
        return Outcome("completed")

    _, _, events = run(graph("a"), launch)
    assert [event.text for event in events if event.kind == "log"] == [str(n) for n in range(count)]
    assert events[-1].kind == "finished"


def test_an_empty_pipeline_completes() -> None:
    status, steps, events = run(graph(), succeed)
    assert (status, steps, events) == ("completed", {}, [])


def test_at_least_two_jobs() -> None:
    assert default_jobs() >= 2


@given(
    st.integers(1, 12).flatmap(
        lambda count: st.tuples(
            st.just(count),
            st.sets(st.tuples(st.integers(0, count - 1), st.integers(0, count - 1))),
            st.sets(st.integers(0, count - 1)),
        )
    )
)
def test_every_step_ends_once_and_only_after_those_it_waits_for(
    case: tuple[int, set[tuple[int, int]], set[int]],
) -> None:
    count, pairs, broken = case
    edges = {(min(pair), max(pair)) for pair in pairs if len(set(pair)) == 2}
    names = tuple(str(number) for number in range(count))
    schedule = Schedule(graph(*names, order=tuple(f"{a}>{b}" for a, b in edges)))
    while step := schedule.take():
        assert all(schedule.ended[str(a)] == "completed" for a, b in edges if b == int(step.id))
        schedule.end(step, "failed" if int(step.id) in broken else "completed")
    assert set(schedule.ended) == set(names)
    for before, after in edges:
        if schedule.ended[str(before)] != "completed":
            assert schedule.ended[str(after)] == "skipped"
