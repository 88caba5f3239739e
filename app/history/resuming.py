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
    _check_run(run, pipeline, which, parameters)
    names = {parameter.name for parameter in pipeline.parameters}
    kept_values = {name: value for name, value in _read_parameters(run).items() if name in names}
    return Earlier(run.id, {**kept_values, **parameters})


def _find_run(state: State, pipeline: Pipeline, which: str) -> Run:
    names = (pipeline.name, pipeline.id)
    fits = (run for run in state.runs if (run.pipeline in names if which == LAST else run.id == which))
    run = next(fits, None)
    if run is None:
        subject = f"run of '{pipeline.name}'" if which == LAST else f"run '{which}'"
        raise Refused("PL532", f"there is no {subject} to go on with")
    return run


def _check_run(run: Run, pipeline: Pipeline, which: str, parameters: Mapping[str, Scalar]) -> None:
    """Raise `Refused` (PL532) for a run that cannot resume."""
    if run.pipeline not in (pipeline.name, pipeline.id):
        message = f"run {run.id} is of the pipeline '{run.pipeline}', not of '{pipeline.name}'"
        raise Refused("PL532", message)
    if run.status in ("running", "completed"):
        how = "is still going on" if run.status == "running" else "has completed"
        subject = "the last run" if which == LAST else "run"
        raise Refused("PL532", f"{subject} {run.id} {how}: there is nothing to resume")
    supplied = {*parameters, *(entry.name for entry in pipeline.parameters if entry.secret)}
    lost = [name for name in run.about.get("withheld", ()) if name not in supplied]
    if lost:
        message = (
            f"run {run.id} keeps no value of '{lost[0]}', whose name sounds like a secret: give it again"
        )
        raise Refused("PL532", message)


def _read_parameters(run: Run) -> dict[str, Scalar]:
    return dict(run.about.get("parameters", {}))
