"""What the IR's nodes are made of: the types of their fields, for what looks at every field there is."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Iterator, Mapping

from pipelift.compiler.ir.model import Pipeline
from pipelift.compiler.ir.node import Node

_TYPES: dict[type[Node], Mapping[str, object]] = {}


def field_types(cls: type[Node]) -> Mapping[str, object]:
    """The types of the fields that are written, by name, in their order."""
    if cls not in _TYPES:
        hints = typing.get_type_hints(cls)
        _TYPES[cls] = {field.name: hints[field.name] for field in dataclasses.fields(cls) if field.init}
    return _TYPES[cls]


def node_classes() -> tuple[type[Node], ...]:
    """Every class of node that a pipeline may hold, itself first, in the order of the fields."""
    found: dict[type[Node], None] = {Pipeline: None}
    waiting: list[type[Node]] = [Pipeline]
    while waiting:
        inner = [cls for kind in field_types(waiting.pop(0)).values() for cls in _nodes_in(kind)]
        waiting.extend(cls for cls in inner if cls not in found)
        found.update(dict.fromkeys(inner))
    return tuple(found)


def _nodes_in(kind: object) -> Iterator[type[Node]]:
    if isinstance(kind, type) and issubclass(kind, Node):
        yield kind
    for part in typing.get_args(kind):
        yield from _nodes_in(part)
