"""What the program says of clusters beside their size: told once for each, since targets have nodes of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipelift.compiler import ir
from pipelift.compiler.evaluate.values import Value
from pipelift.compiler.lower.context import Lowering
from pipelift.compiler.sdk.compute import ComputeTarget, Provisioning

_DEFAULT_SHM = "2g"
_DEFAULT_IDLE = 1800
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


def shared_memory(runconfig: Value) -> float | None:
    """The shared memory in GiB that the program asks for; None where it leaves the SDK's default of 2 GiB."""
    environment = getattr(getattr(runconfig, "environment", None), "docker", None)
    for section in (getattr(runconfig, "docker", None), environment):
        size = getattr(section, "shm_size", None)
        match = _SIZE.fullmatch(size.strip()) if isinstance(size, str) and size != _DEFAULT_SHM else None
        if match is not None:
            found = float(match["number"]) * _UNITS[match["unit"].lower()] / 1024**3
            return round(found, 4) or None
    return None


def report_unknown_size(lowering: Lowering, known: ir.Resources, name: str, target: Value) -> None:
    """Report a size that no catalogue has, or that only the workspace knows: once for each compute target."""
    if name in lowering.sizes_told:
        return
    lowering.sizes_told.add(name)
    kind = _kind(target)
    if known.size:
        message = f"'{known.size}' is no VM size that pipelift knows: steps on '{name}' ask for no resources"
    elif kind is not None:
        message = (
            f"the compute target '{name}' is {kind}: its steps run as containers, and ask for no resources"
        )
    else:
        message = (
            f"the size of the compute target '{name}' is not in the source: its steps ask for no resources"
        )
    help_text = f'Say it in pipelift.toml: [compute."{name}"] vm_size = "…", or cpu, memory and gpu.'
    lowering.reporter.report("PL303", message, known.span, help=help_text)


def _kind(target: Value) -> str | None:
    """What kind of machine a target is, where the program says it and it is no cluster of the workspace."""
    if not isinstance(target, ComputeTarget):
        return None
    made = (
        target.provisioning.kind if isinstance(target.provisioning, Provisioning) else type(target).__name__
    )
    return _ATTACHED.get(made)


def report_cluster(lowering: Lowering, name: str, target: Value) -> None:
    """Report the settings of a cluster that say nothing about a step: priority, node limits, idle time."""
    made = target.provisioning if isinstance(target, ComputeTarget) else None
    if not isinstance(made, Provisioning) or name in lowering.clusters_told:
        return
    lowering.clusters_told.add(name)
    said = list(_settings(made))
    if said:
        message = f"{', '.join(said)} of the cluster '{name}' are up to the machines that the target has"
        lowering.reporter.report("PL267", message, target.span)


def _settings(made: Provisioning) -> Iterator[str]:
    options = made.__dict__
    priority, most = options.get("vm_priority"), options.get("max_nodes")
    if isinstance(priority, str) and priority.lower() == "lowpriority":
        yield "low priority"
    if isinstance(most, int):
        least = options.get("min_nodes")
        yield f"the limits of {least if isinstance(least, int) else 0} to {most} nodes"
    idle = options.get("idle_seconds_before_scaledown")
    if isinstance(idle, (int, float)) and idle != _DEFAULT_IDLE:
        yield f"the idle time of {idle:g} s"
