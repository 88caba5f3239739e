"""The parts of two pipelines compared one by one: parameters, stores, data, environments, schedules, sources."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pipelift.app.diff.matching import Match
from pipelift.app.history.compare import (
    Change,
    difference,
    file_changes,
    mapping_changes,
    packages_by_name,
)
from pipelift.app.pictures.scene import dataset_title
from pipelift.compiler import ir
from pipelift.compiler.ir.fields import field_types
from pipelift.compiler.ir.wire import as_data
from pipelift.runtime.contract.secrets import HIDDEN, looks_secret

_PIPELINE = ("name", "description", "experiment", "default_store", "continue_on_failure", "regenerate")
_TOLD_APART = frozenset(
    {"id", "name", "span", "digest", "dockerfile", "conda", "pip", "channels", "variables"}
)
"""Fields of an environment that are not just two values side by side."""


def pipeline_changes(old: ir.Pipeline, new: ir.Pipeline) -> Iterator[Change]:
    """What is said of the pipeline as a whole."""
    for field in _PIPELINE:
        before, after = getattr(old, field), getattr(new, field)
        if before != after:
            yield difference(field.replace("_", " "), "", before, after)
    yield from mapping_changes("tag", named_values(old.tags), named_values(new.tags))


def parameter_changes(old: ir.Pipeline, new: ir.Pipeline) -> Iterator[Change]:
    """Parameters by name: their types and defaults."""
    before = {one.name: one for one in old.parameters}
    after = {one.name: one for one in new.parameters}
    for name in _union(before, after):
        one, other = before.get(name), after.get(name)
        if one is None or other is None:
            yield Change("parameter", name, what="added" if one is None else "removed")
            continue
        if one.type != other.type:
            yield Change("type of parameter", name, one.type, other.type)
        if one.default != other.default or type(one.default) is not type(other.default):
            yield secret_difference("parameter", name, one.default, other.default)
    yield from listed("data parameter", old.data_parameters, new.data_parameters)


def environment_changes(old: ir.Pipeline, new: ir.Pipeline, matched: Match) -> Iterator[Change]:
    """Environments that steps can be in: their Python, image, packages and variables."""
    after = {one.id: one for one in new.environments}
    for one in old.environments:
        other = after.pop(matched.environments.get(one.id, ""), None)
        if other is None:
            yield Change("environment", environment_title(one), what="removed")
        else:
            yield from _environment(one, other)
    for other in after.values():
        yield Change("environment", environment_title(other), what="added")


def environment_title(environment: ir.Environment) -> str:
    """What people call it."""
    return environment.name or environment.id


def _environment(old: ir.Environment, new: ir.Environment) -> Iterator[Change]:
    title = environment_title(new)
    if environment_title(old) != title:
        yield Change("environment", "", environment_title(old), title)
    found = list(_environment_fields(old, new, title))
    yield from found
    if not found and old.digest != new.digest:
        yield Change("environment", title, what="changed (the order or other settings of what it installs)")


def _environment_fields(old: ir.Environment, new: ir.Environment, title: str) -> Iterator[Change]:
    for field in (name for name in field_types(ir.Environment) if name not in _TOLD_APART):
        before, after = getattr(old, field), getattr(new, field)
        if before != after:
            yield difference(f"{title}:", field.replace("_", " "), before, after)
    if old.dockerfile != new.dockerfile:
        yield Change(f"{title}:", "Dockerfile", what="changed")
    for kind in ("conda", "pip"):
        yield from mapping_changes(
            f"{title}: {kind} package",
            packages_by_name(getattr(old, kind)),
            packages_by_name(getattr(new, kind)),
        )
    if old.channels != new.channels:
        yield difference(f"{title}:", "channels", ", ".join(old.channels), ", ".join(new.channels))
    yield from mapping_changes(f"{title}: variable", named_values(old.variables), named_values(new.variables))


def dataset_changes(old: ir.Pipeline, new: ir.Pipeline, matched: Match) -> Iterator[Change]:
    """Source data: what is read, and from where."""
    after = {one.id: one for one in new.datasets}
    for one in old.datasets:
        other = after.pop(matched.datasets.get(one.id, ""), None)
        if other is None:
            yield Change("dataset", dataset_title(one), what="removed")
            continue
        title = dataset_title(other)
        if dataset_places(one) != dataset_places(other):
            yield Change(
                "dataset", title, dataset_places(one) or "no place", dataset_places(other) or "no place"
            )
        for field in ("name", "version", "table"):
            if getattr(one, field) != getattr(other, field):
                yield difference(
                    "dataset", f"{title}, {field}", shown(getattr(one, field)), shown(getattr(other, field))
                )
    for other in after.values():
        yield Change("dataset", dataset_title(other), what="added")


def dataset_places(dataset: ir.Dataset) -> str:
    """Where the data lie, in one line."""
    places = (f"{one.store}/{one.path.lstrip('/')}" if one.store else one.path for one in dataset.locations)
    queries = (one.query for one in dataset.locations if one.query)
    return ", ".join([*places, *queries])


def source_changes(old: ir.Pipeline, new: ir.Pipeline, matched: Match) -> Iterator[Change]:
    """Files of the source directories that travel with the steps; a directory is told of once."""
    before = {one.id: one for one in old.snapshots}
    after = {one.id: one for one in new.snapshots}
    pairs = dict.fromkeys((one.snapshot, other.snapshot) for one, other in matched.steps)
    pairs.update(dict.fromkeys(_contexts(old, new, matched)))
    told = set()
    for one, other in pairs:
        left, right = before[one], after[other]
        if left.digest == right.digest or (left.digest, right.digest) in told:
            continue
        told.add((left.digest, right.digest))
        found = list(file_changes(f"{right.directory}:", _digests(left), _digests(right)))
        yield from found or [Change("source", right.directory, what="changed")]


def _contexts(old: ir.Pipeline, new: ir.Pipeline, matched: Match) -> Iterator[tuple[str, str]]:
    """The snapshots that Dockerfiles copy from, where both sides of an environment have one."""
    for one in old.environments:
        if one.context and one.id in matched.environments:
            context = new.environment(matched.environments[one.id]).context
            if context:
                yield one.context, context


def _digests(snapshot: ir.Snapshot) -> dict[str, str]:
    return {file.path: file.sha256 for file in snapshot.files}


def listed(kind: str, old: Iterable[ir.Node], new: Iterable[ir.Node]) -> Iterator[Change]:
    """Nodes compared by their names, else by their place in the list, field by field."""
    before, after = _numbered(old), _numbered(new)
    for name in _union(before, after):
        one, other = before.get(name), after.get(name)
        if one is None or other is None:
            yield Change(kind, name, what="added" if one is None else "removed")
        elif one != other:
            yield from mapping_changes(f"{kind} {name},", one, other)


def _numbered(nodes: Iterable[ir.Node]) -> dict[str, dict[str, str]]:
    found = {}
    for number, node in enumerate(nodes, start=1):
        fields = plain(node)
        name = fields.get("name") or fields.get("id") or number
        found[str(name)] = {key: shown(value) for key, value in fields.items() if value not in (None, [], {})}
    return found


def plain(node: ir.Node) -> dict[str, Any]:
    """A node as data, without the places in the source."""
    bare: dict[str, Any] = _without_spans(as_data(node))
    return bare


def _without_spans(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_spans(one) for key, one in value.items() if key != "span"}
    return [_without_spans(one) for one in value] if isinstance(value, list) else value


def named_values(entries: Sequence[ir.NamedValue]) -> dict[str, str]:
    """Names with their values; those that sound secret as digests that no change shows."""
    return {
        one.name: f"<secret {hash(one.value)}>" if looks_secret(one.name) else one.value for one in entries
    }


def secret_difference(kind: str, name: str, before: object, after: object) -> Change:
    """The change of a value, hidden where its name sounds secret."""
    if looks_secret(name):
        return Change(kind, name, what=f"changed ({HIDDEN})")
    return Change(kind, name, shown(before), shown(after))


def shown(value: object) -> str:
    """A value in one line: texts as they are, everything else as JSON."""
    if isinstance(value, str) and value:
        return value
    if isinstance(value, ir.Node):
        value = plain(value)
    return json.dumps(value, ensure_ascii=False)


def _union(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    return [*before, *(name for name in after if name not in before)]
