"""Every field of a pipeline, changed: what a target has to notice, field by field."""

from __future__ import annotations

import types
import typing
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import chain

from pydantic import ValidationError
from pydantic_core import PydanticSerializationError

from pipelift.compiler import ir
from pipelift.compiler.ir.fields import field_types, node_classes
from pipelift.compiler.ir.node import Node
from pipelift.compiler.ir.wire import as_data, from_data

Path = tuple[tuple[str, int | None], ...]
"""The fields on the way down to a node, each with the index where it holds several."""

Update = Mapping[str, object]

NAMES: Mapping[str, tuple[str, ...]] = {
    "Step.id": ("StepSource.step", "OrderEdge.before", "OrderEdge.after"),
    "Environment.id": ("Step.environment",),
    "Snapshot.id": ("Step.snapshot", "Environment.context"),
    "Dataset.id": ("DatasetSource.dataset",),
    "Parameter.name": (
        *("Step.parameters", "ParameterValue.parameter", "ParameterSetting.name"),
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
    "Location.query": ({"query": "SELECT 1", "path": "", "pieces": ()},),
    "Script.path": ("use.py", "make.py"),
    "Step.unsupported": ("it needs a service",),
}
"""Other values where any would not do; a mapping changes several fields of the node."""

_WITH_NODES: dict[type[Node], tuple[str, ...]] = {}


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
    cls, _, name = field.partition(".")
    nodes = _Nodes(pipeline)
    for path, node in nodes.paths[cls]:
        old = getattr(node, name)
        for new in _other_values(nodes, field, node, old):
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
    nodes = _Nodes(pipeline)
    names_of = {owner: set(nodes.list_values(owner)) for owner in NAMES}
    for field, owner in _OWNERS.items():
        values = chain.from_iterable(
            entry if isinstance(entry, tuple) else (entry,) for entry in nodes.list_values(field)
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
    nodes = _Nodes(step)
    return (
        set(nodes.list_values("InputPath.port")) <= {port.name for port in step.inputs}
        and set(nodes.list_values("OutputPath.port")) <= {port.name for port in step.outputs}
        and set(nodes.list_values("ParameterValue.parameter")) <= set(step.parameters)
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
    return _convert(pipeline, {*free, *values}, lambda old: f"{old}{text}" if isinstance(old, str) else old)


def _holds_nodes(annotation: object) -> bool:
    if isinstance(annotation, type) and issubclass(annotation, Node):
        return True
    return any(_holds_nodes(part) for part in typing.get_args(annotation))


def _is_fixed(annotation: object) -> bool:
    return typing.get_origin(annotation) is typing.Literal and len(typing.get_args(annotation)) == 1


class _Nodes:
    """A node and all below it, by the names of their classes: one walk answers every question about fields."""

    def __init__(self, top: Node) -> None:
        self.paths: dict[str, list[tuple[Path, Node]]] = defaultdict(list)
        self._add(top, ())

    def list_values(self, field: str) -> list[object]:
        """What `field` (``Class.field``) holds, for each node that has it, in the order of the nodes."""
        cls, _, name = field.partition(".")
        return [getattr(node, name) for _, node in self.paths[cls]]

    def _add(self, node: Node, path: Path) -> None:
        self.paths[type(node).__name__].append((path, node))
        for name in _fields_with_nodes(type(node)):
            value = getattr(node, name)
            if isinstance(value, Node):
                self._add(value, (*path, (name, None)))
            elif isinstance(value, tuple):
                for index, part in enumerate(value):
                    if isinstance(part, Node):
                        self._add(part, (*path, (name, index)))


def _fields_with_nodes(cls: type[Node]) -> tuple[str, ...]:
    if cls not in _WITH_NODES:
        _WITH_NODES[cls] = tuple(name for name, kind in field_types(cls).items() if _holds_nodes(kind))
    return _WITH_NODES[cls]


N = typing.TypeVar("N", bound=Node)


def _rebuild(node: N, path: Path, update: Update) -> N:
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
    return _convert(node, fields, lambda value: new if value == old else value)


def _convert(node: N, fields: set[str], convert: Callable[[object], object]) -> N:
    """`node` with what `convert` makes of each value in those fields, and of each part of a tuple there."""
    update: dict[str, object] = {}
    for name in _fields_with_nodes(type(node)):
        value = getattr(node, name)
        if isinstance(value, Node):
            update[name] = _convert(value, fields, convert)
        elif isinstance(value, tuple):
            update[name] = tuple(
                _convert(part, fields, convert) if isinstance(part, Node) else part for part in value
            )
    for name in field_types(type(node)).keys() - update.keys():
        if f"{type(node).__name__}.{name}" in fields:
            value = getattr(node, name)
            update[name] = tuple(map(convert, value)) if isinstance(value, tuple) else convert(value)
    return replace(node, **update) if update else node


def _other_values(nodes: _Nodes, field: str, node: Node, old: object) -> Iterator[object]:
    if field in _OTHERS:
        yield from (value for value in _OTHERS[field] if value != old)
        return
    if field in _OWNERS:
        names = list(dict.fromkeys(nodes.list_values(_OWNERS[field])))
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
