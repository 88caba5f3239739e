"""Two pipelines compared: sections of changes, and the steps that would run again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pipelift.app.diff.matching import Match, match
from pipelift.app.diff.parts import (
    compare_nodes,
    dataset_changes,
    environment_changes,
    parameter_changes,
    pipeline_changes,
    source_changes,
)
from pipelift.app.diff.rerun import Rerun, find_reruns
from pipelift.app.diff.steps import step_changes
from pipelift.app.history.compare import Change
from pipelift.compiler import ir


@dataclass(frozen=True, slots=True)
class Section:
    """Changes that belong together; `step` is the step's (new) name where they are those of one."""

    title: str
    changes: tuple[Change, ...]
    step: str | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs between two versions of a pipeline, and what would run again; no sections: nothing differs."""

    name: str
    steps: int
    sections: tuple[Section, ...]
    again: tuple[Rerun, ...]


def compare(old: ir.Pipeline, new: ir.Pipeline) -> Difference:
    """Compare two versions of a pipeline. Places in the source, and the order of steps, do not count."""
    matched = match(old, new)
    sections = tuple(section for section in _list_sections(old, new, matched) if section.changes)
    return Difference(new.name, len(new.steps), sections, find_reruns(old, new, matched))


def _list_sections(old: ir.Pipeline, new: ir.Pipeline, matched: Match) -> Iterator[Section]:
    yield Section("pipeline", tuple(pipeline_changes(old, new)))
    yield Section("parameters", tuple(parameter_changes(old, new)))
    yield Section("stores", tuple(compare_nodes("store", old.stores, new.stores)))
    yield Section("source data", tuple(dataset_changes(old, new, matched)))
    yield Section("environments", tuple(environment_changes(old, new, matched)))
    yield Section("steps", tuple(_compare_steps(matched)))
    for before, after in matched.steps:
        yield Section("step", tuple(step_changes(old, new, matched, before, after)), step=after.name)
    yield Section("order", tuple(_compare_order(old, new, matched)))
    yield Section("sources", tuple(source_changes(old, new, matched)))
    yield Section("schedules", tuple(compare_nodes("schedule", old.schedules, new.schedules)))
    yield Section("published", tuple(compare_nodes("published pipeline", old.published, new.published)))


def _compare_steps(matched: Match) -> Iterator[Change]:
    for step in matched.removed:
        yield Change("step", step.name, what="removed")
    for step in matched.added:
        yield Change("step", step.name, what="added")
    for before, after in matched.steps:
        if before.label != after.label:
            yield Change(
                "step", after.name, before.name, after.name, what=f"is likely '{before.name}' renamed"
            )


def _compare_order(old: ir.Pipeline, new: ir.Pipeline, matched: Match) -> Iterator[Change]:
    """Compare the edges without data; those of added and removed steps count too."""
    names = {step.id: step.name for step in new.steps}
    gone = {step.id: step.name for step in old.steps if step.id not in matched.ids}
    before = {
        (matched.ids.get(edge.before, edge.before), matched.ids.get(edge.after, edge.after))
        for edge in old.order
    }
    after = {(edge.before, edge.after) for edge in new.order}
    for early, late in sorted(before - after):
        text = f"{gone.get(early) or names.get(early, early)} -> {gone.get(late) or names.get(late, late)}"
        yield Change("edge", text, what="removed")
    for early, late in sorted(after - before):
        yield Change("edge", f"{names[early]} -> {names[late]}", what="added")
