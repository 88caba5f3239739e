"""Arguments of models: bound as the SDK binds them, but for what a model knows better."""

from __future__ import annotations

from inspect import Signature

import pytest

from pipelift.compiler.evaluate.signatures import OMITTED, Misfit, fit
from pipelift.compiler.evaluate.values import Value
from pipelift.compiler.sdk.catalogue.signatures import read_signature

THEIRS = read_signature("name, size, mode='mount'")


def needs_all(name: Value, size: Value, mode: Value = "mount") -> None:
    """A model with the SDK's parameters."""


def needs_no_size(name: Value, size: Value = OMITTED, older: Value = None) -> None:
    """A model that does without one, and knows another of an older version."""


def takes_any(name: Value, **_: Value) -> None:
    """A model of several classes: each has parameters of its own."""


@pytest.mark.parametrize(
    ("function", "args", "kwargs", "named"),
    [
        (needs_all, ("a", 1), {}, {"name": "a", "size": 1}),
        (needs_all, ("a",), {"size": 1, "mode": "x"}, {"name": "a", "size": 1, "mode": "x"}),
        (needs_no_size, ("a",), {}, {"name": "a"}),
        (needs_no_size, ("a",), {"older": 2}, {"name": "a", "older": 2}),
        (needs_no_size, ("a", 1, "x"), {}, {"name": "a", "size": 1}),
        (takes_any, ("a", 1), {"timeout": 20}, {"name": "a", "size": 1, "timeout": 20}),
    ],
)
def test_what_fits(
    function: object, args: tuple[Value, ...], kwargs: dict[str, Value], named: dict[str, Value]
) -> None:
    assert callable(function)
    assert fit(function, THEIRS, args, kwargs) == ((), named)


@pytest.mark.parametrize(
    ("function", "args", "kwargs", "why"),
    [
        (needs_all, ("a",), {}, "missing a required argument: 'size'"),
        (needs_all, ("a", 1), {"sise": 2}, "got an unexpected keyword argument 'sise'"),
        (needs_all, ("a", 1), {"name": "b"}, "multiple values for argument 'name'"),
        (needs_no_size, (), {}, "missing a required argument: 'name'"),
        (takes_any, ("a",), {"timeout": 20}, "missing a required argument: 'size'"),
    ],
)
def test_what_does_not_fit(
    function: object, args: tuple[Value, ...], kwargs: dict[str, Value], why: str
) -> None:
    assert callable(function)
    with pytest.raises(Misfit) as raised:
        fit(function, THEIRS, args, kwargs)
    assert why in str(raised.value)


def test_a_function_without_parameters_takes_none() -> None:
    with pytest.raises(Misfit):
        fit(lambda: None, Signature(), ("a",), {})
