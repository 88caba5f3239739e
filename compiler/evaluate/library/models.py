"""The ways to make a model of a library's function or module."""

from __future__ import annotations

from collections.abc import Callable

from pipelift.compiler.evaluate import operators
from pipelift.compiler.evaluate.values import (
    Call,
    Function,
    Instance,
    Model,
    Modelled,
    Module,
    Unknown,
    Value,
)


def plain(name: str, function: Callable[..., Value]) -> Model:
    """A model that hands known arguments to one of Python's own functions, under the operators' limits."""

    def run(call: Call, *args: Value, **kwargs: Value) -> Value:
        if any(isinstance(value, (Modelled, Instance, Function)) for value in (*args, *kwargs.values())):
            return Unknown(f"pipelift does not follow {name}() on an object", call.span)
        try:
            return operators.apply(lambda: function(*args, **kwargs))
        except operators.TooLarge:
            return Unknown(f"the result of {name}() is too large", call.span)

    return Model(name, run)


def ignored(name: str) -> Model:
    """A model of what has no effect on the graph, as `print`."""
    return Model(name, lambda call, *args, **kwargs: None, takes_unknown=True)


def opaque(name: str, reason: str) -> Model:
    """A model of what only a run can know."""
    return Model(name, lambda call, *args, **kwargs: Unknown(reason, call.span), takes_unknown=True)


def partly(name: str, members: dict[str, Value]) -> Module:
    """A module whose other members are unknown."""
    return Module(
        name, members, lambda member, span: Unknown(f"pipelift does not model {name}.{member}", span)
    )
