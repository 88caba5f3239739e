"""The ways to make a model of a library's function or module."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from pipelift.compiler.evaluate import meter, operators
from pipelift.compiler.evaluate.enums import plain_value
from pipelift.compiler.evaluate.iteration import limit_items, list_items
from pipelift.compiler.evaluate.machine import LibraryCall
from pipelift.compiler.evaluate.objects import Function, Instance, UserClass
from pipelift.compiler.evaluate.values import (
    PLAIN,
    SEQUENCES,
    Iter,
    Model,
    Modelled,
    Module,
    Unknown,
    Value,
)

_OBJECTS = (Modelled, Instance, Function, Model, UserClass)


def plain(name: str, function: Callable[..., Value], native: type | None = None) -> Model:
    """A model that hands known arguments to one of Python's own functions, under the operators' limits."""

    def run(call: LibraryCall, *args: Value, **kwargs: Value) -> Value:
        plain_args = [_to_plain(call, value) for value in args]
        if any(map(_has_objects, (*plain_args, *kwargs.values()))):
            return Unknown(f"pipelift does not follow {name}() on an object", call.span)
        for value in plain_args:
            meter.index(len(value) if isinstance(value, (dict, *SEQUENCES)) else 0)
            meter.read(len(value) if isinstance(value, (str, bytes)) else 0)
        result: Value = operators.apply(lambda: function(*plain_args, **kwargs))
        meter.charge(result)
        return Iter(limit_items(result)) if isinstance(result, Iterator) else result

    return Model(name, run, native=native)


def _to_plain(call: LibraryCall, value: Value) -> Value:
    return list_items(call.machine, value, call.span) if isinstance(value, Iter) else plain_value(value)


def _has_objects(value: Value) -> bool:
    if isinstance(value, PLAIN):
        return False
    if isinstance(value, dict):
        return any(isinstance(item, _OBJECTS) for item in value.values())
    return isinstance(value, _OBJECTS) or (
        isinstance(value, SEQUENCES) and any(isinstance(item, _OBJECTS) for item in value)
    )


def ignored(name: str) -> Model:
    """A model of what has no effect on the graph, as `print`."""
    return Model(name, lambda call, *args, **kwargs: None, takes_unknown=True)


def opaque(name: str, reason: str) -> Model:
    """A model of what only a run can know."""
    return Model(name, lambda call, *args, **kwargs: Unknown(reason, call.span), takes_unknown=True)


def passthrough(name: str) -> Model:
    """A model of a decorator, or a maker of one, that leaves its function as it is for the graph."""

    def run(call: LibraryCall, *args: Value, **kwargs: Value) -> Value:
        if len(args) == 1 and not kwargs and isinstance(args[0], (Function, UserClass)):
            return args[0]
        return Model(name, lambda again, function: function, takes_unknown=True)

    return Model(name, run, takes_unknown=True)


def items(call: LibraryCall, value: Value) -> list[Value]:
    """The items of an iterable argument."""
    return list_items(call.machine, value, call.span)


def partial_module(name: str, members: dict[str, Value]) -> Module:
    """A module whose other members are unknown."""
    missing = lambda member, span: Unknown(f"pipelift does not model {name}.{member}", span)  # noqa: E731
    return Module(name, members, missing, partial=True)


def silent_module(name: str, members: tuple[str, ...]) -> Module:
    """A module whose functions have no effect on the graph."""
    return partial_module(name, {member: ignored(f"{name}.{member}") for member in members})
