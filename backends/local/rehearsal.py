"""A run without its processes: what each step would be given, and what becomes of the others where one fails."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path

from pipelift.app.interrupts import Interrupts
from pipelift.app.request import RunRequest
from pipelift.app.running import Event, LocalRun, RunSummary
from pipelift.backends.containers.bundle import step_spec
from pipelift.backends.local.gpus import VARIABLE, gpus_for
from pipelift.backends.local.stores import step_contexts
from pipelift.backends.supervision.execution import Execution, Launch, Outcome
from pipelift.compiler import ir
from pipelift.compiler.target import Compilation
from pipelift.runtime.context import Context
from pipelift.runtime.contract.secrets import variable

_DEVICES = ",".join(map(str, range(16)))  # more GPUs than a step asks for


def rehearse(pipeline: ir.Pipeline, compilation: Compilation) -> dict[str, object]:
    """What the launcher is given for each step, in their order, and how all end where some fail, as plain data.

    The steps go through the same schedule as those of a run; instead of a process each has an outcome at once: first
    all succeed, then all fail, then each fails alone while the others may go on. Writes nothing and asks nobody.
    """
    values = {entry.name: entry.default for entry in pipeline.parameters if entry.secret is None}
    given = {
        variable(entry.secret): f"the secret {entry.secret}" for entry in pipeline.parameters if entry.secret
    }
    request = RunRequest(parameters=values, environ={VARIABLE: _DEVICES, **given})
    run = LocalRun(pipeline, request, compilation.base, compilation.config, compilation.contents)
    steps = [step.id for step in pipeline.steps]
    going_on = replace(pipeline, continue_on_failure=True)
    launches: list[object] = []
    gpus = gpus_for(pipeline, run.request.environ)
    make_context = step_contexts(run, run_id="rehearsal")

    def launch(step: ir.Step, emit: Callable[[str], None], cancel: threading.Event) -> Outcome:
        with gpus.lease(step, emit, cancel) as variables:
            context = make_context(step, source=step.snapshot, variables=variables)
            launches.append([step_spec(pipeline, step, run.config.reuse.identity), _facts(context, run)])
        return Outcome("completed")

    _execute(pipeline, launch)
    return {
        "launches": launches,
        "all fail": _fail(pipeline, steps),
        **{f"{step} fails": _fail(going_on, (step,)) for step in steps},
    }


def _fail(pipeline: ir.Pipeline, failing: Collection[str]) -> dict[str, object]:
    """The attempts, one after the other, and the status of each step, where those of `failing` fail."""
    attempts: list[str] = []

    def launch(step: ir.Step, emit: Callable[[str], None], cancel: threading.Event) -> Outcome:
        attempts.append(step.id)
        return Outcome("failed" if step.id in failing else "completed")

    summary = _execute(pipeline, launch)
    return {"attempts": attempts, "statuses": [step.status for step in summary.steps]}


def _execute(pipeline: ir.Pipeline, launch: Launch) -> RunSummary:
    return Execution("rehearsal", pipeline, launch, 1, _ignore).run(Interrupts())


def _facts(context: Context, run: LocalRun) -> dict[str, object]:
    """What of the launcher's context a step can notice; folders as seen from the pipeline's."""
    remotes = {name: [place.url, place.options, place.secret] for name, place in context.remotes.items()}
    folders = {name: folder for name, folder in context.stores.items() if name not in remotes}
    digests = {snapshot.id: snapshot.digest for snapshot in run.pipeline.snapshots}
    return {
        "stores": {name: Path(folder).name for name, folder in folders.items()},
        "remotes": remotes,
        "source": digests[context.source],
        "parameters": context.parameters,
        "reuse": context.reuse,
        "refresh": sorted(context.refresh),
        "variables": context.variables,
    }


def _ignore(event: Event) -> None:
    """Nobody watches a rehearsal."""
