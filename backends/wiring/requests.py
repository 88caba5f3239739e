"""What to ask of a cluster for a step that asked for a machine of some size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelift.compiler import ir
from pipelift.compiler.config import Config
from pipelift.compiler.diagnostics import Reporter

if TYPE_CHECKING:
    from pipelift.compiler.config import ComputeSection

NVIDIA, AMD = "nvidia.com/gpu", "amd.com/gpu"
"""What Kubernetes calls the GPUs of the two makers, by their device plugins."""

GPU_SHARED_MEMORY = 2.0
"""GiB of shared memory of a step with a GPU, as in the SDK: loaders of data pass batches through it."""

_SYSTEM_CPUS, _SYSTEM_CPU_SHARE = 0.5, 0.06
_EVICTION_MEMORY, _DAEMON_MEMORY_SHARE = 0.75, 0.05


@dataclass(frozen=True, slots=True)
class Request:
    """Resources of one container: `cpus`, `memory` and `shm_size` (GiB) are None where the source says nothing.

    `accelerator` is what Kubernetes calls the GPUs.
    """

    cpus: float | None = None
    memory: float | None = None
    gpus: int = 0
    shm_size: float | None = None
    accelerator: str = NVIDIA

    @property
    def is_amd(self) -> bool:
        """Whether the GPUs are AMD's, which Docker hands over as device files."""
        return self.accelerator.startswith("amd.com/")


def find_section(resources: ir.Resources, config: Config) -> ComputeSection | None:
    """What the configuration says of the compute target, if anything."""
    return config.compute.get(resources.compute or "")


def section_of(resources: ir.Resources, config: Config) -> ComputeSection:
    """What the configuration says of the compute target; an empty section where it says nothing."""
    from pipelift.compiler.config import ComputeSection  # with pydantic, which not every target loads

    return find_section(resources, config) or ComputeSection()


def report_device_files(pipeline: ir.Pipeline, config: Config, reporter: Reporter) -> None:
    """Report (PL461) that Docker cannot count AMD's GPUs."""
    asking = [
        step
        for step in pipeline.steps
        if step.resources.gpus and request(step.resources, find_section(step.resources, config)).is_amd
    ]
    if asking:
        names = ", ".join(f"'{step.name}'" for step in asking)
        message = (
            f"the containers of {names} see all AMD GPUs of the machine, not the number that they ask for"
        )
        reporter.report("PL461", message, asking[0].span)


def request(resources: ir.Resources, section: ComputeSection | None = None) -> Request:
    """The largest request that a node of the size in `resources` still admits.

    A node never offers all of its machine, so a request equal to the VM size stays pending for ever. What the
    providers publish: GKE, and AKS before 1.29, keep 25 % of the first 4 GiB of memory, 20 % of the next 4,
    10 % of the next 8, 6 % up to 128 GiB and 2 % above, AKS 750 MiB more for its eviction threshold; of the
    CPUs AKS keeps 60 millicores on one core, 140 on four, 740 on 64. Daemon sets (network, metrics, device
    plugin) then ask for some 200 to 400 millicores and a few percent of the memory. Hence: memory less the
    tiers, 0.75 GiB and 5 %; CPUs less half of one, or 6 % on large machines. Newer AKS keeps less: it fits.
    """
    is_amd = (resources.gpu_model or "").upper().startswith("AMD")
    return Request(
        cpus=_cpus(resources.cpus),
        memory=_memory(resources.memory),
        gpus=resources.gpus,
        shm_size=resources.shm_size or (GPU_SHARED_MEMORY if resources.gpus else None),
        accelerator=(section and section.accelerator) or (AMD if is_amd else NVIDIA),
    )


def _cpus(cpus: float | None) -> float | None:
    if cpus is None:
        return None
    if cpus <= 1:
        return round(cpus * 0.5, 2)
    return round(cpus - max(_SYSTEM_CPUS, cpus * _SYSTEM_CPU_SHARE), 2)


def _memory(memory: float | None) -> float | None:
    if memory is None:
        return None
    reserved = _tiers(memory) + _EVICTION_MEMORY + _DAEMON_MEMORY_SHARE * memory
    return round(max(memory - reserved, memory * 0.4), 1)


def _tiers(memory: float) -> float:
    """GiB that the documented tiers reserve of a node with `memory` GiB."""
    reserved, below = 0.0, 0.0
    for limit, share in ((4.0, 0.25), (8.0, 0.20), (16.0, 0.10), (128.0, 0.06), (float("inf"), 0.02)):
        reserved += max(0.0, min(memory, limit) - below) * share
        below = limit
    return reserved
