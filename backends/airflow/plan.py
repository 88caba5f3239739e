"""What the DAG file says, decided before any of it is printed: names, parameters, tasks, edges, losses."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from pipelift.backends.airflow import names
from pipelift.backends.airflow.stores import Mount, Place, stores
from pipelift.backends.bundle import Image
from pipelift.backends.literals import Code
from pipelift.backends.requests import request
from pipelift.compiler import ir
from pipelift.compiler.config import ComputeSection, Toleration
from pipelift.compiler.ir.graph import upstream
from pipelift.compiler.target import Compilation

STARTING = timedelta(minutes=10)
"""What a container may take to start before Airflow's own limit, which stands behind the launcher's."""

_JSON_TYPES = {"string": "string", "integer": "integer", "float": "number", "boolean": "boolean"}


@dataclass(frozen=True, slots=True)
class Param:
    """A parameter of the DAG: `type` is JSON Schema's; one with `required` has to be given with every run."""

    name: str
    type: str
    default: ir.model.Scalar
    required: bool


@dataclass(frozen=True, slots=True)
class Task:
    """One operator: `variable` is its name in the file, `command` the launcher's arguments (Jinja templates).

    `memory` is in MiB, `timeout` in seconds; None: not said. `origin` tells readers where it comes from.
    """

    variable: str
    task_id: str
    display_name: str
    origin: str
    image: str
    command: tuple[str | Code, ...]
    mounts: tuple[Mount, ...]
    cpus: float | None
    memory: int | None
    gpus: int
    retries: int
    timeout: int | None
    node_selector: Mapping[str, str]
    tolerations: tuple[Toleration, ...]

    @property
    def places(self) -> tuple[Place, ...]:
        """The places of its mounts, each once."""
        return tuple(dict.fromkeys(mount.place for mount in self.mounts))


@dataclass(frozen=True, slots=True)
class Plan:
    """The DAG file. `edges` are pairs of task variables, in the order in which the tasks stand.

    `fail_fast`: no task starts any more once one has failed.
    """

    file: str
    dag_id: str
    display_name: str
    title: str
    source: str
    description: str | None
    namespace: str
    params: tuple[Param, ...]
    tags: tuple[str, ...]
    places: tuple[Place, ...]
    tasks: tuple[Task, ...]
    edges: tuple[tuple[str, str], ...]
    fail_fast: bool

    @property
    def gpus(self) -> bool:
        """Whether any task asks for a GPU."""
        return any(task.gpus for task in self.tasks)

    @property
    def retries(self) -> bool:
        """Whether any task is tried again after a failure."""
        return any(task.retries for task in self.tasks)

    @property
    def timeouts(self) -> bool:
        """Whether any task has a limit of time."""
        return any(task.timeout is not None for task in self.tasks)


def plan(pipeline: ir.Pipeline, compilation: Compilation, images: Mapping[str, Image]) -> Plan:
    """Decide the whole DAG. Reports what Airflow cannot keep (PL43x)."""
    _report_version(compilation)
    dag_id = names.key(pipeline.id)
    found = stores(pipeline, compilation)
    tasks: dict[str, Task] = {}
    for step in pipeline.steps:
        mounts = found.mounts[step.id]
        tasks[step.id] = _task(pipeline, step, compilation, images[step.id], mounts, list(tasks.values()))
    return Plan(
        file=f"{re.sub(r'[^A-Za-z0-9]+', '_', dag_id)}_dag.py",
        dag_id=dag_id,
        display_name=pipeline.name,
        title=_prose(pipeline.name),
        source=_prose(pipeline.source),
        description=pipeline.description,
        namespace=compilation.config.airflow.namespace,
        params=tuple(_param(parameter) for parameter in pipeline.parameters),
        tags=_tags(pipeline, compilation),
        places=found.places,
        tasks=tuple(tasks.values()),
        edges=tuple(
            (tasks[before].variable, tasks[step.id].variable)
            for step in pipeline.steps
            for before in upstream(pipeline, step)
        ),
        fail_fast=not pipeline.continue_on_failure,
    )


def _task(
    pipeline: ir.Pipeline,
    step: ir.Step,
    compilation: Compilation,
    image: Image,
    mounts: tuple[Mount, ...],
    others: list[Task],
) -> Task:
    need = request(step.resources)
    compute = compilation.config.compute.get(step.resources.compute or "", ComputeSection())
    return Task(
        variable=names.variable(step.id, {task.variable for task in others}),
        task_id=names.key(step.id, {task.task_id for task in others}),
        display_name=step.name,
        origin=_origin(step),
        image=image.reference,
        command=_command(pipeline, step),
        mounts=mounts,
        cpus=need.cpus,
        memory=None if need.memory is None else int(need.memory * 1024),
        gpus=need.gpus,
        retries=step.retries,
        timeout=None if step.timeout is None else math.ceil(step.timeout),
        node_selector=compute.node_selector,
        tolerations=compute.tolerations,
    )


def _command(pipeline: ir.Pipeline, step: ir.Step) -> tuple[str | Code, ...]:
    """The launcher's arguments. Each parameter is one element of the list, so that no value can end it."""
    values = (
        text
        for name in step.parameters
        for text in ("--parameter", f"{_template(name)}={_template_value(name)}")
    )
    anew = ("--no-reuse",) if pipeline.regenerate else ()
    return ("step", "--run", Code("RUN"), *anew, *values)


def _template(text: str) -> str:
    """`text` as a Jinja template that renders to it."""
    plain = text.isprintable() and "{" not in text
    return text if plain else f"{{{{ {_jinja_text(text)} }}}}"


def _template_value(name: str) -> str:
    """A Jinja template for the value of a parameter: a subscript, as ``params.items`` is a method."""
    return f"{{{{ params[{_jinja_text(name)}] }}}}"


def _jinja_text(text: str) -> str:
    """A string of Jinja's, which has Python's escapes: none of the user's quotes and braces stand in it."""
    inside = text.encode("unicode_escape").decode("ascii")
    for character in "'\"{}":
        inside = inside.replace(character, f"\\x{ord(character):02x}")
    return f"'{inside}'"


def _param(parameter: ir.Parameter) -> Param:
    required = parameter.default is None
    return Param(parameter.name, _JSON_TYPES[parameter.type], parameter.default, required)


def _tags(pipeline: ir.Pipeline, compilation: Compilation) -> tuple[str, ...]:
    own = [f"{tag.name}={tag.value}" if tag.value else tag.name for tag in pipeline.tags]
    for tag in own:
        if len(tag) > names.LONGEST_TAG:
            compilation.reporter.report("PL435", f"tag '{tag}' is longer than {names.LONGEST_TAG} characters")
    experiment = [pipeline.experiment] if pipeline.experiment else []
    return tuple(
        dict.fromkeys(tag for tag in ("pipelift", *experiment, *own) if len(tag) <= names.LONGEST_TAG)
    )


def _origin(step: ir.Step) -> str:
    what = f"{step.name} ({step.origin})"
    return what if step.span is None else f"{step.span.file}:{step.span.line}: {what}"


def _prose(text: str) -> str:
    """`text` for the docstring, without what would end it: the exact name stands in the DAG."""
    return text.replace("\\", "/").replace('"', "'")


def _report_version(compilation: Compilation) -> None:
    if compilation.config.airflow.version == 2:
        compilation.reporter.report(
            "PL430", "pipelift.toml asks for Airflow 2; the DAG is written for Airflow 3"
        )
