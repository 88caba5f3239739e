"""The schedules of a pipeline as DAGs of their own, in a file beside its DAG: each starts that DAG, with its values.

So a schedule is switched on and off by itself, several stand side by side, and each gives its own parameters.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from pipelift.backends.airflow import names
from pipelift.backends.airflow.commands import template
from pipelift.backends.airflow.settings import settings_of
from pipelift.backends.airflow.stores import TARGET, folder_text
from pipelift.backends.airflow.timetables import Timing, timing
from pipelift.backends.printing.python import Code, call
from pipelift.compiler import ir
from pipelift.compiler.config.places import Folder, place
from pipelift.compiler.target import Compilation
from pipelift.runtime.contract.paths import STATE

_SEPARATOR = "."
_CONTINUOUS = Timing(
    schedule="@continuous",
    start=call("datetime", 2020, 1, 1, tzinfo=Code("timezone.utc")),
)


@dataclass(frozen=True, slots=True)
class Look:
    """What a starter waits for: a change in `path` of the folder that `environment` names, else `folder`.

    `seconds` lie between two looks; `note` is the name of the file that keeps what the last one saw. `prefix` is what
    makes a file's name its path in the store, where the run is told; else None.
    """

    environment: str
    folder: str
    path: str
    seconds: int
    note: str
    prefix: str | None


@dataclass(frozen=True, slots=True)
class Starter:
    """One DAG that starts the pipeline's. `values` are the run's configuration; strings in it are Jinja templates."""

    dag_id: str
    display_name: str
    description: str | None
    origin: str
    timing: Timing
    look: Look | None
    values: Mapping[str, ir.Scalar]
    enabled: bool


@dataclass(frozen=True, slots=True)
class Starters:
    """The file: the DAG that is started, and those that start it. `state` is the state folder as the file says it."""

    title: str
    source: str
    dag_id: str
    tags: tuple[str, ...]
    state: str
    all: tuple[Starter, ...]

    @property
    def looks(self) -> bool:
        """Whether any of them waits for a change of files."""
        return any(starter.look is not None for starter in self.all)


def starter_ids(pipeline: ir.Pipeline, dag_id: str) -> dict[str, str]:
    """The id of the DAG of each schedule, by the schedule's id."""
    taken: set[str] = {dag_id}
    ids = {}
    for schedule in pipeline.schedules:
        ids[schedule.id] = names.key(f"{dag_id}{_SEPARATOR}{schedule.id}", taken)
        taken.add(ids[schedule.id])
    return ids


def starters(pipeline: ir.Pipeline, compilation: Compilation, title: str, source: str) -> Starters:
    """Decide the DAGs of all schedules. Reports what Airflow cannot keep (PL47x)."""
    dag_id = names.key(pipeline.id)
    ids = starter_ids(pipeline, dag_id)
    planned = (
        _plan_starter(pipeline, schedule, compilation, ids[schedule.id]) for schedule in pipeline.schedules
    )
    kept_starters = tuple(starter for starter in planned if starter is not None)
    state = folder_text(Folder(compilation.base / STATE), compilation)
    return Starters(title, source, dag_id, ("pipelift", "schedule"), state, kept_starters)


def _plan_starter(
    pipeline: ir.Pipeline, schedule: ir.Schedule, compilation: Compilation, dag_id: str
) -> Starter | None:
    trigger = schedule.trigger
    look = None
    if isinstance(trigger, ir.Polling):
        look = _plan_look(pipeline, schedule, trigger, compilation)
        if look is None:
            return None
    when = timing(trigger) if isinstance(trigger, ir.Recurrence) else _CONTINUOUS
    _report(pipeline, schedule, when, compilation)
    return Starter(
        dag_id=dag_id,
        display_name=schedule.name,
        description=schedule.description,
        origin=_origin(schedule),
        timing=when,
        look=look,
        values={setting.name: _value(setting.value) for setting in schedule.parameters}
        | _path_values(trigger, look),
        enabled=schedule.enabled,
    )


def _plan_look(
    pipeline: ir.Pipeline, schedule: ir.Schedule, polling: ir.Polling, compilation: Compilation
) -> Look | None:
    """Where the worker looks: it sees folders of its machine, and nothing else without more software."""
    location = place(compilation.config, polling.store, TARGET)
    docker = settings_of(compilation.config).operator == "docker"
    if not docker or not isinstance(location, Folder):
        message = f"schedule '{schedule.name}' looks at store '{polling.store}', which the workers cannot see"
        compilation.reporter.report("PL472", message, schedule.span)
        return None
    return Look(
        environment=f"PIPELIFT_STORE_{names.constant(polling.store)}",
        folder=folder_text(location, compilation),
        path=polling.path.strip("/"),
        seconds=polling.interval * 60,
        note=f"{pipeline.id}.{schedule.id}.json",
        prefix=_prefix(polling) if _takes_path(pipeline, polling) else None,
    )


def _prefix(polling: ir.Polling) -> str:
    path = polling.path.strip("/")
    return f"{path}/" if path else ""


def _takes_path(pipeline: ir.Pipeline, polling: ir.Polling) -> bool:
    """Whether a run can be told the path: a parameter for a path is a text among the parameters, too."""
    return polling.parameter in {parameter.name for parameter in pipeline.parameters}


def _path_values(trigger: ir.Recurrence | ir.Polling, look: Look | None) -> dict[str, ir.Scalar]:
    """The path of the changed file, as the value of its parameter: a Jinja template."""
    if (
        look is None
        or look.prefix is None
        or not isinstance(trigger, ir.Polling)
        or trigger.parameter is None
    ):
        return {}
    return {trigger.parameter: "{{ ti.xcom_pull(task_ids='look') }}"}


def _report(pipeline: ir.Pipeline, schedule: ir.Schedule, when: Timing, compilation: Compilation) -> None:
    """What of a schedule Airflow keeps only nearly, or not."""
    report = compilation.reporter.report
    if when.guessed:
        report("PL470", f"schedule '{schedule.name}' does not say {', '.join(when.guessed)}", schedule.span)
    if when.elapsed:
        report(
            "PL471", f"schedule '{schedule.name}' has no start: its days are counted in hours", schedule.span
        )
    trigger = schedule.trigger
    if isinstance(trigger, ir.Polling) and trigger.parameter and not _takes_path(pipeline, trigger):
        message = f"schedule '{schedule.name}' does not hand the changed file to '{trigger.parameter}'"
        report("PL473", message, schedule.span)
    missing = [
        parameter.name
        for parameter in pipeline.parameters
        if parameter.default is None and parameter.name not in _parameter_names(schedule)
    ]
    if missing:
        report("PL475", f"schedule '{schedule.name}' gives no value for {', '.join(missing)}", schedule.span)


def _parameter_names(schedule: ir.Schedule) -> Collection[str]:
    return {setting.name for setting in schedule.parameters}


def _value(value: ir.Scalar) -> ir.Scalar:
    return template(value) if isinstance(value, str) else value


def _origin(schedule: ir.Schedule) -> str:
    return (
        schedule.name
        if schedule.span is None
        else f"{schedule.span.file}:{schedule.span.line}: {schedule.name}"
    )
