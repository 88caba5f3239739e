"""Attributes and methods of Python's own values, restricted to those that only compute."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import TYPE_CHECKING

from pipelift.compiler.evaluate import operators, texts
from pipelift.compiler.evaluate.values import (
    Interpolated,
    NativeMethod,
    Raised,
    Unknown,
    Value,
    derived,
    find_unknown,
)
from pipelift.compiler.span import Span

if TYPE_CHECKING:
    from pipelift.compiler.evaluate.interpreter import Interpreter

_DATES = (datetime.date, datetime.time, datetime.timedelta, datetime.timezone)
NATIVE = (
    str,
    bytes,
    bool,
    int,
    float,
    complex,
    list,
    dict,
    tuple,
    set,
    frozenset,
    range,
    PurePosixPath,
    *_DATES,
)

_GROWING = frozenset({"ljust", "rjust", "center", "zfill", "expandtabs", "replace", "join", "translate"})
"""Methods of texts that can make a long one from short ones."""

_CHANGING: Mapping[type, frozenset[str]] = MappingProxyType(
    {
        list: frozenset({"append", "extend", "insert", "remove", "pop", "clear", "sort", "reverse"}),
        dict: frozenset({"update", "pop", "popitem", "clear", "setdefault"}),
        set: frozenset({"add", "update", "discard", "remove", "pop", "clear"}),
    }
)


def attribute(owner: Value, name: str, span: Span) -> Value:
    """``owner.name`` of one of Python's own values: data, or a method to be called later."""
    if isinstance(owner, Interpolated):
        return Unknown(f"pipelift does not follow '{name}' on a text with references", span)
    if not isinstance(owner, NATIVE) or name.startswith("_"):
        return Unknown(f"pipelift does not follow '{name}' on this value", span)
    if isinstance(owner, PurePosixPath):
        from pipelift.compiler.evaluate.library.paths import PATH_METHODS

        if name in PATH_METHODS:
            return NativeMethod(owner, name)
    if not hasattr(owner, name):
        raise Raised("AttributeError", f"'{type(owner).__name__}' object has no attribute '{name}'", span)
    member = getattr(owner, name)
    return NativeMethod(owner, name) if callable(member) else list(member) if name == "parents" else member


def call(
    it: Interpreter, method: NativeMethod, args: Sequence[Value], kwargs: Mapping[str, Value], span: Span
) -> Value:
    """The value of calling a method of one of Python's own values."""
    owner, name = method.receiver, method.name
    if isinstance(owner, PurePosixPath):
        from pipelift.compiler.evaluate.library.paths import PATH_METHODS

        if name in PATH_METHODS:
            return PATH_METHODS[name](it.handle(span), owner, *args, **kwargs)
    if isinstance(owner, str) and name in ("format", "format_map"):
        fields = kwargs if name == "format" else (args[0] if args and isinstance(args[0], dict) else {})
        return texts.format_template(owner, args if name == "format" else (), fields, span)
    changing = name in _CHANGING.get(type(owner), ())
    if changing:
        it.journal.touch(owner)
        if isinstance(owner, list) and name in ("extend", "sort"):
            return _change_list(it, owner, name, args, kwargs, span)
    unknown = find_unknown([*args, *kwargs.values()], 1)
    if unknown is not None and not (changing or (isinstance(owner, dict) and name in ("get", "copy"))):
        return derived("an argument is not known", span, unknown)
    if isinstance(owner, dict) and name == "update" and args and isinstance(args[0], Unknown):
        return None
    return _apply(owner, name, args, kwargs, span)


def _change_list(
    it: Interpreter,
    owner: list[Value],
    name: str,
    args: Sequence[Value],
    kwargs: Mapping[str, Value],
    span: Span,
) -> Value:
    if name == "extend":
        items = args[0] if args else []
        owner.extend([items] if isinstance(items, Unknown) else list(items))
        return None
    key = kwargs.get("key")
    keys = [item if key is None else it.call(key, (item,), {}, span) for item in owner]
    if find_unknown(keys) is None:
        pairs = operators.apply(
            lambda: sorted(zip(keys, range(len(owner)), strict=True), reverse=bool(kwargs.get("reverse")))
        )
        owner[:] = [owner[position] for _, position in pairs]
    return None


def _apply(owner: Value, name: str, args: Sequence[Value], kwargs: Mapping[str, Value], span: Span) -> Value:
    if name in _GROWING and _may_be_large(owner, name, args):
        return Unknown("the text is too long", span)
    try:
        result = operators.apply(lambda: getattr(owner, name)(*args, **kwargs))
    except operators.TooLarge:
        return Unknown("the result is too large", span)
    except Raised as error:
        error.span = span
        raise
    if isinstance(owner, dict) and name in ("keys", "values", "items"):
        return list(result)
    return result


def _may_be_large(owner: Value, name: str, args: Sequence[Value]) -> bool:
    if name == "join":
        return not args or not isinstance(args[0], (list, tuple, set, dict, str))
    numbers = [argument for argument in args if isinstance(argument, int)]
    longest = max((len(argument) for argument in args if isinstance(argument, (str, bytes))), default=1)
    size = len(owner) if isinstance(owner, (str, bytes)) else 1
    return any(number > operators.MAX_SIZE for number in numbers) or size * longest > operators.MAX_SIZE
