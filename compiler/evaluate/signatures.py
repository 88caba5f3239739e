"""Arguments of models: bound by the signature of what is modelled, and handed over by name."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from inspect import Parameter, Signature

from pipelift.compiler.diagnostics.suggestion import suggest
from pipelift.compiler.evaluate.values import Value


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

    A model may name parameters that `signature` lacks: other versions have them. Raises `Misfit` for what neither has.
    """
    own = _read_signature(function)
    taken = own.parameters if own is not None else {}
    older = {name: kwargs[name] for name in kwargs if name in taken and name not in signature.parameters}
    try:
        bound = signature.bind(*args, **{name: value for name, value in kwargs.items() if name not in older})
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
    kinds = {parameter.kind for parameter in taken.values()}
    if Parameter.VAR_KEYWORD not in kinds:
        named = {name: value for name, value in named.items() if name in taken}
    return (more if Parameter.VAR_POSITIONAL in kinds else ()), named


def _explain(signature: Signature, kwargs: Mapping[str, Value], older: Mapping[str, Value]) -> str | None:
    """The keyword that the signature lacks, which explains more than the parameter that is missing for it."""
    if any(parameter.kind is Parameter.VAR_KEYWORD for parameter in signature.parameters.values()):
        return None
    lacking = (name for name in kwargs if name not in signature.parameters and name not in older)
    name = next(lacking, None)
    if name is None:
        return None
    return f"got an unexpected keyword argument '{name}'{suggest(name, signature.parameters)}"
