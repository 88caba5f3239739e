"""The parts of two pipelines compared one by one: parameters, stores, data, environments, schedules, sources."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

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
from pipelift.compiler.ir.walk import plain
from pipelift.runtime.contract.secrets import HIDDEN, looks_secret

_PIPELINE = ("name", "description", "experiment", "default_store", "continue_on_failure", "regenerate")
_COMPARED_APART = frozenset(
    {"id", "name", "span", "digest", "dockerfile", "conda", "pip", "channels", "variables"}
)
"""Fields of an environment that are not just two values side by side."""


def pipeline_changes(old: ir.Pipeline, new: ir.Pipeline) -> Iterator[Change]:
    """Compare the fields of the pipeline as a whole."""
    for field in _PIPELINE:
        before, after = getattr(old, field), getattr(new, field)
        if before != after:
            yield difference(field.replace("_", " "), "", before, after)
    yield from mapping_changes("tag", named_values(old.tags), named_values(new.tags))


def parameter_changes(old: ir.Pipeline, new: ir.Pipeline) -> Iterator[Change]:
    """Parameters by name: their types and defaults."""
    before = {parameter.name: parameter for parameter in old.parameters}
    after = {parameter.name: parameter for parameter in new.parameters}
    for name in _join_names(before, after):
        left, right = before.get(name), after.get(name)
        if left is None or right is None:
            yield Change("parameter", name, what="added" if left is None else "removed")
            continue
        if left.type != right.type:
            yield Change("type of parameter", name, left.type, right.type)
        if left.default != right.default or type(left.default) is not type(right.default):
            yield secret_difference("parameter", name, left.default, right.default)
    yield from compare_nodes("data parameter", old.data_parameters, new.data_parameters)


def environment_changes(old: ir.Pipeline, new: ir.Pipeline, matched: Match) -> Iterator[Change]:
    """Environments that steps can be in: their Python, image, packages and variables."""
    after = {environment.id: environment for environment in new.environments}
    for left in old.environments:
        right = after.pop(matched.environments.get(left.id, ""), None)
        if right is None:
            yield Change("environment", environment_title(left), what="removed")
        else:
            yield from _compare_environments(left, right)
    for environment in after.values():
        yield Change("environment", environment_title(environment), what="added")


def environment_title(environment: ir.Environment) -> str:
    """What people call it."""
    return environment.name or environment.id


def _compare_environments(old: ir.Environment, new: ir.Environment) -> Iterator[Change]:
    title = environment_title(new)
    if environment_title(old) != title:
        yield Change("environment", "", environment_title(old), title)
    changes = list(_compare_fields(old, new, title))
    yield from changes
    if not changes and old.digest != new.digest:
        yield Change("environment", title, what="changed (the order or other settings of what it installs)")


def _compare_fields(old: ir.Environment, new: ir.Environment, title: str) -> Iterator[Change]:
    for field in (name for name in field_types(ir.Environment) if name not in _COMPARED_APART):
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
    after = {dataset.id: dataset for dataset in new.datasets}
    for left in old.datasets:
        right = after.pop(matched.datasets.get(left.id, ""), None)
        if right is None:
            yield Change("dataset", dataset_title(left), what="removed")
            continue
        title = dataset_title(right)
        if dataset_places(left) != dataset_places(right):
            yield Change(
                "dataset", title, dataset_places(left) or "no place", dataset_places(right) or "no place"
            )
        for field in ("name", "version", "table"):
            if getattr(left, field) != getattr(right, field):
                yield difference(
                    "dataset",
                    f"{title}, {field}",
                    render_value(getattr(left, field)),
                    render_value(getattr(right, field)),
                )
    for dataset in after.values():
        yield Change("dataset", dataset_title(dataset), what="added")


def dataset_places(dataset: ir.Dataset) -> str:
    """Where the data lie, in one line."""
    places = (
        f"{location.store}/{location.path.lstrip('/')}" if location.store else location.path
        for location in dataset.locations
    )
    queries = (location.query for location in dataset.locations if location.query)
    return ", ".join([*places, *queries])


def source_changes(old: ir.Pipeline, new: ir.Pipeline, matched: Match) -> Iterator[Change]:
    """Files of the source directories that travel with the steps; each directory is compared once."""
    before = {snapshot.id: snapshot for snapshot in old.snapshots}
    after = {snapshot.id: snapshot for snapshot in new.snapshots}
    pairs = dict.fromkeys(
        (before_step.snapshot, after_step.snapshot) for before_step, after_step in matched.steps
    )
    pairs.update(dict.fromkeys(_find_contexts(old, new, matched)))
    compared = set()
    for before_id, after_id in pairs:
        left, right = before[before_id], after[after_id]
        if left.digest == right.digest or (left.digest, right.digest) in compared:
            continue
        compared.add((left.digest, right.digest))
        changes = list(file_changes(f"{right.directory}:", _file_digests(left), _file_digests(right)))
        yield from changes or [Change("source", right.directory, what="changed")]


def _find_contexts(old: ir.Pipeline, new: ir.Pipeline, matched: Match) -> Iterator[tuple[str, str]]:
    """The snapshots that Dockerfiles copy from, where both sides of an environment have one."""
    for environment in old.environments:
        if environment.context and environment.id in matched.environments:
            context = new.environment(matched.environments[environment.id]).context
            if context:
                yield environment.context, context


def _file_digests(snapshot: ir.Snapshot) -> dict[str, str]:
    return {file.path: file.sha256 for file in snapshot.files}


def compare_nodes(kind: str, old: Iterable[ir.Node], new: Iterable[ir.Node]) -> Iterator[Change]:
    """Nodes compared by their names, else by their place in the list, field by field."""
    before, after = _index_nodes(old), _index_nodes(new)
    for name in _join_names(before, after):
        left, right = before.get(name), after.get(name)
        if left is None or right is None:
            yield Change(kind, name, what="added" if left is None else "removed")
        elif left != right:
            yield from mapping_changes(f"{kind} {name},", left, right)


def _index_nodes(nodes: Iterable[ir.Node]) -> dict[str, dict[str, str]]:
    named = {}
    for number, node in enumerate(nodes, start=1):
        fields = node_data(node)
        name = fields.get("name") or fields.get("id") or number
        named[str(name)] = {
            key: render_value(value) for key, value in fields.items() if value not in (None, [], {})
        }
    return named


def node_data(node: ir.Node) -> dict[str, Any]:
    """A node as data, without the places in the source."""
    return cast("dict[str, Any]", plain(node, exclude=("span",)))


def named_values(entries: Sequence[ir.NamedValue]) -> dict[str, str]:
    """Names with their values; those that sound secret as digests that no change shows."""
    return {
        entry.name: f"<secret {hash(entry.value)}>" if looks_secret(entry.name) else entry.value
        for entry in entries
    }


def secret_difference(kind: str, name: str, before: object, after: object) -> Change:
    """The change of a value, hidden where its name sounds secret."""
    if looks_secret(name):
        return Change(kind, name, what=f"changed ({HIDDEN})")
    return Change(kind, name, render_value(before), render_value(after))


def render_value(value: object) -> str:
    """A value in one line: texts as they are, everything else as JSON."""
    if isinstance(value, str) and value:
        return value
    if isinstance(value, ir.Node):
        value = node_data(value)
    return json.dumps(value, ensure_ascii=False)


def _join_names(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    return [*before, *(name for name in after if name not in before)]
