"""Two versions of one step, compared."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from pipelift.app.diff.matching import Match
from pipelift.app.diff.parts import environment_title, named_values, node_data, render_value
from pipelift.app.history.compare import Change, argument_changes, mapping_changes
from pipelift.app.pictures.details import render_arguments
from pipelift.app.pictures.scene import source_title
from pipelift.compiler import ir
from pipelift.compiler.ir.fields import field_types

_FIELDS = ("origin", "retries", "timeout", "unsupported")
_COMPARED = frozenset(
    {"id", "name", "label", "run", "arguments", "inputs", "outputs", "parameters", "environment", "variables",
     "secrets", "snapshot", "resources", "reuse", "span", *_FIELDS}
)  # fmt: skip


def step_changes(
    old: ir.Pipeline, new: ir.Pipeline, matched: Match, before: ir.Step, after: ir.Step
) -> Iterator[Change]:
    """What changed in a step, in the order in which people look; a new name is not among it."""
    yield from _compare_run(before, after)
    yield from _compare_arguments(before, after)
    yield from _compare_inputs(old, new, matched, before, after)
    yield from _compare_outputs(before, after)
    yield from mapping_changes("variable", named_values(before.variables), named_values(after.variables))
    secrets = [
        {secret.name: f"secret {secret.secret}" for secret in step.secrets} for step in (before, after)
    ]
    yield from mapping_changes("variable", *secrets)
    yield from _compare_environment(old, new, matched, before, after)
    yield from mapping_changes("resource", _resource_texts(before), _resource_texts(after))
    if before.reuse.allowed != after.reuse.allowed:
        yield Change(
            "reuse", "", *("allowed" if step.reuse.allowed else "not allowed" for step in (before, after))
        )
    for field in (*_FIELDS, *sorted(set(field_types(ir.Step)) - _COMPARED)):
        if getattr(before, field) != getattr(after, field):
            kind = "type" if field == "origin" else field.replace("_", " ")
            yield Change(kind, "", render_value(getattr(before, field)), render_value(getattr(after, field)))


def _compare_run(before: ir.Step, after: ir.Step) -> Iterator[Change]:
    texts = [
        f"{step.run.interpreter} {step.run.path}" if isinstance(step.run, ir.Script) else step.run.program
        for step in (before, after)
    ]
    if before.run != after.run:
        yield Change("runs", "", *texts)


def _compare_arguments(before: ir.Step, after: ir.Step) -> Iterator[Change]:
    if before.arguments == after.arguments:
        return
    changes = list(argument_changes(list(render_arguments(before)), list(render_arguments(after))))
    yield from changes or [Change("argument", "", what="changed (its value is secret)")]


def _compare_inputs(
    old: ir.Pipeline, new: ir.Pipeline, matched: Match, before: ir.Step, after: ir.Step
) -> Iterator[Change]:
    old_ports = {port.name: port for port in before.inputs}
    new_ports = {port.name: port for port in after.inputs}
    for name in [*old_ports, *(name for name in new_ports if name not in old_ports)]:
        left, right = old_ports.get(name), new_ports.get(name)
        if left is None or right is None:
            source = source_title(new, right) if right else source_title(old, left) if left else ""
            yield Change("input", name, what=f"{'added' if left is None else 'removed'}: from {source}")
            continue
        if translate_source(matched, left.source) != right.source:
            yield Change("input", name, source_title(old, left), source_title(new, right))
        for field in ("mode", "path_on_compute", "table"):
            if getattr(left, field) != getattr(right, field):
                words = f"{name}, {field.replace('_', ' ')}"
                yield Change(
                    "input", words, render_value(getattr(left, field)), render_value(getattr(right, field))
                )
    yield from _compare_order("inputs", list(old_ports), list(new_ports))


def translate_source(
    matched: Match, source: ir.StepSource | ir.DatasetSource
) -> ir.StepSource | ir.DatasetSource:
    """Express the source of an old input in the ids of the new pipeline."""
    if isinstance(source, ir.StepSource):
        return replace(source, step=matched.ids.get(source.step, ""))
    return replace(source, dataset=matched.datasets.get(source.dataset, ""))


def _compare_outputs(before: ir.Step, after: ir.Step) -> Iterator[Change]:
    old_ports = {port.name: node_data(port) for port in before.outputs}
    new_ports = {port.name: node_data(port) for port in after.outputs}
    for name in [*old_ports, *(name for name in new_ports if name not in old_ports)]:
        left, right = old_ports.get(name), new_ports.get(name)
        if left is None or right is None:
            yield Change("output", name, what="added" if left is None else "removed")
            continue
        for field in (field for field in left if left[field] != right[field]):
            words = f"{name}, {field.replace('_', ' ')}"
            yield Change("output", words, render_value(left[field]), render_value(right[field]))
    yield from _compare_order("outputs", list(old_ports), list(new_ports))


def _compare_order(kind: str, before: list[str], after: list[str]) -> Iterator[Change]:
    if before != after and sorted(before) == sorted(after):
        yield Change(kind, "", what="stand in another order")


def _compare_environment(
    old: ir.Pipeline, new: ir.Pipeline, matched: Match, before: ir.Step, after: ir.Step
) -> Iterator[Change]:
    if matched.environments.get(before.environment) == after.environment:
        return
    old_title = environment_title(old.environment(before.environment))
    new_title = environment_title(new.environment(after.environment))
    if old_title == new_title:
        yield Change("environment", "", what=f"is another one of the name {new_title}")
    else:
        yield Change("environment", "", old_title, new_title)


def _resource_texts(step: ir.Step) -> dict[str, str]:
    fields = node_data(step.resources)
    return {
        name.replace("_", " "): render_value(value) for name, value in fields.items() if value is not None
    }
