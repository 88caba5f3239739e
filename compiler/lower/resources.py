"""The hardware of a step: from its compute target's VM size, or from the configuration of the target."""

from __future__ import annotations

from dataclasses import replace

from pipelift.compiler import ir
from pipelift.compiler.lower.clusters import read_shared_memory, report_cluster, report_unknown_size
from pipelift.compiler.lower.context import Lowering
from pipelift.compiler.lower.read import Reader, glance
from pipelift.compiler.sdk.catalogue.vm_sizes import size_of
from pipelift.compiler.sdk.core.compute import ComputeTarget
from pipelift.compiler.sdk.core.runconfig import (
    DEFAULT_COUNT,
    AmlComputeConfiguration,
    MpiConfiguration,
    PyTorchConfiguration,
    RunConfiguration,
)
from pipelift.compiler.sdk.steps.step import PipelineStep


def lower_resources(
    lowering: Lowering, node: PipelineStep, runconfig: RunConfiguration | None, step: str
) -> ir.Resources:
    """The resources that the step asks for: none if the size is not known, which is reported."""
    read = Reader(lowering, f"step '{step}'", node.span, step)
    value = node.compute_target
    if value is None and runconfig is not None:
        value = runconfig.target
    target = glance(value, ComputeTarget)
    label = value if target is None else target.name
    name = read.text(label, "the compute target", "compute")
    if name == "local" or (label is None and runconfig is not None):
        message = f"step '{step}' has no remote compute target: the SDK refuses it, pipelift runs it"
        lowering.reporter.report("PL238", message, node.span, step=step)
        return ir.Resources(span=node.span)
    if name is None:
        return ir.Resources(span=node.span)
    nodes = DEFAULT_COUNT if runconfig is None else _read_nodes(read, runconfig)
    resources = ir.Resources(
        compute=name,
        size=_read_size(read, runconfig, target, name),
        shm_size=None if runconfig is None else read_shared_memory(read, runconfig),
        nodes=nodes,
        processes=DEFAULT_COUNT if runconfig is None else _read_processes(read, runconfig, nodes),
        span=node.span if target is None else target.span,
    )
    if node.refused is not None:
        return resources
    if target is not None:
        report_cluster(lowering, name, target)
    return _add_hardware(lowering, resources, name, target)


def _read_size(
    read: Reader, runconfig: RunConfiguration | None, target: ComputeTarget | None, name: str
) -> str | None:
    section = read.lowering.config.compute.get(name)
    if section is not None and section.vm_size:
        return section.vm_size
    size = None if target is None else target.size
    own = runconfig and read.part(
        runconfig.amlcompute, AmlComputeConfiguration, "the cluster's configuration", "compute"
    )
    if name.lower() == "amlcompute":  # a cluster for this run alone
        size = own and own.vm_size
    written = read.text(size, "the VM size", "compute")
    return written or (name if size_of(name) is not None else None)


def _read_nodes(read: Reader, runconfig: RunConfiguration) -> int:
    return read.count(runconfig.node_count, "the number of nodes", "setting") or DEFAULT_COUNT


def _read_processes(read: Reader, runconfig: RunConfiguration, nodes: int) -> int:
    """Processes per node. MPI counts them per node, PyTorch in total."""
    mpi = read.part(runconfig.mpi, MpiConfiguration, "the MPI job", "setting")
    torch = read.part(runconfig.pytorch, PyTorchConfiguration, "the PyTorch job", "setting")
    what = "the number of processes"
    each = mpi and read.count(mpi.process_count_per_node, what, "setting")
    total = torch and read.count(torch.process_count, what, "setting")
    return max(each or DEFAULT_COUNT, -(-(total or 0) // nodes))


def _add_hardware(
    lowering: Lowering, resources: ir.Resources, name: str, target: ComputeTarget | None
) -> ir.Resources:
    section = lowering.config.compute.get(name)
    size = size_of(resources.size) if resources.size else None
    if size is None and (section is None or resources.size):
        report_unknown_size(lowering, resources, name, target)
    gpus, gpu_model = (size.gpus, size.gpu_model) if size else (0, None)
    cpus, memory = (float(size.cpus), size.memory) if size else (None, None)
    if section is None:
        return replace(resources, cpus=cpus, memory=memory, gpus=gpus, gpu_model=gpu_model if gpus else None)
    gpus = section.gpu if section.gpu is not None else gpus
    return replace(
        resources,
        cpus=section.cpu if section.cpu is not None else cpus,
        memory=section.memory if section.memory is not None else memory,
        gpus=gpus,
        gpu_model=(section.gpu_type or gpu_model) if gpus else None,
        shm_size=section.shm_size or resources.shm_size,
    )
