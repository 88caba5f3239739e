"""What a node of the IR holds, as plain values: for what runs in every command, where pydantic need not be loaded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from operator import attrgetter

from pipelift.compiler.diagnostics.span import Span
from pipelift.compiler.ir.node import Node

_VALUES: dict[type, Callable[[object], tuple[object, ...]]] = {}
_NAMES: dict[type, tuple[str, ...]] = {}


def plain(value: object) -> object:
    """A node, or what one holds, as JSON data: the same as `wire.as_data` gives, in the order of the fields."""
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    if isinstance(value, (Node, Span)):
        return {name: plain(getattr(value, name)) for name in _field_names(type(value))}
    return value


def texts(node: Node) -> tuple[str, ...]:
    """Every text that `node` holds, in itself or in other nodes, each once."""
    strings: dict[str, None] = {}
    waiting: list[object] = [node]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            strings[value] = None
        elif isinstance(value, tuple):
            waiting.extend(value)
        elif isinstance(value, (Node, Span)):
            waiting.extend(_values_of(type(value))(value))
    return tuple(strings)


def _field_names(cls: type) -> tuple[str, ...]:
    if cls not in _NAMES:
        _NAMES[cls] = tuple(field.name for field in fields(cls) if field.init)
    return _NAMES[cls]


def _values_of(cls: type) -> Callable[[object], tuple[object, ...]]:
    """What gives the values of all fields of a node at once; of a single field `attrgetter` gives no tuple."""
    if cls not in _VALUES:
        names = _field_names(cls)
        get = attrgetter(*names)
        _VALUES[cls] = get if len(names) > 1 else lambda node: (get(node),)
    return _VALUES[cls]
