"""Settings of clusters besides their size: reported once for each, since targets run on their own machines."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipelift.compiler import ir
from pipelift.compiler.lower.context import Lowering
from pipelift.compiler.lower.read import Reader, glance
from pipelift.compiler.sdk.core.compute import DEFAULT_IDLE, DEFAULT_NODES, ComputeTarget, Provisioning
from pipelift.compiler.sdk.core.environment import Environment
from pipelift.compiler.sdk.core.environment_sections import DEFAULT_SHM_SIZE, ContainerSettings
from pipelift.compiler.sdk.core.runconfig import RunConfiguration

_UNITS = {"": 1, "b": 1, "k": 1024, "m": 1024**2, "g": 1024**3, "t": 1024**4}
_SIZE = re.compile(r"(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>[bkmgt]?)i?b?", re.IGNORECASE)

_ATTACHED = {
    "DatabricksCompute": "a Databricks workspace",
    "DsvmCompute": "a data science VM",
    "HDInsightCompute": "an HDInsight cluster",
    "KubernetesCompute": "an attached Kubernetes cluster",
    "AksCompute": "an attached Kubernetes cluster",
    "RemoteCompute": "a remote machine",
    "SynapseCompute": "a Synapse Spark pool",
}


def read_shared_memory(read: Reader, runconfig: RunConfiguration) -> float | None:
    """The shared memory in GiB that the program asks for; None for the SDK's default of 2 GiB."""
    environment = glance(
        runconfig.environment, Environment
    )  # anything else is reported when the environment is lowered
    for section in (runconfig.docker, environment and environment.docker):
        settings = read.part(section, ContainerSettings, "the Docker section", "setting")
        size = settings and read.text(settings.shm_size, "shm_size", "setting")
        if not size or size == DEFAULT_SHM_SIZE:
            continue
        match = _SIZE.fullmatch(size.strip())
        if match is not None:
            size_gib = float(match["number"]) * _UNITS[match["unit"].lower()] / 1024**3
            return round(size_gib, 4) or None
        message = f"shm_size of {read.owner} is no size: '{size}'"
        read.lowering.reporter.report("PL218", message, read.span, step=read.step)
    return None


def report_unknown_size(
    lowering: Lowering, resources: ir.Resources, name: str, target: ComputeTarget | None
) -> None:
    """Report a size that no catalogue has, or that only the workspace knows: once for each compute target."""
    if name in lowering.reported_sizes:
        return
    lowering.reported_sizes.add(name)
    kind = _describe_kind(target)
    if resources.size:
        message = (
            f"'{resources.size}' is no VM size that pipelift knows: steps on '{name}' ask for no resources"
        )
    elif kind is not None:
        message = (
            f"the compute target '{name}' is {kind}: its steps run as containers, and ask for no resources"
        )
    else:
        message = (
            f"the size of the compute target '{name}' is not in the source: its steps ask for no resources"
        )
    remedy = f'Say it in pipelift.toml: [compute."{name}"] vm_size = "…", or cpu, memory and gpu.'
    lowering.reporter.report("PL303", message, resources.span, help=remedy)


def _describe_kind(target: ComputeTarget | None) -> str | None:
    """The kind of machine of an attached target; None for a cluster of the workspace, or if it is not known."""
    if target is None:
        return None
    provisioning = glance(target.provisioning, Provisioning)
    return _ATTACHED.get(type(target).__name__ if provisioning is None else provisioning.kind)


def report_cluster(lowering: Lowering, name: str, target: ComputeTarget) -> None:
    """Report the settings of a cluster that do not concern a step: priority, node limits, idle time."""
    provisioning = glance(target.provisioning, Provisioning)
    if provisioning is None or name in lowering.reported_clusters:
        return
    lowering.reported_clusters.add(name)
    settings = list(_list_settings(provisioning))
    if settings:
        message = f"{', '.join(settings)} of the cluster '{name}' are up to the machines that the target has"
        lowering.reporter.report("PL267", message, target.span)


def _list_settings(provisioning: Provisioning) -> Iterator[str]:
    """The settings that targets decide by themselves; they are only mentioned, so unknown ones are left out."""
    priority, max_nodes = glance(provisioning.vm_priority, str), glance(provisioning.max_nodes, int)
    if priority is not None and priority.lower() == "lowpriority":
        yield "low priority"
    if max_nodes is not None:
        yield f"the limits of {glance(provisioning.min_nodes, int) or DEFAULT_NODES} to {max_nodes} nodes"
    idle: float | None = glance(provisioning.idle_seconds_before_scaledown, int)
    if idle is None:
        idle = glance(provisioning.idle_seconds_before_scaledown, float)
    if idle is not None and idle != DEFAULT_IDLE:
        yield f"the idle time of {idle} s"
