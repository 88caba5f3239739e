"""What a run would reuse, found without running or writing anything: the launcher's own lookup, step by step."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pipelift.app.history.state import State
from pipelift.app.running import Forecast, LocalRun
from pipelift.backends.containers.bundle import step_spec
from pipelift.backends.local.stores import launch_context
from pipelift.compiler import ir
from pipelift.compiler.ir.graph import in_order
from pipelift.runtime import identity, ingredients, reuse, spec
from pipelift.runtime.context import Context
from pipelift.runtime.contract import reasons
from pipelift.runtime.contract.record import GOOD, Record
from pipelift.runtime.errors import LauncherError

TAKEN_DETAIL = "taken as it was: the step was not asked for"


def foresee(run: LocalRun) -> tuple[Forecast, ...]:
    """What a run would do with each step, producers first."""
    pipeline = run.pipeline
    context = planned_context(run)
    results: dict[str, str | None] = {}
    forecasts = []
    for step in in_order(pipeline):
        forecast, results[step.id] = _forecast_step(step, run, context, results)
        forecasts.append(forecast)
    return tuple(forecasts)


def planned_context(run: LocalRun) -> Context:
    """What the launcher is given to look things up for a run that does not exist. It asks no network."""
    return launch_context(run, offline=True)


def newest_result(step: ir.Step, run: LocalRun, context: Context) -> Record | None:
    """The record of the last run of `step` whose outputs are still as it made them: what a part of the pipeline that
    leaves the step out reads."""
    spec = step_spec(run.pipeline, step, run.config.reuse.identity)
    for earlier in State(Path(context.state)).earlier(step.id, run.pipeline.id):
        if earlier.status in GOOD and reuse.check_result(earlier.data, spec["step"], context).record:
            return earlier.data
    return None


def _forecast_step(
    step: ir.Step,
    run: LocalRun,
    context: Context,
    results: Mapping[str, str | None],
) -> tuple[Forecast, str | None]:
    """The forecast, and the result that consumers would see; None where only a run can tell."""
    if step.id in run.taken:
        record = newest_result(step, run, context)
        if record is None:
            return Forecast(step.id, step.name, None, reasons.CANNOT_START, "it has left no result"), None
        return Forecast(step.id, step.name, record["run"], reasons.REUSED, TAKEN_DETAIL), record.get("result")
    plain = step_spec(run.pipeline, step, run.config.reuse.identity)
    try:
        values = spec.parameter_texts(plain, context.parameters)
        datasets = identity.datasets(plain, context)
    except LauncherError as error:
        return Forecast(step.id, step.name, None, reasons.CANNOT_START, str(error)), None
    upstream = {before: results[before] for before in spec.upstream_steps(plain)}
    made_of = ingredients.made_of(plain, values, upstream, datasets.identities, context.seal)
    barred = reuse.find_bar(plain["step"], context)
    if barred is not None:
        return Forecast(step.id, step.name, None, barred.why, barred.detail, made_of), None
    undecided = [before for before, result in upstream.items() if result is None]
    if undecided:
        names = ", ".join(f"'{run.pipeline.step(before).name}'" for before in undecided)
        return Forecast(step.id, step.name, None, reasons.UPSTREAM, names, made_of), None
    key = reuse.reuse_key(plain, values, upstream, datasets.identities, context.seal)
    hit = reuse.lookup(key, plain["step"], context)
    if hit.record is None:
        return Forecast(step.id, step.name, None, hit.why, hit.detail, made_of), None
    forecast = Forecast(step.id, step.name, hit.record["run"], hit.why, hit.detail, made_of)
    return forecast, hit.record["result"]
