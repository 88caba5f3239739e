"""The graph of a pipeline as networkx sees it: derived, never stored."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pipelift.compiler.ir.model import Pipeline, Step, StepSource

if TYPE_CHECKING:
    import networkx


def upstream(pipeline: Pipeline, step: Step) -> tuple[str, ...]:
    """The ids of the steps that `step` waits for, data first, in the order of its ports, each once."""
    data = [port.source.step for port in step.inputs if isinstance(port.source, StepSource)]
    order = [edge.before for edge in pipeline.order if edge.after == step.id]
    return tuple(dict.fromkeys(data + order))


def edges(pipeline: Pipeline) -> Iterator[tuple[str, str]]:
    """The pairs (step, step that waits for it) of ids: by data in the order of steps and ports, then by order."""
    for step in pipeline.steps:
        for port in step.inputs:
            if isinstance(port.source, StepSource):
                yield port.source.step, step.id
    for edge in pipeline.order:
        yield edge.before, edge.after


def digraph(pipeline: Pipeline) -> networkx.DiGraph[str]:
    """Step ids as nodes, an edge from each step to those that wait for it; frozen."""
    import networkx

    graph: networkx.DiGraph[str] = networkx.DiGraph()
    graph.add_nodes_from(step.id for step in pipeline.steps)
    graph.add_edges_from(edges(pipeline))
    frozen: networkx.DiGraph[str] = networkx.freeze(graph)
    return frozen


def in_order(pipeline: Pipeline) -> tuple[Step, ...]:
    """The steps so that each comes after those it waits for; ties follow the source.

    Raises `networkx.NetworkXUnfeasible` for a cycle, which `passes.cycles` has reported before.
    """
    import networkx

    position = {step.id: index for index, step in enumerate(pipeline.steps)}
    order = networkx.lexicographical_topological_sort(digraph(pipeline), key=position.__getitem__)
    return tuple(pipeline.steps[position[step_id]] for step_id in order)
