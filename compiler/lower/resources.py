"""The hardware of a step: from its compute target's VM size, or from what the configuration says of the target."""

from __future__ import annotations

from pipelift.compiler import ir
from pipelift.compiler.evaluate.values import Value
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
    known = ir.Resources(
        compute=str(name),
        size=_size_name(lowering, target, str(name)),
        nodes=_count(node, "node_count"),
        processes=_processes(node),
        span=getattr(target, "span", node.span),
    )
    return known if node.refused is not None else _sized(lowering, known, str(name))


def _size_name(lowering: Lowering, target: Value, name: str) -> str | None:
    section = lowering.config.compute.get(name)
    if section is not None and section.vm_size:
        return section.vm_size
    size = target.size if isinstance(target, ComputeTarget) else None
    if isinstance(size, str) and size:
        return size
    return name if size_of(name) is not None else None


def _count(node: PipelineStep, attribute: str) -> int:
    count = getattr(node.runconfig, attribute, 1)
    return count if isinstance(count, int) and count > 0 else 1


def _processes(node: PipelineStep) -> int:
    mpi = getattr(node.runconfig, "mpi", None)
    count = getattr(mpi, "process_count_per_node", 1)
    return count if isinstance(count, int) and count > 0 else 1


def _sized(lowering: Lowering, known: ir.Resources, name: str) -> ir.Resources:
    section = lowering.config.compute.get(name)
    size = size_of(known.size) if known.size else None
    if known.size and size is None:
        message = f"'{known.size}' is no VM size that pipelift knows: its steps ask for no resources"
        lowering.reporter.report("PL303", message, known.span)
    if known.size is None and section is None and name not in lowering.sizes_told:
        lowering.sizes_told.add(name)
        message = (
            f"the size of the compute target '{name}' is not in the source: its steps ask for no resources"
        )
        help_text = f'Say it in pipelift.toml: [compute."{name}"] vm_size = "…", or cpu, memory and gpu.'
        lowering.reporter.report("PL303", message, known.span, help=help_text)
    gpus = size.gpus if size else 0
    gpu_model = size.gpu_model if size else None
    cpus, memory = (float(size.cpus), size.memory) if size else (None, None)
    if section is not None:
        cpus = section.cpu if section.cpu is not None else cpus
        memory = section.memory if section.memory is not None else memory
        gpus = section.gpu if section.gpu is not None else gpus
        gpu_model = section.gpu_type or gpu_model
    return known.model_copy(
        update={"cpus": cpus, "memory": memory, "gpus": gpus, "gpu_model": gpu_model if gpus else None}
    )
