"""What the pod of a task asks of the cluster: resources, accelerators, nodes, retries."""

from __future__ import annotations

from dataclasses import dataclass

from pipelift.backends.wiring.requests import request, section_of
from pipelift.compiler import ir
from pipelift.compiler.config import Config, Toleration

_MEBIBYTES = 1024


@dataclass(frozen=True, slots=True)
class PodSettings:
    """Kubernetes quantities as KFP's setters take them; None where nothing is asked. `accelerator` names the GPUs."""

    cpu_request: str | None = None
    cpu_limit: str | None = None
    memory_request: str | None = None
    memory_limit: str | None = None
    gpus: int = 0
    accelerator: str = ""
    shm_size: str | None = None
    pull_secret: str | None = None
    retries: int = 0
    node_selector: tuple[tuple[str, str], ...] = ()
    tolerations: tuple[Toleration, ...] = ()


def pod_settings(step: ir.Step, config: Config) -> PodSettings:
    """The settings of `step`: it may use all of a node of its size and asks for what one has free."""
    section = section_of(step.resources, config)
    requested = request(step.resources, section)
    return PodSettings(
        cpu_request=_cpus(requested.cpus),
        cpu_limit=_cpus(step.resources.cpus),
        memory_request=_memory(requested.memory),
        memory_limit=_memory(step.resources.memory),
        gpus=requested.gpus,
        accelerator=requested.accelerator,
        shm_size=_memory(requested.shm_size),
        pull_secret=config.images.pull_secret,
        retries=step.retries,
        node_selector=tuple(sorted(section.node_selector.items())),
        tolerations=section.tolerations,
    )


def _cpus(cpus: float | None) -> str | None:
    return None if cpus is None else f"{cpus:.3f}".rstrip("0").rstrip(".")


def _memory(gibibytes: float | None) -> str | None:
    if gibibytes is None:
        return None
    if gibibytes == int(gibibytes):
        return f"{int(gibibytes)}Gi"
    return f"{int(gibibytes * _MEBIBYTES)}Mi"
