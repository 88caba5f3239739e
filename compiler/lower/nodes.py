"""Which steps a pipeline has, and in which order the SDK adds them (`azureml-sdk-v1.md` §3.2)."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

from pipelift.compiler.evaluate.kinds import describe_kind, quote_name
from pipelift.compiler.evaluate.values import Unknown, Value
from pipelift.compiler.lower.context import Lowering
from pipelift.compiler.lower.read import Reader
from pipelift.compiler.sdk.data.pipeline_data import PipelineData
from pipelift.compiler.sdk.pipeline.pipeline import Pipeline, StepSequence, order_of
from pipelift.compiler.sdk.steps.step import PipelineStep, RunAfter, find_producer

Order = list[tuple[PipelineStep, PipelineStep]]


@dataclass(slots=True)
class _Graph:
    lowering: Lowering
    pipeline: Pipeline
    nodes: dict[int, PipelineStep] = field(default_factory=dict)
    order: Order = field(default_factory=list)


def collect_nodes(lowering: Lowering, pipeline: Pipeline) -> tuple[list[PipelineStep], Order]:
    """The steps, listed ones and those that they need, and the pairs that run one after the other."""
    graph = _Graph(lowering, pipeline)
    _add_element(graph, pipeline.steps)
    for step in list(graph.nodes.values()):
        graph.order.extend(
            (order.step, step) for order in order_of(pipeline, step) if isinstance(order, RunAfter)
        )
    if not graph.nodes and not lowering.failed:
        lowering.reporter.report("PL304", "the pipeline has no steps", pipeline.span)
    return list(graph.nodes.values()), graph.order


def _add_element(graph: _Graph, element: Value) -> list[PipelineStep]:
    """Add the steps of one element of ``steps=`` and return them; a sequence treats them as one group."""
    if isinstance(element, PipelineStep):
        return _add_step(graph, element)
    if isinstance(element, list):
        return [step for inner in element for step in _add_element(graph, inner)]
    if isinstance(element, StepSequence):
        groups = [_add_element(graph, inner) for inner in _list_steps(graph, element.steps)]
        for before, after in pairwise(groups):
            graph.order.extend((a, b) for b in after for a in before)
        return [step for group in groups for step in group]
    producer = find_producer(element) if isinstance(element, PipelineData) else None
    if producer is not None:
        return _add_step(graph, producer)
    if isinstance(element, Unknown):
        graph.lowering.report_unknown("PL110", "a step of the pipeline", element, graph.pipeline.span)
        return []
    message = f"cannot add {describe_kind(element)} to a pipeline"
    graph.lowering.reporter.report("PL231", message, graph.pipeline.span)
    return []


def _add_step(graph: _Graph, step: PipelineStep) -> list[PipelineStep]:
    """Add a step, then the missing steps upstream of it; iteratively, since chains can be long."""
    added = [] if id(step) in graph.nodes else [step]
    if added:
        what = f"whether {quote_name(step.name)} is a step of the pipeline"
        graph.lowering.report_undecided(what, step._undecided, step.span)
    graph.nodes.setdefault(id(step), step)
    pending = list(reversed(_find_upstream(graph, step))) if added else []
    if pending and _is_closed(graph):
        _check_closed(graph, step, pending)
    while pending:
        other = pending.pop()
        if id(other) in graph.nodes:
            continue
        graph.nodes[id(other)] = other
        added.append(other)
        pending.extend(reversed(_find_upstream(graph, other)))
    return added or [step]


def _list_steps(graph: _Graph, steps: Value) -> list[Value]:
    return Reader(graph.lowering, "a sequence", graph.pipeline.span).items(steps, "the steps", "graph")


def _is_closed(graph: _Graph) -> bool:
    """Whether the program lists all steps, and forbids adding those that the listed ones need."""
    read = Reader(graph.lowering, "the pipeline", graph.pipeline.span)
    return read.flag(graph.pipeline.resolve_closure, "resolve_closure", "setting") is False


def _check_closed(graph: _Graph, step: PipelineStep, upstream: list[PipelineStep]) -> None:
    """Without the closure, the SDK refuses a step that comes before what it needs."""
    for other in upstream:
        if id(other) not in graph.nodes:
            names = quote_name(step.name), quote_name(other.name)
            message = "resolve_closure is False, and {} comes before {}, which it needs".format(*names)
            graph.lowering.reporter.report("PL239", message, graph.pipeline.span)


def _find_upstream(graph: _Graph, step: PipelineStep) -> list[PipelineStep]:
    upstream: list[PipelineStep] = []
    for port in step.ports.inputs:
        producer = find_producer(port.source)
        if producer is not None:
            upstream.append(producer)
    for order in order_of(graph.pipeline, step):
        if isinstance(order, RunAfter):
            what = f"whether {quote_name(step.name)} runs after {quote_name(order.step.name)}"
            graph.lowering.report_undecided(what, order._undecided, step.span)
            upstream.append(order.step)
        elif isinstance(order, Unknown):
            graph.lowering.report_unknown("PL110", "a step to run after", order, step.span)
    return upstream
