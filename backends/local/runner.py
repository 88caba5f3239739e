"""The local runner: a pipeline's steps as processes of this machine, with their data in folders."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from pipelift.app.interrupts import Interrupts, caught
from pipelift.app.running import (
    Event,
    LocalRun,
    RunSummary,
    StepStatus,
    Tell,
)
from pipelift.backends.containers.bundle import step_spec
from pipelift.backends.local import checks
from pipelift.backends.local.containers import check_images, container_launch
from pipelift.backends.local.deferral import Deferral
from pipelift.backends.local.earlier_results import check_earlier_results, reuse_earlier
from pipelift.backends.local.gpus import gpus_for
from pipelift.backends.local.interpreter import Interpreter, choose_python
from pipelift.backends.local.modules import check_python
from pipelift.backends.local.settings import LocalSettings
from pipelift.backends.local.snapshots import materialise
from pipelift.backends.local.stores import check_remotes, reach, step_contexts
from pipelift.backends.supervision.execution import Execution, Launch, Outcome, default_jobs
from pipelift.backends.supervision.page import leave_page
from pipelift.backends.supervision.run_file import RunFile, refuse_state
from pipelift.compiler import ir
from pipelift.compiler.diagnostics import Reporter
from pipelift.compiler.repository.provenance import read_git_facts
from pipelift.runtime.contract import paths
from pipelift.runtime.guard import Guard
from pipelift.runtime.launch import run_step


def check(run: LocalRun, reporter: Reporter) -> None:
    """Report what would make the run fail or differ: data, stores, modules, programs, hardware.

    Reads the stores' folders and starts the chosen Python once; writes nothing.
    """
    pipeline = run.pipeline
    pipeline_here = _leave_out_steps(pipeline, run.taken)
    checks.check_steps(pipeline_here, run, reporter)
    checks.check_stores(pipeline, run.config, reporter)
    check_remotes(run, reporter)
    checks.check_data(pipeline, run.base / paths.STATE, run.config, reporter)
    check_earlier_results(run, reporter)
    if run.request.docker:
        check_images(run, reporter)
    else:
        check_python(pipeline_here, run.contents, _choose_interpreter(run), reporter)


def run_steps(run: LocalRun, tell: Tell) -> RunSummary:
    """Run all steps, telling what happens; returns when every step has ended.

    State goes to ``.pipelift/`` in the run's base. Ctrl-C, SIGTERM and a closed terminal stop the steps and
    give status `cancelled`. Raises `Refused`.
    """
    pipeline = run.pipeline
    reach(run)
    with caught() as interrupts:
        state = (run.base / paths.STATE).absolute()
        run_file = RunFile(
            state,
            pipeline.name,
            _parameter_values(run),
            resume=run.request.resume,
            git=read_git_facts(run.base),
        )
        try:
            summary = _execute(run, state, run_file.run_id, tell, interrupts)
        except BaseException:  # a fault: the file must not say that it still runs
            run_file.end(RunSummary(run_file.run_id, pipeline.name, "failed", ()), tell)
            raise
        run_file.end(summary, tell)
        leave_page(state, run_file.run_id, pipeline, tell)
    return summary


def _choose_interpreter(run: LocalRun) -> Interpreter:
    config = run.config
    settings = config.settings("local", LocalSettings)
    return choose_python(run.request.python, settings.python, config.folder, run.request.environ)


def _parameter_values(run: LocalRun) -> dict[str, ir.Scalar]:
    values = run.request.parameters
    return {entry.name: values.get(entry.name, entry.default) for entry in run.pipeline.parameters}


def _execute(
    run: LocalRun,
    state: Path,
    run_id: str,
    tell: Tell,
    interrupts: Interrupts,
) -> RunSummary:
    """How the run and its steps ended; no steps where it was cancelled before the first, as images were built."""
    jobs = run.request.jobs or run.config.settings("local", LocalSettings).jobs or default_jobs()
    tell(Event("note", text=f"run {run_id} of {run.pipeline.name}, up to {jobs} steps at a time"))
    with Guard() as guard, Deferral(tell) as deferral:
        try:
            with interrupts.raising():
                launch = _make_launch(run, state, run_id, tell, {"guard": guard, "defer": deferral.put})
        except KeyboardInterrupt:
            return RunSummary(run_id, run.pipeline.name, "cancelled", ())
        return Execution(run_id, run.pipeline, reuse_earlier(launch, run, run_id), jobs, tell).run(interrupts)


def _leave_out_steps(pipeline: ir.Pipeline, ids: frozenset[str]) -> ir.Pipeline:
    steps = tuple(step for step in pipeline.steps if step.id not in ids)
    return replace(pipeline, steps=steps)


def _make_launch(run: LocalRun, state: Path, run_id: str, tell: Tell, shared: Mapping[str, Any]) -> Launch:
    """What runs one attempt at one step: in a process, or in its image. Raises `Refused`.

    `shared` is what the launcher's contexts of all steps have, where that runs in this process.
    """
    try:
        if run.request.docker:
            return container_launch(run, state, run_id, tell)
        interpreter = _choose_interpreter(run)
        tell(Event("note", text=f"Python for the steps: {interpreter.path} ({interpreter.why})"))
        return _process_launch(run, state, run_id, interpreter, shared)
    except OSError as error:
        raise refuse_state(state, error) from error


def _lay_out_sources(run: LocalRun, folder: Path) -> dict[str, Path]:
    """The folder of each snapshot that a step runs in, by the snapshot's id. Raises `OSError` and `Refused`.

    They are laid out before the first step starts: who edits a script while a run goes on means the next run.
    """
    used = {step.snapshot for step in run.pipeline.steps if step.id not in run.taken}
    return {
        snapshot.id: materialise(folder, snapshot.digest, run.contents[snapshot.id])
        for snapshot in run.pipeline.snapshots
        if snapshot.id in used
    }


def _process_launch(
    run: LocalRun, state: Path, run_id: str, interpreter: Interpreter, shared: Mapping[str, Any]
) -> Launch:
    """What runs one attempt at one step, with all that is the same for the steps of this run."""
    sources = _lay_out_sources(run, state / paths.SNAPSHOTS)
    gpus = gpus_for(run.pipeline, run.request.environ)
    make_context = step_contexts(
        run,
        run_id=run_id,
        python=interpreter.path,
        resume=run.request.resume is not None,
        supervised=True,
        **shared,
    )

    def launch(step: ir.Step, emit: Callable[[str], None], cancel: threading.Event) -> Outcome:
        with gpus.lease(step, emit, cancel) as variables:
            context = make_context(
                step, source=str(sources[step.snapshot]), emit=emit, cancel=cancel, variables=variables
            )
            result = run_step(step_spec(run.pipeline, step, run.config.reuse.identity), context)
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
