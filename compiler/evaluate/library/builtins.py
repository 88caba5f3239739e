"""Python's builtins."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Mapping
from types import MappingProxyType

from pipelift.compiler.evaluate import operators
from pipelift.compiler.evaluate.library.files import OPEN
from pipelift.compiler.evaluate.library.models import ignored, opaque, plain
from pipelift.compiler.evaluate.values import (
    BoundMethod,
    Call,
    Function,
    Instance,
    Model,
    Modelled,
    ModelledClass,
    NativeMethod,
    Raised,
    Unknown,
    UserClass,
    Value,
    find_unknown,
)


def _items(call: Call, value: Value) -> list[Value]:
    if isinstance(value, (str, bytes, list, tuple, set, frozenset, dict, range)):
        return list(value)
    if isinstance(value, Unknown):
        return [value]
    raise Raised("TypeError", f"'{type(value).__name__}' object is not iterable", call.span)


def _sequence(kind: Callable[[list[Value]], Value]) -> Callable[..., Value]:
    def make(call: Call, items: Value = ()) -> Value:
        if isinstance(items, Unknown) and kind is not list:
            return items
        return operators.apply(kind, _items(call, items))

    return make


def _dict(call: Call, items: Value = (), **entries: Value) -> Value:
    if isinstance(items, Unknown):
        return items
    pairs = items if isinstance(items, dict) else _items(call, items)
    return {**operators.apply(dict, pairs), **entries}


def _text(call: Call, value: Value = "", *rest: Value) -> Value:
    from pipelift.compiler.evaluate.texts import assembled, pieces

    parts = pieces(value, call.span)
    return parts if isinstance(parts, Unknown) else assembled(parts)


def _length(call: Call, value: Value) -> Value:
    if isinstance(value, (str, bytes, list, tuple, set, frozenset, dict, range)):
        unknown = find_unknown(value, 1) if not isinstance(value, dict) else None
        return unknown or len(value)
    if isinstance(value, Unknown):
        return value
    return Unknown("its length is not known", call.span)


def _range(call: Call, *bounds: Value) -> Value:
    made = operators.apply(range, *bounds)
    return made if len(made) <= operators.MAX_SIZE else Unknown("the range is too long", call.span)


def _zip(call: Call, *iterables: Value, **_: Value) -> Value:
    return [tuple(items) for items in zip(*(_items(call, one) for one in iterables), strict=False)]


def _enumerate(call: Call, iterable: Value, start: int = 0) -> Value:
    return [(index, item) for index, item in enumerate(_items(call, iterable), start)]


def _sorted(call: Call, iterable: Value, *, key: Value = None, reverse: Value = False) -> Value:
    items = _items(call, iterable)
    keys = [item if key is None else call.invoke(key, (item,), {}) for item in items]
    unknown = find_unknown(keys)
    if unknown is not None:
        return unknown
    order = operators.apply(lambda: sorted(range(len(items)), key=keys.__getitem__, reverse=bool(reverse)))
    return [items[position] for position in order]


def _map(call: Call, function: Value, *iterables: Value) -> Value:
    rounds = zip(*(_items(call, one) for one in iterables), strict=False)
    return [call.invoke(function, items, {}) for items in rounds]


def _filter(call: Call, function: Value, iterable: Value) -> Value:
    items = _items(call, iterable)
    kept = [item if function is None else call.invoke(function, (item,), {}) for item in items]
    unknown = find_unknown(kept, 1)
    return unknown or [item for item, keep in zip(items, kept, strict=True) if keep]


def _isinstance(call: Call, value: Value, cls: Value) -> Value:
    if isinstance(cls, tuple):
        answers = [_isinstance(call, value, one) for one in cls]
        return True if True in answers else (find_unknown(answers, 1) or False)
    if isinstance(value, Unknown):
        return value
    if isinstance(cls, UserClass):
        return isinstance(value, Instance) and cls in value.cls.order
    if isinstance(cls, ModelledClass):
        answer = value.is_a(cls.cls) if isinstance(value, Modelled) else False
        return Unknown("only the workspace knows its class", call.span) if answer is None else answer
    known = getattr(builtins, getattr(cls, "name", ""), None)
    if isinstance(known, type):
        return isinstance(value, known)
    return Unknown("the class is not known", call.span)


def _type(call: Call, value: Value, *rest: Value) -> Value:
    if isinstance(value, Instance):
        return value.cls
    if isinstance(value, (Modelled, Unknown)):
        return Unknown("only the workspace knows its class", call.span)
    return BUILTINS.get(type(value).__name__, Unknown("its class is not known", call.span))


def _callable(call: Call, value: Value) -> Value:
    return isinstance(value, (Function, Model, BoundMethod, NativeMethod, UserClass, ModelledClass))


def _exception(name: str) -> Model:
    def make(call: Call, *args: Value, **kwargs: Value) -> Value:
        message = str(args[0]) if args and isinstance(args[0], str) else name
        return Raised(name, message, call.span)

    return Model(name, make, takes_unknown=True)


def end_program(call: Call, *args: Value) -> Value:
    """What `exit` and `sys.exit` do."""
    raise Raised("SystemExit", "the program ends itself", call.span)


_PURE = (
    "abs",
    "round",
    "sum",
    "min",
    "max",
    "any",
    "all",
    "divmod",
    "pow",
    "bin",
    "hex",
    "oct",
    "chr",
    "ord",
    "int",
)
_PURE += ("float", "bool", "complex", "repr", "ascii", "hash", "slice", "bytes", "format")

_EXCEPTIONS = {
    name: _exception(name)
    for name, cls in vars(builtins).items()
    if isinstance(cls, type) and issubclass(cls, BaseException)
}

_SPECIAL: dict[str, Model] = {
    "print": ignored("print"),
    "len": Model("len", _length, takes_unknown=True),
    "str": Model("str", _text, True, {"join": Model("str.join", lambda call, sep, items: sep.join(items))}),
    "list": Model("list", _sequence(list), takes_unknown=True),
    "tuple": Model("tuple", _sequence(tuple), takes_unknown=True),
    "set": Model("set", _sequence(set), takes_unknown=True),
    "frozenset": Model("frozenset", _sequence(frozenset), takes_unknown=True),
    "dict": Model("dict", _dict, takes_unknown=True),
    "range": Model("range", _range),
    "zip": Model("zip", _zip, takes_unknown=True),
    "enumerate": Model("enumerate", _enumerate, takes_unknown=True),
    "reversed": Model("reversed", lambda call, items: _items(call, items)[::-1], takes_unknown=True),
    "sorted": Model("sorted", _sorted, takes_unknown=True),
    "map": Model("map", _map, takes_unknown=True),
    "filter": Model("filter", _filter, takes_unknown=True),
    "iter": Model("iter", lambda call, items: items, takes_unknown=True),
    "isinstance": Model("isinstance", _isinstance, takes_unknown=True),
    "issubclass": opaque("issubclass", "pipelift does not follow issubclass()"),
    "type": Model("type", _type, takes_unknown=True),
    "callable": Model("callable", _callable, takes_unknown=True),
    "id": opaque("id", "only a run knows an object's id"),
    "input": opaque("input", "only a run can ask its user"),
    "exit": Model("exit", end_program, takes_unknown=True),
    "quit": Model("quit", end_program, takes_unknown=True),
    "object": Model("object", lambda call: Unknown("an object without a class", call.span)),
    "super": Model(
        "super", lambda call, *args: Unknown("super() stands outside a method", call.span), takes_unknown=True
    ),
    "property": Model("property", lambda call, *args: Unknown("a property made by a call", call.span), True),
    "staticmethod": Model("staticmethod", lambda call, function: function, True),
    "classmethod": Model("classmethod", lambda call, function: function, True),
    "globals": opaque("globals", "pipelift does not follow globals()"),
    "locals": opaque("locals", "pipelift does not follow locals()"),
    "vars": opaque("vars", "pipelift does not follow vars()"),
    "dir": opaque("dir", "pipelift does not follow dir()"),
    "eval": opaque("eval", "pipelift runs no code of the user's"),
    "exec": opaque("exec", "pipelift runs no code of the user's"),
    "compile": opaque("compile", "pipelift runs no code of the user's"),
    "__import__": opaque("__import__", "pipelift does not follow computed imports"),
    "open": OPEN,
    "display": ignored("display"),
    "get_ipython": opaque("get_ipython", "a notebook's shell is not there"),
}

BUILTINS: Mapping[str, Value] = MappingProxyType(
    {
        **{name: plain(name, getattr(builtins, name)) for name in _PURE},
        **_EXCEPTIONS,
        **_SPECIAL,
        "True": True,
        "False": False,
        "None": None,
        "NotImplemented": Unknown("NotImplemented"),
        "__debug__": True,
    }
)
