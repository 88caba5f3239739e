"""A part of a pipeline: the steps that `--only`, `--from` and `--until` pick, and those whose results they read."""

from __future__ import annotations

import difflib
from collections.abc import Collection
from dataclasses import dataclass

from pipelift.compiler import ir
from pipelift.compiler.diagnostics import Reporter
from pipelift.compiler.ir.graph import digraph


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the user names, by id, name or label: `only` these, or those `from_` on and `until`, both included."""

    only: Collection[str] = ()
    from_: Collection[str] = ()
    until: Collection[str] = ()

    def __bool__(self) -> bool:
        return bool(self.only or self.from_ or self.until)


@dataclass(frozen=True, slots=True)
class Part:
    """`pipeline` has the steps to run, and without their inputs those in `taken` (ids), whose earlier results are
    read."""

    pipeline: ir.Pipeline
    taken: frozenset[str] = frozenset()


def known_steps(
    pipeline: ir.Pipeline, asked: Collection[str], option: str, reporter: Reporter
) -> frozenset[str]:
    """The ids of the steps called so (by id, name or label); what names none is reported (PL530)."""
    found: set[str] = set()
    for name in asked:
        ids = {step.id for step in pipeline.steps if name in (step.id, step.name, step.label)}
        found |= ids
        if not ids:
            names = [step.name for step in pipeline.steps]
            close = difflib.get_close_matches(name, names, n=1)
            there = f"did you mean '{close[0]}'?" if close else "there are: " + ", ".join(names)
            reporter.report(
                "PL530", f"{option} names '{name}', which is no step of '{pipeline.name}'; {there}"
            )
    return frozenset(found)


def part_of(pipeline: ir.Pipeline, wanted: Wanted, reporter: Reporter) -> Part:
    """The part of `pipeline` that is wanted; the whole where nothing is named. Reports PL530 and PL533."""
    if not wanted:
        return Part(pipeline)
    only = known_steps(pipeline, wanted.only, "--only", reporter)
    first = known_steps(pipeline, wanted.from_, "--from", reporter)
    last = known_steps(pipeline, wanted.until, "--until", reporter)
    run = set(only)
    if first or last:
        after = _reached(pipeline, first, backwards=False) if first else {step.id for step in pipeline.steps}
        before = _reached(pipeline, last, backwards=True) if last else after
        run |= after & before
    if not run and not reporter.errors:
        reporter.report("PL533", "no step is left between those of --from and those of --until")
    read = {
        port.source.step
        for step in pipeline.steps
        if step.id in run
        for port in step.inputs
        if isinstance(port.source, ir.StepSource)
    }
    return _cut(pipeline, run, frozenset(read - run))


def _reached(pipeline: ir.Pipeline, ids: frozenset[str], *, backwards: bool) -> set[str]:
    """The steps `ids` and all that come after them (before them, `backwards`)."""
    import networkx

    graph = digraph(pipeline)
    follow = networkx.ancestors if backwards else networkx.descendants
    return set(ids).union(*(follow(graph, step) for step in ids))


def _cut(pipeline: ir.Pipeline, run: set[str], taken: frozenset[str]) -> Part:
    kept = run | taken
    steps = tuple(
        step.model_copy(update={"inputs": ()}) if step.id in taken else step
        for step in pipeline.steps
        if step.id in kept
    )
    order = tuple(edge for edge in pipeline.order if edge.before in kept and edge.after in run)
    return Part(pipeline.model_copy(update={"steps": steps, "order": order}), taken)
