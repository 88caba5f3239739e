"""The hardware of a step: from its compute target's VM size, or from what the configuration says of the target."""

from __future__ import annotations

import math

from pipelift.compiler import ir
from pipelift.compiler.config import ComputeSection
from pipelift.compiler.evaluate.values import Value
from pipelift.compiler.lower.clusters import report_cluster, report_unknown_size, shared_memory
from pipelift.compiler.lower.context import Lowering
from pipelift.compiler.sdk.compute import ComputeTarget
from pipelift.compiler.sdk.runconfig import RunConfiguration
from pipelift.compiler.sdk.steps import PipelineStep
from pipelift.compiler.sdk.vm_sizes import size_of


def resources_of(lowering: Lowering, node: PipelineStep, step: str) -> ir.Resources:
    """What the step asked for; a size that is not known asks for nothing, and is reported."""
    target = node.compute_target
    if target is None:
        target = getattr(node.runconfig, "target", None)
    if lowering.unknown("PL111", f"the compute target of step '{step}'", target, node.span, step):
        return ir.Resources(span=node.span)
    name = target.name if isinstance(target, ComputeTarget) else target
    if name == "local" or (name is None and isinstance(node.runconfig, RunConfiguration)):
        message = f"step '{step}' has no remote compute target: the SDK refuses it, pipelift runs it"
        lowering.reporter.report("PL238", message, node.span, step=step)
        return ir.Resources(span=node.span)
    if (
        lowering.unknown("PL111", f"the compute target of step '{step}'", name, node.span, step)
        or name is None
    ):
        return ir.Resources(span=node.span)
    nodes = _count(node, "node_count")
    known = ir.Resources(
        compute=str(name),
        size=_size_name(lowering, node, target, str(name)),
        shm_size=shared_memory(node.runconfig),
        nodes=nodes,
        processes=_processes(node, nodes),
        span=getattr(target, "span", node.span),
    )
    if node.refused is not None:
        return known
    report_cluster(lowering, str(name), target)
    return _sized(lowering, known, str(name), target)


def _size_name(lowering: Lowering, node: PipelineStep, target: Value, name: str) -> str | None:
    section = lowering.config.compute.get(name)
    if section is not None and section.vm_size:
        return section.vm_size
    size = target.size if isinstance(target, ComputeTarget) else None
    if name.lower() == "amlcompute":  # a cluster for this run alone
        size = getattr(getattr(node.runconfig, "amlcompute", None), "vm_size", None)
    if isinstance(size, str) and size:
        return size
    return name if size_of(name) is not None else None


def _count(node: PipelineStep, attribute: str) -> int:
    count = getattr(node.runconfig, attribute, 1)
    return count if isinstance(count, int) and count > 0 else 1


def _processes(node: PipelineStep, nodes: int) -> int:
    """Processes a node: MPI says them so, PyTorch those of all nodes together."""
    count = getattr(getattr(node.runconfig, "mpi", None), "process_count_per_node", 1)
    total = getattr(getattr(node.runconfig, "pytorch", None), "process_count", None)
    each = count if isinstance(count, int) and count > 0 else 1
    return max(each, math.ceil(total / nodes)) if isinstance(total, int) else each


def _sized(lowering: Lowering, known: ir.Resources, name: str, target: Value) -> ir.Resources:
    section = lowering.config.compute.get(name)
    size = size_of(known.size) if known.size else None
    if size is None and (section is None or known.size):
        report_unknown_size(lowering, known, name, target)
    gpus, gpu_model = (size.gpus, size.gpu_model) if size else (0, None)
    cpus, memory = (float(size.cpus), size.memory) if size else (None, None)
    section = section or ComputeSection()
    gpus = section.gpu if section.gpu is not None else gpus
    return known.model_copy(
        update={
            "cpus": section.cpu if section.cpu is not None else cpus,
            "memory": section.memory if section.memory is not None else memory,
            "gpus": gpus,
            "gpu_model": (section.gpu_type or gpu_model) if gpus else None,
            "shm_size": section.shm_size or known.shm_size,
        }
    )
