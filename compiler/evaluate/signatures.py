"""Arguments of models: bound by the signature of what is modelled, and handed over by name."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from inspect import Parameter, Signature
from typing import Final

from pipelift.compiler.diagnostics.suggestion import suggest
from pipelift.compiler.evaluate.values import Value

OMITTED: Final = object()
"""The default of a model's parameter that the SDK demands and programs leave out, since its documentation does."""


class Misfit(Exception):
    """The arguments fit neither what is modelled nor the model; the text says why."""


@lru_cache(maxsize=4096)
def _read_signature(function: Callable[..., Value]) -> Signature | None:
    try:
        return inspect.signature(function)
    except (TypeError, ValueError):
        return None


def find_misfit(
    function: Callable[..., Value], args: Sequence[Value], kwargs: Mapping[str, Value]
) -> str | None:
    """Why the arguments do not fit the function's own signature; None where they do."""
    signature = _read_signature(function)
    try:
        if signature is not None:
            signature.bind(*args, **kwargs)
    except TypeError as error:
        return str(error)
    return None


def fit(
    function: Callable[..., Value],
    signature: Signature,
    args: Sequence[Value],
    kwargs: Mapping[str, Value],
) -> tuple[tuple[Value, ...], dict[str, Value]]:
    """The arguments by their names in `signature`, as far as the model takes them: others have no effect there.

    A model may name parameters that `signature` lacks, or take any (``**``): other versions or kinds of it have them.
    It may do without one that `signature` demands (its default is `OMITTED`). Raises `Misfit` for what neither has.
    """
    own = _read_signature(function)
    taken = own.parameters if own is not None else {}
    kinds = {parameter.kind for parameter in taken.values()}
    takes_any = Parameter.VAR_KEYWORD in kinds and Parameter.VAR_POSITIONAL not in kinds
    others = {name: kwargs[name] for name in kwargs if name not in signature.parameters}
    older = {name: value for name, value in others.items() if name in taken or takes_any}
    try:
        bound = signature.bind_partial(*args, **{name: kwargs[name] for name in kwargs if name not in older})
        _demand(signature, bound.arguments, taken)
    except TypeError as error:
        raise Misfit(_explain(signature, kwargs, older) or str(error)) from None
    more: tuple[Value, ...] = ()
    named: dict[str, Value] = dict(older)
    for name, value in bound.arguments.items():
        kind = signature.parameters[name].kind
        if kind is Parameter.VAR_POSITIONAL:
            more = value
        elif kind is Parameter.VAR_KEYWORD:
            named.update(value)
        else:
            named[name] = value
    if Parameter.VAR_KEYWORD not in kinds:
        named = {name: value for name, value in named.items() if name in taken}
    return (more if Parameter.VAR_POSITIONAL in kinds else ()), named


def _demand(signature: Signature, given: Mapping[str, Value], taken: Mapping[str, Parameter]) -> None:
    """Raise Python's `TypeError` for a parameter that is not given, where the model does not do without it."""
    spared = {name for name, parameter in taken.items() if parameter.default is OMITTED}
    for name, parameter in signature.parameters.items():
        variadic = parameter.kind in (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)
        if parameter.default is Parameter.empty and not variadic and name not in {*given, *spared}:
            raise TypeError(f"missing a required argument: {name!r}")


def _explain(signature: Signature, kwargs: Mapping[str, Value], older: Mapping[str, Value]) -> str | None:
    """The keyword that the signature lacks, which explains more than the parameter that is missing for it."""
    if any(parameter.kind is Parameter.VAR_KEYWORD for parameter in signature.parameters.values()):
        return None
    lacking = (name for name in kwargs if name not in signature.parameters and name not in older)
    name = next(lacking, None)
    if name is None:
        return None
    return f"got an unexpected keyword argument '{name}'{suggest(name, signature.parameters)}"
