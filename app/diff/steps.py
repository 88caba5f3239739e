"""Two versions of one step, compared."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from pipelift.app.diff.matching import Match
from pipelift.app.diff.parts import environment_title, named_values, plain, shown
from pipelift.app.history.compare import Change, argument_changes, mapping_changes
from pipelift.app.pictures.details import argument_texts
from pipelift.app.pictures.scene import source_title
from pipelift.compiler import ir
from pipelift.compiler.ir.fields import field_types

_FIELDS = ("origin", "retries", "timeout", "unsupported")
_COMPARED = frozenset(
    {"id", "name", "label", "run", "arguments", "inputs", "outputs", "parameters", "environment", "variables",
     "secrets", "snapshot", "resources", "reuse", "span", *_FIELDS}
)  # fmt: skip


def step_changes(
    old: ir.Pipeline, new: ir.Pipeline, matched: Match, one: ir.Step, other: ir.Step
) -> Iterator[Change]:
    """What changed in a step, in the order in which people look; a new name is told elsewhere."""
    yield from _run(one, other)
    yield from _arguments(one, other)
    yield from _inputs(old, new, matched, one, other)
    yield from _outputs(one, other)
    yield from mapping_changes("variable", named_values(one.variables), named_values(other.variables))
    secrets = [{secret.name: f"secret {secret.secret}" for secret in step.secrets} for step in (one, other)]
    yield from mapping_changes("variable", *secrets)
    yield from _environment(old, new, matched, one, other)
    yield from mapping_changes("resource", _resources(one), _resources(other))
    if one.reuse.allowed != other.reuse.allowed:
        yield Change(
            "reuse", "", *("allowed" if step.reuse.allowed else "not allowed" for step in (one, other))
        )
    for field in (*_FIELDS, *sorted(set(field_types(ir.Step)) - _COMPARED)):
        if getattr(one, field) != getattr(other, field):
            kind = "type" if field == "origin" else field.replace("_", " ")
            yield Change(kind, "", shown(getattr(one, field)), shown(getattr(other, field)))


def _run(one: ir.Step, other: ir.Step) -> Iterator[Change]:
    texts = [
        f"{step.run.interpreter} {step.run.path}" if isinstance(step.run, ir.Script) else step.run.program
        for step in (one, other)
    ]
    if one.run != other.run:
        yield Change("runs", "", *texts)


def _arguments(one: ir.Step, other: ir.Step) -> Iterator[Change]:
    if one.arguments == other.arguments:
        return
    found = list(argument_changes(list(argument_texts(one)), list(argument_texts(other))))
    yield from found or [Change("argument", "", what="changed (its value is secret)")]


def _inputs(
    old: ir.Pipeline, new: ir.Pipeline, matched: Match, one: ir.Step, other: ir.Step
) -> Iterator[Change]:
    before = {port.name: port for port in one.inputs}
    after = {port.name: port for port in other.inputs}
    for name in [*before, *(name for name in after if name not in before)]:
        left, right = before.get(name), after.get(name)
        if left is None or right is None:
            source = source_title(new, right) if right else source_title(old, left) if left else ""
            yield Change("input", name, what=f"{'added' if left is None else 'removed'}: from {source}")
            continue
        if followed(matched, left.source) != right.source:
            yield Change("input", name, source_title(old, left), source_title(new, right))
        for field in ("mode", "path_on_compute"):
            if getattr(left, field) != getattr(right, field):
                words = f"{name}, {field.replace('_', ' ')}"
                yield Change("input", words, shown(getattr(left, field)), shown(getattr(right, field)))
    yield from _order("inputs", list(before), list(after))


def followed(matched: Match, source: ir.StepSource | ir.DatasetSource) -> ir.StepSource | ir.DatasetSource:
    """Where an old input's data come from, in the ids of the new pipeline."""
    if isinstance(source, ir.StepSource):
        return replace(source, step=matched.ids.get(source.step, ""))
    return replace(source, dataset=matched.datasets.get(source.dataset, ""))


def _outputs(one: ir.Step, other: ir.Step) -> Iterator[Change]:
    before = {port.name: plain(port) for port in one.outputs}
    after = {port.name: plain(port) for port in other.outputs}
    for name in [*before, *(name for name in after if name not in before)]:
        left, right = before.get(name), after.get(name)
        if left is None or right is None:
            yield Change("output", name, what="added" if left is None else "removed")
            continue
        for field in (field for field in left if left[field] != right[field]):
            words = f"{name}, {field.replace('_', ' ')}"
            yield Change("output", words, shown(left[field]), shown(right[field]))
    yield from _order("outputs", list(before), list(after))


def _order(kind: str, before: list[str], after: list[str]) -> Iterator[Change]:
    if before != after and sorted(before) == sorted(after):
        yield Change(kind, "", what="stand in another order")


def _environment(
    old: ir.Pipeline, new: ir.Pipeline, matched: Match, one: ir.Step, other: ir.Step
) -> Iterator[Change]:
    if matched.environments.get(one.environment) == other.environment:
        return
    before = environment_title(old.environment(one.environment))
    after = environment_title(new.environment(other.environment))
    if before == after:
        yield Change("environment", "", what=f"is another one of the name {after}")
    else:
        yield Change("environment", "", before, after)


def _resources(step: ir.Step) -> dict[str, str]:
    fields = plain(step.resources)
    return {name.replace("_", " "): shown(value) for name, value in fields.items() if value is not None}
