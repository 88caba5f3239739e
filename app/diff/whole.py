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
        return not (self.added or self.removed or any(one.sections for one in self.pipelines))

    def as_json(self) -> dict[str, JsonValue]:
        """Plain data, a contract (docs/diff.md)."""
        return {
            "same": self.same,
            "added": [*self.added],
            "removed": [*self.removed],
            "pipelines": [_data(one) for one in self.pipelines],
        }

    def lines(self) -> Iterator[str]:
        """The report for people."""
        for name in self.removed:
            yield f"pipeline {visible(name)} removed"
        for name in self.added:
            yield f"pipeline {visible(name)} added"
        for one in self.pipelines:
            yield from _lines(one)


def diff(old: Sequence[ir.Pipeline], new: Sequence[ir.Pipeline]) -> Report:
    """Compare what two files build: pipelines of one id, and the only ones where each side has one."""
    if len(old) == len(new) == 1:
        return Report((compare(old[0], new[0]),), (), ())
    before = {one.id: one for one in old}
    after = {one.id: one for one in new}
    return Report(
        tuple(compare(before[one.id], one) for one in new if one.id in before),
        tuple(one.name for one in new if one.id not in before),
        tuple(one.name for one in old if one.id not in after),
    )


def _lines(one: Difference) -> Iterator[str]:
    count = sum(len(section.changes) for section in one.sections)
    if not count:
        yield f"{visible(one.name)}: no difference"
        return
    steps = f"{len(one.again)} of {_number(one.steps, 'step')} would run again"
    yield f"{visible(one.name)}: {_number(count, 'difference')}, {steps}"
    for section in one.sections:
        yield ""
        yield f"  {_title(section)}"
        for change in section.changes:
            yield f"    {visible(change.text)}"
    if one.again:
        yield ""
        yield "  would run again"
        for again in one.again:
            yield f"    {visible(again.step)}: {visible('; '.join(again.why))}"


def _title(section: Section) -> str:
    return section.title if section.step is None else f"step {visible(section.step)}"


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _data(one: Difference) -> JsonValue:
    changes: list[JsonValue] = [
        {"section": section.title, "step": section.step, **asdict(change), "text": change.text}
        for section in one.sections
        for change in section.changes
    ]
    again: list[JsonValue] = [{"step": each.step, "why": [*each.why]} for each in one.again]
    return {"name": one.name, "same": not one.sections, "changes": changes, "runs_again": again}
