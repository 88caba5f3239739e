"""What the DAG file says, decided before any of it is printed: names, parameters, tasks, edges, losses."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise

from pipelift.backends.airflow import names
from pipelift.backends.airflow.commands import command
from pipelift.backends.airflow.settings import settings_of
from pipelift.backends.airflow.stores import Mount, Place, Reach, stores
from pipelift.backends.containers.bundle import Image
from pipelift.backends.printing.python import Code
from pipelift.backends.wiring import remotes
from pipelift.backends.wiring.requests import report_device_files, request, section_of
from pipelift.compiler import ir
from pipelift.compiler.config import Toleration
from pipelift.compiler.ir.graph import in_order, upstream
from pipelift.compiler.target import Compilation

STARTING = timedelta(minutes=10)
"""What a container may take to start before Airflow's own limit, which stands behind the launcher's."""

_JSON_TYPES = {"string": "string", "integer": "integer", "float": "number", "boolean": "boolean"}


@dataclass(frozen=True, slots=True)
class Param:
    """A parameter of the DAG: `type` is JSON Schema's; one with `required` has to be given with every run."""

    name: str
    type: str
    default: ir.Scalar
    required: bool


@dataclass(frozen=True, slots=True)
class Task:
    """One operator: `variable` is its name in the file, `command` the launcher's arguments (Jinja templates).

    `memory` and `shm_size` are in MiB, `timeout` in seconds; None: not said. `accelerator` is Kubernetes' name of the
    GPUs. `origin` tells readers where it comes from. `looked_up`: the worker can see whether an earlier result is
    there, before it starts the container. `secrets` are connections, and `hidden` parameters, whose values the
    container gets in files.
    """

    variable: str
    step: str
    task_id: str
    display_name: str
    origin: str
    image: str
    command: tuple[str | Code, ...]
    mounts: tuple[Mount, ...]
    secrets: tuple[str, ...]
    hidden: tuple[str, ...]
    cpus: float | None
    memory: int | None
    gpus: int
    accelerator: str
    shm_size: int | None
    retries: int
    timeout: int | None
    node_selector: Mapping[str, str]
    tolerations: tuple[Toleration, ...]
    looked_up: bool

    @property
    def hands_over(self) -> bool:
        """Whether its container gets files with secrets."""
        return bool(self.secrets or self.hidden)

    @property
    def is_amd(self) -> bool:
        """Whether its GPUs are AMD's."""
        return self.accelerator.startswith("amd.com/")

    @property
    def places(self) -> tuple[Place, ...]:
        """The places of its mounts, each once."""
        return tuple(dict.fromkeys(mount.place for mount in self.mounts))


@dataclass(frozen=True, slots=True)
class Begin:
    """The task before all steps that hands Docker's volumes, root's at first, to the steps' user."""

    variable: str
    task_id: str
    image: str
    mounts: tuple[Mount, ...]
    followers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """The DAG file. `edges` are pairs of task variables, in the order in which the tasks stand.

    `stops`: a failure must keep tasks from starting that do not depend on the failed one. `begin` is None where
    no step mounts a volume.
    """

    file: str
    dag_id: str
    display_name: str
    title: str
    source: str
    description: str | None
    namespace: str
    pull_secret: str | None
    params: tuple[Param, ...]
    tags: tuple[str, ...]
    places: tuple[Place, ...]
    fields: Mapping[str, tuple[str | None, str]]
    tasks: tuple[Task, ...]
    edges: tuple[tuple[str, str], ...]
    stops: bool
    begin: Begin | None

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
    if settings_of(compilation.config).operator == "docker":
        report_device_files(pipeline, compilation.config, compilation.reporter)
    dag_id = names.key(pipeline.id)
    store_plan = stores(pipeline, compilation)
    identities = names.identities([step.id for step in pipeline.steps])
    tasks = {
        step.id: _task(
            pipeline, step, compilation, identities[step.id], images[step.id], store_plan.reach[step.id]
        )
        for step in pipeline.steps
    }
    edges = tuple(
        (tasks[before].variable, tasks[step.id].variable)
        for step in pipeline.steps
        for before in upstream(pipeline, step)
    )
    return Plan(
        file=names.dag_file(dag_id),
        dag_id=dag_id,
        display_name=pipeline.name,
        title=_prose(pipeline.name),
        source=_prose(pipeline.source),
        description=pipeline.description,
        namespace=settings_of(compilation.config).namespace,
        pull_secret=compilation.config.images.pull_secret,
        params=tuple(_param(parameter) for parameter in pipeline.parameters),
        tags=_tags(pipeline, compilation),
        places=store_plan.places,
        fields=store_plan.fields,
        tasks=tuple(tasks.values()),
        edges=edges,
        stops=not pipeline.continue_on_failure and not _is_chain(pipeline),
        begin=_begin(list(tasks.values()), {after for _, after in edges}),
    )


def _task(
    pipeline: ir.Pipeline,
    step: ir.Step,
    compilation: Compilation,
    identity: names.Identity,
    image: Image,
    reach: Reach,
) -> Task:
    compute = section_of(step.resources, compilation.config)
    need = request(step.resources, compute)
    is_docker = settings_of(compilation.config).operator == "docker"  # nothing can be put into a pod
    hidden = remotes.secret_parameters(step.parameters) if is_docker else ()
    return Task(
        variable=identity.variable,
        step=step.id,
        task_id=identity.task_id,
        display_name=step.name,
        origin=_origin(step),
        image=image.reference,
        command=command(pipeline, step, reach.options, hidden),
        mounts=reach.mounts,
        secrets=reach.secrets,
        hidden=hidden,
        cpus=need.cpus,
        memory=None if need.memory is None else int(need.memory * 1024),
        gpus=need.gpus,
        accelerator=need.accelerator,
        shm_size=None if need.shm_size is None else int(need.shm_size * 1024),
        retries=step.retries,
        timeout=None if step.timeout is None else math.ceil(step.timeout),
        node_selector=compute.node_selector,
        tolerations=compute.tolerations,
        looked_up=_can_look_up(pipeline, step, reach),
    )


def _can_look_up(pipeline: ir.Pipeline, step: ir.Step, reach: Reach) -> bool:
    """Workers see folders of their own machine, but neither Docker's volumes nor claims; and they have no clients
    with which to ask a remote store whether an earlier output is still there."""
    allowed = step.reuse.allowed and not pipeline.regenerate
    seen = all(mount.place.kind == "folder" for mount in reach.mounts)
    return allowed and seen and not reach.writes_remote


def _is_chain(pipeline: ir.Pipeline) -> bool:
    """Whether the steps wait for one another in a single row, so that nothing could go on after a failure."""
    order = in_order(pipeline)
    return all(before.id in upstream(pipeline, after) for before, after in pairwise(order))


def _begin(tasks: list[Task], later: set[str]) -> Begin | None:
    """`later` are the variables of the tasks that wait for another."""
    mounts = {mount.target: replace(mount, read_only=False) for task in tasks for mount in task.mounts}
    if not any(mount.place.kind == "volume" for mount in mounts.values()):
        return None
    return Begin(
        variable=names.variable("begin", {task.variable for task in tasks}),
        task_id=names.key("begin", {task.task_id for task in tasks}),
        image=tasks[0].image,
        mounts=tuple(mounts.values()),
        followers=tuple(task.variable for task in tasks if task.variable not in later),
    )


def _param(parameter: ir.Parameter) -> Param:
    required = parameter.default is None
    return Param(parameter.name, _JSON_TYPES[parameter.type], parameter.default, required)


def _tags(pipeline: ir.Pipeline, compilation: Compilation) -> tuple[str, ...]:
    labels = [f"{tag.name}={tag.value}" if tag.value else tag.name for tag in pipeline.tags]
    for tag in labels:
        if len(tag) > names.LONGEST_TAG:
            compilation.reporter.report("PL435", f"tag '{tag}' is longer than {names.LONGEST_TAG} characters")
    experiment = [pipeline.experiment] if pipeline.experiment else []
    return tuple(
        dict.fromkeys(tag for tag in ("pipelift", *experiment, *labels) if len(tag) <= names.LONGEST_TAG)
    )


def _origin(step: ir.Step) -> str:
    label = f"{step.name} ({step.origin})"
    return label if step.span is None else f"{step.span.file}:{step.span.line}: {label}"


def _prose(text: str) -> str:
    """`text` for the docstring, without what would end it: the exact name stands in the DAG."""
    return text.replace("\\", "/").replace('"', "'")


def _report_version(compilation: Compilation) -> None:
    if settings_of(compilation.config).version == 2:
        compilation.reporter.report(
            "PL430", "pipelift.toml asks for Airflow 2; the DAG is written for Airflow 3"
        )
