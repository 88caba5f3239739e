"""Every field of a pipeline, changed: what a target has to notice, field by field."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import chain

from pydantic import ValidationError
from pydantic_core import PydanticSerializationError

from pipelift.compiler import ir
from pipelift.compiler.ir.fields import field_types, node_classes
from pipelift.compiler.ir.node import Node
from pipelift.compiler.ir.wire import as_data, from_data

Step = tuple[str, int | None]
Update = Mapping[str, object]

NAMES: Mapping[str, tuple[str, ...]] = {
    "Step.id": ("StepSource.step", "OrderEdge.before", "OrderEdge.after"),
    "Environment.id": ("Step.environment",),
    "Snapshot.id": ("Step.snapshot", "Environment.context"),
    "Dataset.id": ("DatasetSource.dataset",),
    "Parameter.name": (
        *("Step.parameters", "ParameterValue.parameter", "ParameterSetting.name", "Location.parameter"),
        *("DataParameter.name", "Polling.parameter"),
    ),
    "Store.name": (
        *("Output.store", "Location.store", "Pipeline.default_store", "DataParameter.store", "Polling.store"),
    ),
    "Output.name": ("StepSource.port", "OutputPath.port"),
    "Input.name": ("InputPath.port",),
}
"""What is referred to by name, and the fields that do so: they change together."""

_OWNERS = {field: owner for owner, fields in NAMES.items() for field in fields}
_OTHERS: Mapping[str, tuple[object, ...]] = {
    "Environment.python": ("3.11",),
    "Environment.dockerfile": ("FROM python:3.11\nCOPY . /data\n",),
    "Environment.interpreter": ("/opt/bin/python3",),
    "Recurrence.start": ("2024-02-05T09:00:00",),
    "Recurrence.time_zone": ("Asia/Tokyo",),
    "Recurrence.hours": ((7,),),
    "Recurrence.minutes": ((15,),),
    "Recurrence.week_days": (("friday",),),
    "Recurrence.frequency": ({"frequency": "day", "week_days": ()}, {"frequency": "week"}),
    "Resources.gpu_model": ("AMD Instinct MI300X",),
    "Parameter.type": ({"type": "integer", "default": 3}, {"type": "boolean", "default": True}),
    "Parameter.default": (0.25, "june"),
    "DataParameter.kind": ("dataset",),
    "Location.query": ({"query": "SELECT 1", "path": "", "parameter": None},),
    "Script.path": ("use.py", "make.py"),
    "Step.unsupported": ("it needs a service",),
}
"""Other values where any would not do; a mapping changes several fields of the node."""


def fields_of_the_ir() -> tuple[str, ...]:
    """Every field that holds a value of its own, as ``Class.field``: not those that hold nodes, nor what only tells
    the nodes apart."""
    return tuple(
        f"{cls.__name__}.{name}"
        for cls in node_classes()
        for name, kind in field_types(cls).items()
        if not _holds_nodes(kind) and not _is_fixed(kind)
    )


def changed_pipelines(pipeline: ir.Pipeline, field: str) -> Iterator[ir.Pipeline]:
    """`pipeline` with `field` (``Class.field``) changed, once for each node and other value; all of them are whole."""
    name = field.partition(".")[2]
    for path, node in _walk_nodes(pipeline, ()):
        if type(node).__name__ != field.partition(".")[0]:
            continue
        old = getattr(node, name)
        for new in _other_values(pipeline, field, node, old):
            update = new if isinstance(new, Mapping) else {name: new}
            candidate = _rebuild(pipeline, path, update)
            if field in NAMES:
                candidate = _rename(pipeline, {field, *NAMES[field]}, old, new)
            try:
                changed = from_data(ir.Pipeline, as_data(candidate))
            except (ValidationError, PydanticSerializationError):
                continue
            if changed != pipeline and is_whole(changed):
                yield changed


def is_whole(pipeline: ir.Pipeline) -> bool:
    """Whether every reference in `pipeline` has its node, and steps come after what they need."""
    names_of = {owner: set(_list_values(pipeline, owner)) for owner in NAMES}
    for field, owner in _OWNERS.items():
        values = chain.from_iterable(
            entry if isinstance(entry, tuple) else (entry,) for entry in _list_values(pipeline, field)
        )
        if not {value for value in values if value is not None} <= names_of[owner]:
            return False
    place = {step.id: number for number, step in enumerate(pipeline.steps)}
    ordered = all(place[edge.before] < place[edge.after] for edge in pipeline.order)
    return ordered and all(_has_its_ports(pipeline, step, place) for step in pipeline.steps)


def _has_its_ports(pipeline: ir.Pipeline, step: ir.Step, place: Mapping[str, int]) -> bool:
    for port in step.inputs:
        source = port.source
        if isinstance(source, ir.StepSource):
            outputs = {output.name for output in pipeline.step(source.step).outputs}
            if place[source.step] >= place[step.id] or source.port not in outputs:
                return False
    used_ports = {field: set(_list_values(step, field)) for field in ("InputPath.port", "OutputPath.port")}
    used = set(_list_values(step, "ParameterValue.parameter"))
    return (
        used_ports["InputPath.port"] <= {port.name for port in step.inputs}
        and used_ports["OutputPath.port"] <= {port.name for port in step.outputs}
        and used <= set(step.parameters)
    )


def with_texts(pipeline: ir.Pipeline, text: str) -> ir.Pipeline:
    """`pipeline` with `text` in every place that holds the user's own words."""
    free = (
        "Pipeline.name",
        "Pipeline.description",
        "Pipeline.experiment",
        "Step.name",
        "Step.label",
        "Step.origin",
    )
    values = (
        "Literal.value",
        "NamedValue.value",
        "Schedule.name",
        "Schedule.description",
        "Environment.name",
    )
    for field in (*free, *values):
        for old in dict.fromkeys(_list_values(pipeline, field)):
            if isinstance(old, str):
                pipeline = _rename(pipeline, {field}, old, f"{old}{text}")
    return pipeline


def _holds_nodes(annotation: object) -> bool:
    if isinstance(annotation, type) and issubclass(annotation, Node):
        return True
    return any(_holds_nodes(part) for part in typing.get_args(annotation))


def _is_fixed(annotation: object) -> bool:
    return typing.get_origin(annotation) is typing.Literal and len(typing.get_args(annotation)) == 1


def _walk_nodes(node: Node, path: tuple[Step, ...]) -> Iterator[tuple[tuple[Step, ...], Node]]:
    yield path, node
    for name in field_types(type(node)):
        value = getattr(node, name)
        if isinstance(value, Node):
            yield from _walk_nodes(value, (*path, (name, None)))
        elif isinstance(value, tuple):
            for index, part in enumerate(value):
                if isinstance(part, Node):
                    yield from _walk_nodes(part, (*path, (name, index)))


def _list_values(node: Node, field: str) -> list[object]:
    cls, _, name = field.partition(".")
    return [getattr(child, name) for _, child in _walk_nodes(node, ()) if type(child).__name__ == cls]


N = typing.TypeVar("N", bound=Node)


def _rebuild(node: N, path: tuple[Step, ...], update: Update) -> N:
    if not path:
        return replace(node, **update)
    (name, index), below = path[0], path[1:]
    value = getattr(node, name)
    if index is None:
        return replace(node, **{name: _rebuild(value, below, update)})
    parts = tuple(_rebuild(part, below, update) if at == index else part for at, part in enumerate(value))
    return replace(node, **{name: parts})


def _rename(node: N, fields: set[str], old: object, new: object) -> N:
    """`node` with `new` for `old` in those fields, wherever below it they are."""
    update: dict[str, object] = {}
    for name in field_types(type(node)):
        value = getattr(node, name)
        is_renamed = f"{type(node).__name__}.{name}" in fields
        if isinstance(value, Node):
            update[name] = _rename(value, fields, old, new)
        elif isinstance(value, tuple):
            update[name] = tuple(
                _rename(part, fields, old, new)
                if isinstance(part, Node)
                else new
                if is_renamed and part == old
                else part
                for part in value
            )
        elif is_renamed and value == old:
            update[name] = new
    return replace(node, **update)


def _other_values(pipeline: ir.Pipeline, field: str, node: Node, old: object) -> Iterator[object]:
    if field in _OTHERS:
        yield from (value for value in _OTHERS[field] if value != old)
        return
    if field in _OWNERS:
        names = list(dict.fromkeys(_list_values(pipeline, _OWNERS[field])))
        yield from (value for value in names if value != old and not isinstance(old, tuple))
        if isinstance(old, tuple):
            yield from ((*old, value) for value in names if value not in old)
            yield from (tuple(part for part in old if part != removed) for removed in old)
        return
    annotation = field_types(type(node))[field.partition(".")[2]]
    yield from (value for value in other_values(annotation, old) if value != old)


def other_values(annotation: object, old: object) -> Iterator[object]:
    """Other values of the type that `annotation` names, near `old`."""
    origin = typing.get_origin(annotation)
    if origin in (typing.Union, types.UnionType):
        for part in typing.get_args(annotation):
            yield from other_values(part, old)
    elif origin is typing.Literal:
        yield from typing.get_args(annotation)
    elif origin is tuple:
        parts = old if isinstance(old, tuple) else ()
        yield from (
            (*parts, *added)
            for added in ((value,) for value in other_values(typing.get_args(annotation)[0], None))
        )
    elif annotation is bool:
        yield not old
    elif annotation in (int, float):
        yield (old if isinstance(old, int | float) else 0) + 1
    elif annotation is str:
        yield f"{old}x" if isinstance(old, str) else "x"
