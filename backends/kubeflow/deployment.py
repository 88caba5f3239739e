"""`deployment.json`: what `pipelift deploy` has to know of a compiled pipeline beside the YAML that it uploads."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from pipelift.backends.kubeflow.plan import Plan
from pipelift.backends.kubeflow.schedules import Recurring
from pipelift.backends.kubeflow.settings import KubeflowSettings
from pipelift.compiler import ir
from pipelift.compiler.config import Config

NAME = "deployment.json"


class Part(BaseModel):
    """The common ground: immutable and closed to unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Timed(Part):
    """One schedule. Without `cron` it repeats at a fixed distance; `start` is UTC, the rest as in `Recurring`."""

    schedule: str
    cron: tuple[str, ...]
    start: str | None
    at_start: bool
    parameters: Mapping[str, ir.Scalar]


class Deployment(Part):
    """The whole file.

    `pipeline` is its name on the cluster, `parameters` its parameters' by theirs in the source, `required` those
    (by the cluster's name) without a default, `tasks` the ids of the steps by their tasks' names, `images` what the
    cluster pulls. `namespace` is the one that the configuration names.
    """

    pipeline: str
    namespace: str | None
    parameters: Mapping[str, str]
    required: tuple[str, ...]
    tasks: Mapping[str, str]
    images: tuple[str, ...]
    schedules: tuple[Timed, ...]

    def text(self) -> str:
        """The file as it is written."""
        return self.model_dump_json(indent=2) + "\n"


def deployment(plan: Plan, schedules: tuple[Recurring, ...], config: Config) -> Deployment:
    """What the deployer of `plan` has to know."""
    timed = [
        Timed(
            schedule=recurring.schedule.id,
            cron=recurring.cron,
            start=None if recurring.start is None else recurring.start.strftime("%Y-%m-%dT%H:%M:%SZ"),
            at_start=recurring.at_start,
            parameters=dict(sorted(recurring.parameters.items())),
        )
        for recurring in schedules
    ]
    return Deployment(
        pipeline=plan.name,
        namespace=config.settings("kubeflow", KubeflowSettings).namespace,
        parameters={parameter.source: parameter.name for parameter in plan.parameters if parameter.source},
        required=tuple(parameter.name for parameter in plan.parameters if parameter.required),
        tasks={task.key: task.step.id for task in plan.tasks},
        images=tuple(sorted({task.image for task in plan.tasks})),
        schedules=tuple(timed),
    )


def read_deployment(directory: Path) -> Deployment:
    """The file of an output folder. Raises `OSError` where there is none, `ValueError` where it is not ours."""
    return Deployment.model_validate_json((directory / NAME).read_bytes())
