"""Which earlier run is resumed, and with which parameters: the same for a local run and a deployment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pipelift.app.history.state import Run, State
from pipelift.compiler.diagnostics import Refused
from pipelift.compiler.ir import Pipeline, Scalar

LAST = "last"


@dataclass(frozen=True, slots=True)
class Earlier:
    """The run to resume, and its parameters: its own, overridden by those given now."""

    run_id: str
    parameters: Mapping[str, Scalar]


def find_earlier(state: Path, pipeline: Pipeline, which: str, parameters: Mapping[str, Scalar]) -> Earlier:
    """Find the run `which` (an id, or ``last``) of `pipeline` in the folder `state`.

    Raises `Refused` (PL532) if it cannot resume: it does not exist, is another pipeline's, still runs, has
    completed, or the value of a parameter is unknown.
    """
    run = _find_run(State(state), pipeline, which)
    refusal = _find_refusal(run, pipeline, which, parameters)
    if run is None or refusal:
        raise Refused("PL532", refusal)
    names = {parameter.name for parameter in pipeline.parameters}
    kept_values = {name: value for name, value in _read_parameters(run).items() if name in names}
    return Earlier(run.id, {**kept_values, **parameters})


def _find_run(state: State, pipeline: Pipeline, which: str) -> Run | None:
    if which != LAST:
        return state.run(which)
    return next((run for run in state.runs if run.pipeline in (pipeline.name, pipeline.id)), None)


def _find_refusal(run: Run | None, pipeline: Pipeline, which: str, parameters: Mapping[str, Scalar]) -> str:
    if run is None:
        subject = f"run of '{pipeline.name}'" if which == LAST else f"run '{which}'"
        return f"there is no {subject} to go on with"
    if run.pipeline not in (pipeline.name, pipeline.id):
        return f"run {run.id} is of the pipeline '{run.pipeline}', not of '{pipeline.name}'"
    if run.status in ("running", "completed"):
        how = "is still going on" if run.status == "running" else "has completed"
        return f"{'the last run' if which == LAST else 'run'} {run.id} {how}: there is nothing to resume"
    lost = [name for name in run.about.get("withheld", ()) if name not in parameters]
    if lost:
        return f"run {run.id} keeps no value of '{lost[0]}', whose name sounds like a secret: give it again"
    return ""


def _read_parameters(run: Run) -> dict[str, Scalar]:
    return dict(run.about.get("parameters", {}))
