"""Which steps would run again when the new pipeline takes the place of the old one, and why.

The comparison covers the ingredients of reuse keys (docs/reuse.md), as far as pipelines hold them: data that change in
place are known only when a run starts.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipelift.app.diff.matching import Match
from pipelift.app.diff.steps import translate_source
from pipelift.compiler import ir
from pipelift.compiler.ir.graph import digraph, upstream

_PARTS = {"snapshot": "its source changed", "name": "its name changed", "command": "its script changed"}


@dataclass(frozen=True, slots=True)
class Rerun:
    """A step, by name, that would not be reused, and the reasons."""

    step: str
    why: tuple[str, ...]


def find_reruns(old: ir.Pipeline, new: ir.Pipeline, matched: Match) -> tuple[Rerun, ...]:
    """Find the steps of the new pipeline that can reuse no result of the old one, producers first."""
    before = {after_step.id: before_step for before_step, after_step in matched.steps}
    again: dict[str, Rerun] = {}
    for step in _sort_steps(new):
        earlier = before.get(step.id)
        why = ["it is new"] if earlier is None else _find_reasons(old, new, matched, earlier, step)
        data = {port.source.step for port in step.inputs if isinstance(port.source, ir.StepSource)}
        waits = [producer for producer in upstream(new, step) if producer in data and producer in again]
        why += [f"{new.step(name).name} makes a new result" for name in waits]
        if why:
            again[step.id] = Rerun(step.name, tuple(why))
    return tuple(again.values())


def _sort_steps(pipeline: ir.Pipeline) -> tuple[ir.Step, ...]:
    """Sort the steps along the data; a pipeline with a cycle keeps the order of its source."""
    import networkx

    graph = digraph(pipeline)
    if not networkx.is_directed_acyclic_graph(graph):
        return pipeline.steps
    place = {step.id: number for number, step in enumerate(pipeline.steps)}
    order = networkx.lexicographical_topological_sort(graph, key=place.__getitem__)
    return tuple(pipeline.step(step) for step in order)


def _find_reasons(
    old: ir.Pipeline, new: ir.Pipeline, matched: Match, before: ir.Step, after: ir.Step
) -> list[str]:
    if new.regenerate or not after.reuse.allowed:
        return ["it runs every time"]
    parts = {part.name: part.digest for part in before.reuse.parts}
    changed = [part.name for part in after.reuse.parts if parts.get(part.name) != part.digest]
    why = [_PARTS.get(name, f"its {name} changed") for name in changed]
    if before.reuse.key != after.reuse.key and not why:
        why.append("its definition changed")
    defaults = {entry.name: entry.default for entry in old.parameters}
    for name in after.parameters:
        entry = next((entry for entry in new.parameters if entry.name == name), None)
        if entry is not None and name in defaults and defaults[name] != entry.default:
            why.append(f"parameter {name} has another default")
    return why + _find_data_reasons(old, new, matched, before, after)


def _find_data_reasons(
    old: ir.Pipeline, new: ir.Pipeline, matched: Match, before: ir.Step, after: ir.Step
) -> list[str]:
    sources = {port.name: port.source for port in before.inputs}
    why = []
    for port in after.inputs:
        source = sources.get(port.name)
        if source is None:
            continue
        if translate_source(matched, source) != port.source:
            why.append(f"input {port.name} comes from elsewhere")
        elif isinstance(source, ir.DatasetSource) and isinstance(port.source, ir.DatasetSource):
            left, right = old.dataset(source.dataset), new.dataset(port.source.dataset)
            fields = ("name", "version", "locations", "table")
            if any(getattr(left, field) != getattr(right, field) for field in fields):
                why.append(f"the dataset of input {port.name} changed")
    return why
