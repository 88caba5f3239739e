"""Two files of pipelines compared as a whole, as text and as data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from pydantic import JsonValue

from pipelift.app.diff.compare import Difference, Section, compare
from pipelift.compiler import ir
from pipelift.compiler.diagnostics.rendering.excerpt import visible


@dataclass(frozen=True, slots=True)
class Report:
    """`added` and `removed` are the names of pipelines that only one side has."""

    pipelines: tuple[Difference, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]

    @property
    def same(self) -> bool:
        """Whether nothing differs."""
        return not (self.added or self.removed or any(pipeline.sections for pipeline in self.pipelines))

    def as_json(self) -> dict[str, JsonValue]:
        """Plain data, a contract (docs/diff.md)."""
        return {
            "same": self.same,
            "added": [*self.added],
            "removed": [*self.removed],
            "pipelines": [_difference_data(pipeline) for pipeline in self.pipelines],
        }

    def lines(self) -> Iterator[str]:
        """The report for people."""
        for name in self.removed:
            yield f"pipeline {visible(name)} removed"
        for name in self.added:
            yield f"pipeline {visible(name)} added"
        for pipeline in self.pipelines:
            yield from _render_difference(pipeline)


def diff(old: Sequence[ir.Pipeline], new: Sequence[ir.Pipeline]) -> Report:
    """Compare what two files build: pipelines of one id, and the only ones where each side has one."""
    if len(old) == len(new) == 1:
        return Report((compare(old[0], new[0]),), (), ())
    before = {pipeline.id: pipeline for pipeline in old}
    after = {pipeline.id: pipeline for pipeline in new}
    return Report(
        tuple(compare(before[pipeline.id], pipeline) for pipeline in new if pipeline.id in before),
        tuple(pipeline.name for pipeline in new if pipeline.id not in before),
        tuple(pipeline.name for pipeline in old if pipeline.id not in after),
    )


def _render_difference(difference: Difference) -> Iterator[str]:
    count = sum(len(section.changes) for section in difference.sections)
    if not count:
        yield f"{visible(difference.name)}: no difference"
        return
    steps = f"{len(difference.again)} of {_count_noun(difference.steps, 'step')} would run again"
    yield f"{visible(difference.name)}: {_count_noun(count, 'difference')}, {steps}"
    for section in difference.sections:
        yield ""
        yield f"  {_section_title(section)}"
        for change in section.changes:
            yield f"    {visible(change.text)}"
    if difference.again:
        yield ""
        yield "  would run again"
        for again in difference.again:
            yield f"    {visible(again.step)}: {visible('; '.join(again.why))}"


def _section_title(section: Section) -> str:
    return section.title if section.step is None else f"step {visible(section.step)}"


def _count_noun(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _difference_data(difference: Difference) -> JsonValue:
    changes: list[JsonValue] = [
        {"section": section.title, "step": section.step, **asdict(change), "text": change.text}
        for section in difference.sections
        for change in section.changes
    ]
    again: list[JsonValue] = [{"step": each.step, "why": [*each.why]} for each in difference.again]
    return {"name": difference.name, "same": not difference.sections, "changes": changes, "runs_again": again}
