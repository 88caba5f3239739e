"""Attributes and methods of Python's own values, restricted to those that only compute."""

from __future__ import annotations

import datetime
import re
from collections import deque
from collections.abc import Callable, ItemsView, Iterable, Iterator, KeysView, Mapping, Sequence, ValuesView
from dataclasses import dataclass
from decimal import Decimal
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import TypeVar

from pipelift.compiler.diagnostics.span import Span
from pipelift.compiler.evaluate import growth, meter, operators, texts
from pipelift.compiler.evaluate.display import NotKnown
from pipelift.compiler.evaluate.iteration import limit_items, list_items
from pipelift.compiler.evaluate.left_out import forget
from pipelift.compiler.evaluate.machine import LibraryCall, Machine
from pipelift.compiler.evaluate.values import (
    PLAIN,
    Interpolated,
    Iter,
    Model,
    NativeMethod,
    Raised,
    Unknown,
    Value,
    derived,
    find_unknown,
    holds_unknown,
)

_DATES = (datetime.date, datetime.time, datetime.timedelta, datetime.timezone)
_VIEWS = (KeysView, ValuesView, ItemsView)
NATIVE: tuple[type, ...] = (
    str,
    bytes,
    bytearray,
    bool,
    int,
    float,
    complex,
    list,
    dict,
    tuple,
    set,
    frozenset,
    deque,
    range,
    slice,
    type(None),
    Decimal,
    PurePosixPath,
    re.Pattern,
    re.Match,
    *_VIEWS,
    *_DATES,
)
_OF_RECORDS = frozenset({"_asdict", "_replace", "_fields"})
"""What a named tuple has beside its fields."""

_OF_THE_CLASS = frozenset({"fromkeys", "maketrans", "fromhex", "from_bytes", "fromisoformat"})
"""Methods that are called on the class itself."""

_CHANGING: Mapping[type, frozenset[str]] = MappingProxyType(
    {
        list: frozenset({"append", "extend", "insert", "remove", "pop", "clear", "sort", "reverse"}),
        dict: frozenset({"update", "pop", "popitem", "clear", "setdefault", "move_to_end", "subtract"}),
        set: frozenset(
            {"add", "update", "discard", "remove", "pop", "clear", "difference_update", "intersection_update"}
        ),
        deque: frozenset(
            {"append", "appendleft", "extend", "extendleft", "pop", "popleft", "remove", "clear", "rotate"}
        ),
    }
)
_KEEPS_UNKNOWN = frozenset(
    {"append", "appendleft", "add", "insert", "setdefault", "extend", "extendleft", "update", "copy", "count"}
)
"""Methods that may be given something unknown as an item."""

T = TypeVar("T")
MethodModel = Callable[[LibraryCall, T, str, tuple[Value, ...], dict[str, Value]], Value]
"""Gets the value, the name of its method and the arguments, some of which may be unknown."""


@dataclass(frozen=True, slots=True)
class _Methods:
    names: frozenset[str]
    function: Callable[..., Value]


_MODELLED: dict[type, _Methods] = {}


def model_methods(kind: type[T], names: Iterable[str], function: MethodModel[T]) -> None:
    """Let `function` stand for the methods `names` of `kind`: of those that do more than compute, or may take long.

    The models of the standard library call this, one for each class of Python's that has such methods.
    """
    _MODELLED[kind] = _Methods(frozenset(names), function)


def get_attribute(owner: Value, name: str, span: Span) -> Value:
    """``owner.name`` of one of Python's own values: data, or a method to be called later."""
    if isinstance(owner, Interpolated):
        return Unknown(f"pipelift does not follow '{name}' on a text with references", span)
    if isinstance(owner, Iter):
        return Unknown(f"pipelift does not follow '{name}' on an iterator", span)
    if not isinstance(owner, NATIVE) or (name.startswith("_") and name not in _OF_RECORDS):
        return Unknown(f"pipelift does not follow '{name}' on this value", span)
    if any(isinstance(owner, kind) and name in methods.names for kind, methods in _MODELLED.items()):
        return NativeMethod(owner, name)
    if not hasattr(owner, name):
        raise Raised("AttributeError", f"'{type(owner).__name__}' object has no attribute '{name}'", span)
    member = getattr(owner, name)
    return NativeMethod(owner, name) if callable(member) else list(member) if name == "parents" else member


def unbound_method(native: type, name: str) -> Model:
    """A method taken from its class, as ``str.upper``."""

    def run(call: LibraryCall, *args: Value, **kwargs: Value) -> Value:
        unknown = find_unknown([*args, *kwargs.values()], 2)
        if name in _OF_THE_CLASS and unknown is None:
            growth.check_unbound(native, name, [*args, *kwargs.values()])
            made = operators.apply(lambda: getattr(native, name)(*args, **kwargs))
            meter.charge(made)
            return made
        if args and isinstance(args[0], native):
            return call.invoke(NativeMethod(args[0], name), args[1:], kwargs)
        if unknown is not None:
            return derived("an argument is not known", call.span, unknown)
        raise Raised("TypeError", f"descriptor '{name}' for '{native.__name__}' objects needs one", call.span)

    return Model(f"{native.__name__}.{name}", run, takes_unknown=True)


def call(
    it: Machine, method: NativeMethod, args: Sequence[Value], kwargs: Mapping[str, Value], span: Span
) -> Value:
    """The value of calling a method of one of Python's own values."""
    owner, name = method.receiver, method.name
    for kind, methods in _MODELLED.items():
        if isinstance(owner, kind) and name in methods.names:
            return methods.function(it.handle(span), owner, name, tuple(args), dict(kwargs))
    if isinstance(owner, PurePosixPath):
        unknown = find_unknown([*args, *kwargs.values()], 1)
        if unknown is not None:
            return derived("an argument is not known", span, unknown)
        return _apply(owner, name, args, kwargs)
    if isinstance(owner, str) and name in ("format", "format_map"):
        fields = kwargs if name == "format" else (args[0] if args and isinstance(args[0], dict) else {})
        return texts.format_template(it, owner, args if name == "format" else (), fields, span)
    changing = next((name in names for kind, names in _CHANGING.items() if isinstance(owner, kind)), False)
    if not changing or not isinstance(owner, (list, dict, set, deque)):
        return _compute(it, owner, name, args, kwargs, span)
    it.journal.touch_value(owner)
    try:
        if isinstance(owner, list) and name == "sort":
            return _sort(it, owner, args, kwargs, span)
        return _compute(it, owner, name, args, kwargs, span, changing=True)
    except meter.TooLarge:
        unknown = Unknown(f"the result of {name}() is too large", span, unread=True)
        forget(it, owner, unknown)
        return unknown


def _compute(
    it: Machine,
    owner: Value,
    name: str,
    args: Sequence[Value],
    kwargs: Mapping[str, Value],
    span: Span,
    *,
    changing: bool = False,
) -> Value:
    args = [_expand_argument(it, owner, name, arg, span) for arg in args]
    unknown = _find_unknown_argument(owner, name, args, kwargs)
    if unknown is not None:
        if changing and isinstance(owner, dict):
            owner[unknown] = derived("what is changed is not known", span, unknown)
        return derived("an argument is not known", span, unknown)
    return _apply(owner, name, args, kwargs)


def _expand_argument(it: Machine, owner: Value, name: str, argument: Value, span: Span) -> Value:
    """An iterable argument as one that Python's own method takes."""
    takes_items = name in ("extend", "extendleft", "join", "update", "union", "intersection", "difference")
    if isinstance(argument, Iter) or (takes_items and isinstance(owner, list)):
        return list_items(it, argument, span)
    if isinstance(argument, Unknown) and name in ("extend", "extendleft"):
        return list_items(it, argument, span)
    return argument


def _find_unknown_argument(
    owner: Value, name: str, args: Sequence[Value], kwargs: Mapping[str, Value]
) -> Unknown | None:
    """The argument that makes the result unknown, if one does."""
    arguments = [*args, *kwargs.values()]
    growth.weigh_keys(owner, name, args)
    if isinstance(owner, dict) and name in ("get", "pop", "setdefault"):
        first = args[0] if args else None
        missing = not isinstance(first, Unknown) and operators.apply(lambda: first not in owner)
        missing = missing and holds_unknown(owner)
        unknown_key = next((key for key in owner if isinstance(key, Unknown)), None) if missing else None
        return first if isinstance(first, Unknown) else unknown_key
    if isinstance(owner, (list, deque)) and name in (
        "append",
        "appendleft",
        "insert",
        "extend",
        "extendleft",
    ):
        return arguments[0] if name == "insert" and arguments and isinstance(arguments[0], Unknown) else None
    if isinstance(owner, dict) and name == "update":
        return next((arg for arg in args if isinstance(arg, Unknown)), None)
    if isinstance(owner, (list, tuple, deque)) and name in ("index", "count", "remove"):
        if any(not isinstance(argument, PLAIN) for argument in arguments):
            meter.weigh(owner)
        return find_unknown(arguments, 1) or (find_unknown(owner, 1) if holds_unknown(owner) else None)
    if isinstance(owner, (list, deque, set, dict)) and name in _KEEPS_UNKNOWN:
        return None
    if isinstance(owner, list) and name == "pop":
        unknowns = (item for item in owner if isinstance(item, Unknown) and item.many)
        return next(unknowns, None) if holds_unknown(owner) else None
    return find_unknown(arguments, 2)


def _sort(
    it: Machine, owner: list[Value], args: Sequence[Value], kwargs: Mapping[str, Value], span: Span
) -> Value:
    key = kwargs.get("key")
    keys = [item if key is None else it.call(key, (item,), {}, span) for item in owner]
    unknown = find_unknown([*keys, kwargs.get("reverse")])
    if unknown is not None:
        owner[:] = [derived("the order of the list is not known", span, unknown) for _ in owner]
        return None
    order = sort_positions(it, keys, bool(kwargs.get("reverse")), span)
    owner[:] = [owner[position] for position in order]
    return None


def sort_positions(it: Machine, keys: list[Value], reverse: bool, span: Span) -> list[int]:
    """The positions of `keys` in their order; objects of the user's compare by their ``__lt__``."""
    meter.spend(len(keys) // 10)
    wrapped = [_Key(it, key, span) for key in keys]
    return operators.apply(lambda: sorted(range(len(keys)), key=wrapped.__getitem__, reverse=reverse))


class _Key:
    """A sort key that compares as the program's own values do."""

    __slots__ = ("it", "span", "value")

    def __init__(self, it: Machine, value: Value, span: Span) -> None:
        self.it = it
        self.value = value
        self.span = span

    def __lt__(self, other: _Key) -> bool:
        answer = self.it.less(self.value, other.value, self.span)
        if isinstance(answer, Unknown):
            raise NotKnown(answer)
        return answer


def _apply(owner: Value, name: str, args: Sequence[Value], kwargs: Mapping[str, Value]) -> Value:
    growth.check_method(owner, name, [*args, *kwargs.values()])
    result: Value = operators.apply(lambda: getattr(owner, name)(*args, **kwargs))
    if isinstance(result, Iterator):
        result = Iter(limit_items(result))
    elif name not in growth.GIVING:
        meter.charge(result, fresh=isinstance(owner, (str, bytes)))
    return result
