"""What a node of the IR holds, as plain values: for what runs in every command, where pydantic need not be loaded."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import fields
from operator import attrgetter

from pipelift.compiler.diagnostics.span import Span
from pipelift.compiler.ir.node import Node

ValuesOf = Callable[[object], tuple[object, ...]]

_FIELDS: dict[type, tuple[tuple[str, ...], ValuesOf]] = {}
_FLOATS = ("float", "float | None")


def plain(value: object, *, exclude: Collection[str] = ()) -> object:
    """A node, or what one holds, as JSON data: the same as `wire.as_data` gives, in the order of the fields.

    Fields that are called as one of `exclude` are left out at every depth.
    """
    if value is None or isinstance(value, (str, int, float)):
        return value
    if isinstance(value, tuple):
        return [plain(item, exclude=exclude) for item in value]
    if isinstance(value, (Node, Span)):
        names, values_of = _list_fields(type(value))
        return {
            name: item if item is None or type(item) is str else plain(item, exclude=exclude)
            for name, item in zip(names, values_of(value), strict=True)
            if name not in exclude
        }
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
            waiting.extend(_list_fields(type(value))[1](value))
    return tuple(strings)


def _list_fields(cls: type) -> tuple[tuple[str, ...], ValuesOf]:
    """The names of the fields of the dataclass `cls`, in their order, and what gives the values of all of them.

    What a dataclass derives for itself (``init=False``) is none. A field that is declared as a float may hold an
    int, as the type checker allows; its value is given as a float, as it is written.
    """
    if cls in _FIELDS:
        return _FIELDS[cls]
    listed = [field for field in fields(cls) if field.init]
    names = tuple(field.name for field in listed)
    floats = [index for index, field in enumerate(listed) if field.type in _FLOATS]
    get = _get_all(names)
    _FIELDS[cls] = names, _convert_floats(get, floats) if floats else get
    return _FIELDS[cls]


def _get_all(names: tuple[str, ...]) -> ValuesOf:
    if not names:
        return lambda node: ()
    get = attrgetter(*names)
    return get if len(names) > 1 else lambda node: (get(node),)


def _convert_floats(get: ValuesOf, floats: list[int]) -> ValuesOf:
    def values_of(node: object) -> tuple[object, ...]:
        values = list(get(node))
        for index in floats:
            if type(value := values[index]) is int:
                values[index] = float(value)
        return tuple(values)

    return values_of
