"""Which steps would run again when the new pipeline takes the place of the old one, and why.

What is compared is what reuse keys are made of (docs/reuse.md), as far as the pipelines tell: data that have changed
in place are known only when a run starts.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipelift.app.diff.matching import Match
from pipelift.app.diff.steps import followed
from pipelift.compiler import ir
from pipelift.compiler.ir.graph import digraph, upstream

_PARTS = {"snapshot": "its source changed", "name": "its name changed", "command": "its script changed"}


@dataclass(frozen=True, slots=True)
class Again:
    """A step, by name, that would not be reused, and the reasons."""

    step: str
    why: tuple[str, ...]


def runs_again(old: ir.Pipeline, new: ir.Pipeline, matched: Match) -> tuple[Again, ...]:
    """The steps of the new pipeline that no result of the old one stands in for, producers first."""
    before = {other.id: one for one, other in matched.steps}
    found: dict[str, Again] = {}
    for step in _producers_first(new):
        one = before.get(step.id)
        why = ["it is new"] if one is None else _reasons(old, new, matched, one, step)
        data = {port.source.step for port in step.inputs if isinstance(port.source, ir.StepSource)}
        waits = [one for one in upstream(new, step) if one in data and one in found]
        why += [f"{new.step(name).name} makes a new result" for name in waits]
        if why:
            found[step.id] = Again(step.name, tuple(why))
    return tuple(found.values())


def _producers_first(pipeline: ir.Pipeline) -> tuple[ir.Step, ...]:
    """In an order in which data flow; the source's, where there is a cycle."""
    import networkx

    graph = digraph(pipeline)
    if not networkx.is_directed_acyclic_graph(graph):
        return pipeline.steps
    place = {step.id: number for number, step in enumerate(pipeline.steps)}
    order = networkx.lexicographical_topological_sort(graph, key=place.__getitem__)
    return tuple(pipeline.step(step) for step in order)


def _reasons(old: ir.Pipeline, new: ir.Pipeline, matched: Match, one: ir.Step, other: ir.Step) -> list[str]:
    if new.regenerate or not other.reuse.allowed:
        return ["it runs every time"]
    parts = {part.name: part.digest for part in one.reuse.parts}
    changed = [part.name for part in other.reuse.parts if parts.get(part.name) != part.digest]
    why = [_PARTS.get(name, f"its {name} changed") for name in changed]
    if one.reuse.key != other.reuse.key and not why:
        why.append("its definition changed")
    defaults = {entry.name: entry.default for entry in old.parameters}
    for name in other.parameters:
        entry = next((entry for entry in new.parameters if entry.name == name), None)
        if entry is not None and name in defaults and defaults[name] != entry.default:
            why.append(f"parameter {name} has another default")
    return why + _data(old, new, matched, one, other)


def _data(old: ir.Pipeline, new: ir.Pipeline, matched: Match, one: ir.Step, other: ir.Step) -> list[str]:
    before = {port.name: port.source for port in one.inputs}
    why = []
    for port in other.inputs:
        source = before.get(port.name)
        if source is None:
            continue
        if followed(matched, source) != port.source:
            why.append(f"input {port.name} comes from elsewhere")
        elif isinstance(source, ir.DatasetSource) and isinstance(port.source, ir.DatasetSource):
            left, right = old.dataset(source.dataset), new.dataset(port.source.dataset)
            fields = ("name", "version", "locations", "table")
            if any(getattr(left, field) != getattr(right, field) for field in fields):
                why.append(f"the dataset of input {port.name} changed")
    return why
