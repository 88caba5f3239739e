"""Steps by the names that users give, and the part of a pipeline that `--only`, `--from` and `--until` pick."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from pipelift.compiler import ir
from pipelift.compiler.diagnostics import Refused, Reporter
from pipelift.compiler.diagnostics.suggestion import find_similar
from pipelift.compiler.ir.graph import digraph


@dataclass(frozen=True, slots=True)
class Part:
    """`pipeline` has the steps to run, and without their inputs those in `taken` (ids), whose earlier results are
    read."""

    pipeline: ir.Pipeline
    taken: frozenset[str] = frozenset()


def find_steps(
    pipeline: ir.Pipeline, names: Collection[str], option: str, reporter: Reporter
) -> frozenset[str]:
    """Find the ids of the steps `names` (ids, names or labels); report a name without a step (PL530)."""
    ids: set[str] = set()
    for name in [names] if isinstance(names, str) else names:
        named = {step.id for step in pipeline.steps if name in (step.id, step.name, step.label)}
        ids |= named
        if not named:
            message = f"{option} names '{name}', which is no step of '{pipeline.name}'; {_suggest_step(pipeline, name)}"
            reporter.report("PL530", message)
    return frozenset(ids)


def _suggest_step(pipeline: ir.Pipeline, name: str) -> str:
    names = [step.name for step in pipeline.steps]
    close = find_similar(name, names)
    return f"did you mean '{close}'?" if close else "there are: " + ", ".join(names)


def select_part(
    pipeline: ir.Pipeline, only: Collection[str], first: Collection[str], last: Collection[str]
) -> Part:
    """Select the steps `only`, and those from `first` on and until `last`, all ids; all steps if none are given.

    Raises `Refused` (PL533) if no step is left.
    """
    if not (only or first or last):
        return Part(pipeline)
    run = set(only)
    if first or last:
        after = (
            _reach_steps(pipeline, first, backwards=False) if first else {step.id for step in pipeline.steps}
        )
        before = _reach_steps(pipeline, last, backwards=True) if last else after
        run |= after & before
    if not run:
        raise Refused("PL533", "no step is left between those of --from and those of --until")
    read = {
        port.source.step
        for step in pipeline.steps
        if step.id in run
        for port in step.inputs
        if isinstance(port.source, ir.StepSource)
    }
    return _cut_pipeline(pipeline, run, frozenset(read - run))


def _reach_steps(pipeline: ir.Pipeline, ids: Collection[str], *, backwards: bool) -> set[str]:
    """The steps `ids` and all that come after them (before them, `backwards`)."""
    import networkx

    graph = digraph(pipeline)
    follow = networkx.ancestors if backwards else networkx.descendants
    return set(ids).union(*(follow(graph, step) for step in ids))


def _cut_pipeline(pipeline: ir.Pipeline, run: set[str], taken: frozenset[str]) -> Part:
    chosen = run | taken
    steps = tuple(
        replace(step, inputs=()) if step.id in taken else step for step in pipeline.steps if step.id in chosen
    )
    order = tuple(edge for edge in pipeline.order if edge.before in chosen and edge.after in run)
    return Part(replace(pipeline, steps=steps, order=order), taken)
