"""The local runner: a pipeline's steps as processes of this machine, with their data in folders."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import cast

from pipelift.app.interrupts import Interrupts, caught
from pipelift.app.running import (
    Event,
    Forecast,
    RunRequest,
    RunStatus,
    RunSummary,
    StepStatus,
    StepSummary,
)
from pipelift.backends.containers.bundle import step_spec
from pipelift.backends.local import checks
from pipelift.backends.local.containers import check_images, container_launch
from pipelift.backends.local.forecast import foresee
from pipelift.backends.local.gpus import gpus_for
from pipelift.backends.local.interpreter import Interpreter, choose_python
from pipelift.backends.local.modules import check_python
from pipelift.backends.local.settings import LocalSettings
from pipelift.backends.local.snapshots import materialise
from pipelift.backends.local.stores import check_remotes, launch_context, reach
from pipelift.backends.local.taking import check_taken, taking
from pipelift.backends.supervision.execution import Execution, Launch, Outcome, default_jobs
from pipelift.backends.supervision.page import leave_page
from pipelift.backends.supervision.run_file import RunFile, unusable
from pipelift.compiler import ir
from pipelift.compiler.diagnostics import Refused, Reporter
from pipelift.compiler.repository.provenance import git_facts
from pipelift.runtime.contract import paths
from pipelift.runtime.launch import run_step


class LocalRunner:
    """Runs a pipeline in processes of this machine; what the target `local` hands on to."""

    def check(self, pipeline: ir.Pipeline, request: RunRequest, reporter: Reporter) -> None:
        """Report what would make the run fail or differ: data, stores, modules, programs, hardware.

        Reads the stores' folders and starts the chosen Python once; writes nothing.
        """
        own = _without(pipeline, request.taken)
        checks.check_steps(own, request, reporter)
        checks.check_stores(pipeline, request.config, reporter)
        check_remotes(pipeline, request, reporter)
        checks.check_data(pipeline, request.base / paths.STATE, request.config, reporter)
        check_taken(pipeline, request, reporter)
        if request.docker:
            check_images(pipeline, request, reporter)
        else:
            check_python(own, request.contents, _interpreter(request), reporter)

    def foresee(self, pipeline: ir.Pipeline, request: RunRequest) -> tuple[Forecast, ...]:
        """What a run would reuse and what it would run, producers first. Writes nothing."""
        return foresee(pipeline, request)

    def run(self, pipeline: ir.Pipeline, request: RunRequest, tell: Callable[[Event], None]) -> RunSummary:
        """Run all steps, telling what happens; returns when every step has ended.

        State goes to ``.pipelift/`` in the request's base. Ctrl-C, SIGTERM and a closed terminal stop the steps and
        give status `cancelled`. Raises `Refused`.
        """
        reach(pipeline, request)
        with caught() as interrupts:
            state = (request.base / paths.STATE).absolute()
            run_file = RunFile(
                state,
                pipeline.name,
                _values(pipeline, request),
                resume=request.resume,
                git=git_facts(request.base),
            )
            try:
                status, steps = _executed(pipeline, request, state, run_file.run_id, tell, interrupts)
            except BaseException:  # a fault: the file must not say that it still runs
                run_file.end(RunSummary(run_file.run_id, pipeline.name, "failed", ()), tell)
                raise
            summary = RunSummary(run_file.run_id, pipeline.name, status, steps)
            run_file.end(summary, tell)
            leave_page(state, run_file.run_id, pipeline, tell)
        return summary


def _interpreter(request: RunRequest) -> Interpreter:
    config = request.config
    return choose_python(
        request.python, config.settings("local", LocalSettings).python, config.folder, request.environ
    )


def _values(pipeline: ir.Pipeline, request: RunRequest) -> dict[str, bool | int | float | str | None]:
    return {entry.name: request.parameters.get(entry.name, entry.default) for entry in pipeline.parameters}


def _executed(
    pipeline: ir.Pipeline,
    request: RunRequest,
    state: Path,
    run_id: str,
    tell: Callable[[Event], None],
    interrupts: Interrupts,
) -> tuple[RunStatus, tuple[StepSummary, ...]]:
    """How the run and its steps ended; no steps where it was cancelled before the first, as images were built."""
    jobs = request.jobs or request.config.settings("local", LocalSettings).jobs or default_jobs()
    tell(Event("note", text=f"run {run_id} of {pipeline.name}, up to {jobs} steps at a time"))
    try:
        with interrupts.raising():
            launch = _launcher(pipeline, request, state, run_id, tell)
    except KeyboardInterrupt:
        return "cancelled", ()
    return Execution(pipeline, taking(launch, pipeline, request, run_id), jobs, tell).run(interrupts)


def _without(pipeline: ir.Pipeline, ids: frozenset[str]) -> ir.Pipeline:
    steps = tuple(step for step in pipeline.steps if step.id not in ids)
    return pipeline.model_copy(update={"steps": steps})


def _launcher(
    pipeline: ir.Pipeline, request: RunRequest, state: Path, run_id: str, tell: Callable[[Event], None]
) -> Launch:
    """What runs one attempt at one step: in a process, or in its image. Raises `Refused`."""
    if not request.docker:
        interpreter = _interpreter(request)
        tell(Event("note", text=f"Python for the steps: {interpreter.path} ({interpreter.why})"))
        return _process_launch(pipeline, request, state, run_id, interpreter)
    try:
        return container_launch(pipeline, request, state, run_id, tell)
    except Refused as refused:
        raise Refused("PL534", refused.message) from refused
    except OSError as error:
        raise unusable(state, error) from error


def _process_launch(
    pipeline: ir.Pipeline, request: RunRequest, state: Path, run_id: str, interpreter: Interpreter
) -> Launch:
    """What runs one attempt at one step, with all that is the same for the steps of this run."""
    digests = {snapshot.id: snapshot.digest for snapshot in pipeline.snapshots}
    given = {name: str(value) for name, value in request.parameters.items() if value is not None}
    gpus = gpus_for(pipeline, request.environ)

    def launch(step: ir.Step, emit: Callable[[str], None], cancel: threading.Event) -> Outcome:
        contents = request.contents[step.snapshot]
        source = materialise(state / paths.SNAPSHOTS, digests[step.snapshot], contents)
        with gpus.lease(step, emit, cancel) as variables:
            context = launch_context(
                pipeline,
                request,
                run_id=run_id,
                source=str(source),
                parameters={name: text for name, text in given.items() if name in step.parameters},
                python=interpreter.path,
                emit=emit,
                cancel=cancel,
                resume=request.resume is not None,
                variables=variables,
                supervised=True,
            )
            result = run_step(step_spec(pipeline, step, request.config.reuse.identity), context)
        return Outcome(
            status=cast(StepStatus, result.status),
            seconds=result.seconds,
            exit_code=result.exit_code,
            reason=result.reason,
            outputs=result.outputs,
            metrics=result.metrics,
            cancels_run=result.cancels_run,
        )

    return launch
