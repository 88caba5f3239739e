"""Python's builtins."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Mapping
from types import MappingProxyType

from pipelift.compiler.evaluate import growth, meter, operators
from pipelift.compiler.evaluate.arithmetic import add_values, decide_truth_of, less
from pipelift.compiler.evaluate.display import printable
from pipelift.compiler.evaluate.exceptions import EXCEPTIONS
from pipelift.compiler.evaluate.iteration import advance, zip_items
from pipelift.compiler.evaluate.library.files import OPEN
from pipelift.compiler.evaluate.library.introspection import OBJECTS
from pipelift.compiler.evaluate.library.ipython import GET_IPYTHON
from pipelift.compiler.evaluate.library.models import ignored, items, opaque, plain
from pipelift.compiler.evaluate.machine import LibraryCall
from pipelift.compiler.evaluate.natives import sort_positions
from pipelift.compiler.evaluate.objects import Instance, Property, Unbound
from pipelift.compiler.evaluate.texts import assemble_text, split_text
from pipelift.compiler.evaluate.values import (
    SEQUENCES,
    BoundMethod,
    Iter,
    Model,
    Raised,
    Unknown,
    Value,
    derived,
    find_unknown,
    holds_unknown,
)


def _model_sequence(kind: Callable[[list[Value]], Value]) -> Callable[..., Value]:
    def make(call: LibraryCall, values: Value = ()) -> Value:
        if isinstance(values, Unknown) and kind is not list:
            return values
        listed = items(call, values)
        return operators.apply(kind, listed) if kind in (list, tuple) else operators.make_set(kind, listed)

    return make


def _dict(call: LibraryCall, values: Value = (), **entries: Value) -> Value:
    if isinstance(values, Unknown):
        return values
    pairs = values if isinstance(values, dict) else items(call, values)
    pairs = pairs if isinstance(pairs, dict) else [_read_pair(call, pair) for pair in pairs]
    unknown = find_unknown(pairs, 1) if not isinstance(pairs, dict) else None
    if unknown is not None:
        return unknown
    made = operators.make_dict(pairs.items() if isinstance(pairs, dict) else pairs)
    made.update(entries)
    return made


def _read_pair(call: LibraryCall, value: Value) -> Value:
    """One of the pairs that `dict` takes, as Python's own takes it."""
    return tuple(items(call, value)) if isinstance(value, (Iter, Instance)) else value


def _text(call: LibraryCall, value: Value = "", *rest: Value, **options: Value) -> Value:
    if isinstance(value, bytes) and (rest or options):
        growth.check_method(value, "decode", [*rest, *options.values()])
        return operators.apply(lambda: str(value, *rest, **options))
    parts = split_text(call.machine, value, call.span)
    return parts if isinstance(parts, Unknown) else assemble_text(parts)


def _length(call: LibraryCall, value: Value) -> Value:
    if isinstance(value, Instance) and value.cls.lookup("__len__")[0]:
        return call.invoke(BoundMethod(value, value.cls.lookup("__len__")[1]), (), {})
    if isinstance(value, (str, bytes, dict, range, *SEQUENCES)):
        looked_at = value if isinstance(value, (dict, *SEQUENCES)) and holds_unknown(value) else ()
        unknowns = [item for item in looked_at if isinstance(item, Unknown)]
        return next((item for item in unknowns if item.many or isinstance(value, dict)), None) or len(value)
    if isinstance(value, Unknown):
        return value
    if isinstance(value, (int, float, type(None), Iter)):
        raise Raised("TypeError", f"object of type '{type(value).__name__}' has no len()", call.span)
    return Unknown("its length is not known", call.span)


_make_range: Callable[..., range] = range


def _range(call: LibraryCall, *bounds: Value) -> Value:
    result = operators.apply(_make_range, *bounds)
    if (
        not -meter.MAX_SIZE < result.start < meter.MAX_SIZE
        or len(result[: meter.MAX_SIZE + 1]) > meter.MAX_SIZE
    ):
        return Unknown("the range is too long", call.span)
    return result


def _zip(call: LibraryCall, *iterables: Value, strict: Value = False) -> Value:
    if (
        strict is True
        and len({len(items(call, iterable)) for iterable in iterables if not isinstance(iterable, Iter)}) > 1
    ):
        raise Raised("ValueError", "zip() arguments have different lengths", call.span)
    return Iter(list(zip_items(call.machine, list(iterables), call.span)))


def _enumerate(call: LibraryCall, iterable: Value, start: Value = 0) -> Value:
    if isinstance(start, Unknown):
        return start
    values = items(call, iterable)
    cause = next((value for value in values if isinstance(value, Unknown) and value.many), None)
    if cause is not None:
        return derived("it is an item of something unknown", call.span, cause)
    if not isinstance(start, int):
        return Unknown("pipelift does not follow this start of enumerate()", call.span)
    pairs = Iter(enumerate(values, start))
    meter.charge(pairs.items, fresh=True)
    return pairs


def _reversed(call: LibraryCall, value: Value) -> Value:
    if isinstance(value, (set, Iter)):
        raise Raised("TypeError", f"'{type(value).__name__}' object is not reversible", call.span)
    return Iter(reversed(items(call, value)))


def _sorted(call: LibraryCall, iterable: Value, *, key: Value = None, reverse: Value = False) -> Value:
    values = items(call, iterable)
    keys = [item if key is None else call.invoke(key, (item,), {}) for item in values]
    unknown = find_unknown([*keys, reverse])
    if unknown is not None:
        return unknown
    return [values[position] for position in sort_positions(call.machine, keys, bool(reverse), call.span)]


def _map(call: LibraryCall, function: Value, *iterables: Value) -> Value:
    rows = zip_items(call.machine, list(iterables), call.span)
    return Iter([call.invoke(function, row, {}) for row in rows])


def _filter(call: LibraryCall, function: Value, iterable: Value) -> Value:
    selected = []
    for item in items(call, iterable):
        meter.spend()
        answer = item if function is None else call.invoke(function, (item,), {})
        decided = decide_truth_of(call.machine, answer, call.span)
        if isinstance(decided, Unknown):
            return decided
        if decided:
            selected.append(item)
    return Iter(selected)


def _model_extreme(name: str, smaller: bool) -> Model:
    def run(call: LibraryCall, *args: Value, key: Value = None, default: Value = ...) -> Value:
        values = items(call, args[0]) if len(args) == 1 else list(args)
        meter.spend(len(values) // 2)
        if not values:
            if default is not ...:
                return default
            raise Raised("ValueError", f"{name}() iterable argument is empty", call.span)
        keys = [item if key is None else call.invoke(key, (item,), {}) for item in values]
        best = 0
        for position in range(1, len(values)):
            pair = (keys[position], keys[best]) if smaller else (keys[best], keys[position])
            answer = less(call.machine, *pair, call.span)
            if isinstance(answer, Unknown):
                return answer
            best = position if answer else best
        return find_unknown(keys[:1]) or values[best]

    return Model(name, run, takes_unknown=True)


def _sum(call: LibraryCall, iterable: Value, start: Value = 0) -> Value:
    total = start
    if isinstance(start, str):
        raise Raised("TypeError", "sum() can't sum strings [use ''.join(seq) instead]", call.span)
    for item in items(call, iterable):
        meter.spend()
        total = add_values(call.machine, total, item, call.span)
        if isinstance(total, Unknown):
            return total
    return total


def _model_quantifier(name: str, wanted: bool) -> Model:
    def run(call: LibraryCall, iterable: Value) -> Value:
        unknown: Unknown | None = None
        listed = items(call, iterable)
        meter.spend(len(listed) // 5)
        for item in listed:
            decided = decide_truth_of(call.machine, item, call.span)
            if isinstance(decided, Unknown):
                unknown = decided
            elif decided is wanted:
                return wanted
        return unknown if unknown is not None else not wanted

    return Model(name, run, takes_unknown=True)


def _next(call: LibraryCall, iterator: Value, *default: Value) -> Value:
    if isinstance(iterator, Unknown):
        return iterator
    if isinstance(iterator, Instance) and iterator.cls.lookup("__next__")[0]:
        return call.invoke(BoundMethod(iterator, iterator.cls.lookup("__next__")[1]), (), {})
    if not isinstance(iterator, Iter):
        raise Raised("TypeError", f"'{type(iterator).__name__}' object is not an iterator", call.span)
    has_item, item = advance(call.machine, iterator)
    if has_item or default:
        return item if has_item else default[0]
    raise Raised("StopIteration", "", call.span, ())


def _iter(call: LibraryCall, value: Value, *sentinel: Value) -> Value:
    if isinstance(value, (Iter, Unknown)):
        return value
    if isinstance(value, Instance) and value.cls.lookup("__iter__")[0]:
        return call.invoke(BoundMethod(value, value.cls.lookup("__iter__")[1]), (), {})
    return (
        Unknown("pipelift does not follow iter() with two arguments", call.span)
        if sentinel
        else Iter(items(call, value))
    )


def _apply_to_printable(function: Callable[[Value], str]) -> Callable[..., Value]:
    def run(call: LibraryCall, value: Value) -> Value:
        text = operators.apply(function, printable(call.machine, value, call.span))
        meter.charge(text)
        return text

    return run


def _format(call: LibraryCall, value: Value, specification: Value = "") -> Value:
    if not isinstance(specification, str):
        return Unknown("the format is not known", call.span)
    operators.check_format(specification)
    return operators.apply(format, printable(call.machine, value, call.span), specification)


def _bool(call: LibraryCall, value: Value = False) -> Value:
    return decide_truth_of(call.machine, value, call.span)


def _bytes(call: LibraryCall, *args: Value) -> Value:
    if args and isinstance(args[0], int):
        meter.limit(args[0])
    if args and isinstance(args[0], str):
        growth.check_method(args[0], "encode", args[1:])
    made = operators.apply(bytes, *args)
    meter.charge(made)
    return made


_INT = plain("int", int)


def _int(call: LibraryCall, *args: Value, **kwargs: Value) -> Value:
    number = args[0] if args else 0
    if isinstance(number, (str, bytes, bytearray)):
        meter.limit(len(number), meter.MAX_BITS // 4)
    return _INT.function(call, *args, **kwargs)


def _round(call: LibraryCall, value: Value, digits: Value = None) -> Value:
    if isinstance(digits, int):
        meter.limit(abs(digits), MAX_ROUNDED)
    return operators.apply(round, value, digits)


MAX_ROUNDED = 4_300
"""The most digits that a number is rounded to."""


def end_program(call: LibraryCall, *args: Value) -> Value:
    """What `exit` and `sys.exit` do."""
    raise Raised("SystemExit", "the program ends itself", call.span, tuple(args))


_PURE = ("abs", "divmod", "bin", "hex", "oct", "chr", "ord", "slice")
_CLASSES = {"float": float, "complex": complex}

_SPECIAL: dict[str, Value] = {
    "print": ignored("print"),
    "len": Model("len", _length, takes_unknown=True),
    "str": Model("str", _text, takes_unknown=True, native=str),
    "int": Model("int", _int, native=int),
    "bool": Model("bool", _bool, takes_unknown=True, native=bool),
    "bytes": Model("bytes", _bytes, native=bytes),
    "list": Model("list", _model_sequence(list), takes_unknown=True, native=list),
    "tuple": Model("tuple", _model_sequence(tuple), takes_unknown=True, native=tuple),
    "set": Model("set", _model_sequence(set), takes_unknown=True, native=set),
    "frozenset": Model("frozenset", _model_sequence(frozenset), takes_unknown=True, native=frozenset),
    "dict": Model("dict", _dict, takes_unknown=True, native=dict),
    "range": Model("range", _range, native=range),
    "zip": Model("zip", _zip, takes_unknown=True),
    "enumerate": Model("enumerate", _enumerate, takes_unknown=True),
    "reversed": Model("reversed", _reversed, takes_unknown=True),
    "sorted": Model("sorted", _sorted, takes_unknown=True),
    "map": Model("map", _map, takes_unknown=True),
    "filter": Model("filter", _filter, takes_unknown=True),
    "iter": Model("iter", _iter, takes_unknown=True),
    "next": Model("next", _next, takes_unknown=True),
    "min": _model_extreme("min", smaller=True),
    "max": _model_extreme("max", smaller=False),
    "sum": Model("sum", _sum, takes_unknown=True),
    "any": _model_quantifier("any", wanted=True),
    "all": _model_quantifier("all", wanted=False),
    "pow": plain("pow", operators.power),
    "round": Model("round", _round),
    "repr": Model("repr", _apply_to_printable(repr), takes_unknown=True),
    "ascii": Model("ascii", _apply_to_printable(ascii), takes_unknown=True),
    "format": Model("format", _format, takes_unknown=True),
    "hash": opaque("hash", "a hash differs between runs"),
    "id": opaque("id", "only a run knows an object's id"),
    "input": opaque("input", "only a run can ask its user"),
    "exit": Model("exit", end_program, takes_unknown=True),
    "quit": Model("quit", end_program, takes_unknown=True),
    "property": Model("property", lambda call, getter=None, setter=None, *_: Property(getter, setter), True),
    "staticmethod": Model("staticmethod", lambda call, function: Unbound(function, False), True),
    "classmethod": Model("classmethod", lambda call, function: Unbound(function, True), True),
    "object": Model("object", lambda call: Unknown("an object without a class", call.span), native=object),
    "super": opaque("super", "super() stands outside a method"),
    "eval": opaque("eval", "pipelift runs no code of the user's"),
    "exec": opaque("exec", "pipelift runs no code of the user's"),
    "compile": opaque("compile", "pipelift runs no code of the user's"),
    "__import__": opaque("__import__", "pipelift does not follow computed imports"),
    "open": OPEN,
    "help": ignored("help"),
    "display": ignored("display"),
    "get_ipython": GET_IPYTHON,
}

BUILTINS: Mapping[str, Value] = MappingProxyType(
    {
        **{name: plain(name, getattr(builtins, name)) for name in _PURE},
        **{name: plain(name, cls, cls) for name, cls in _CLASSES.items()},
        **{name: cls for name, cls in EXCEPTIONS.items() if hasattr(builtins, name)},
        **_SPECIAL,
        **OBJECTS,
        "True": True,
        "False": False,
        "None": None,
        "NotImplemented": NotImplemented,
        "Ellipsis": ...,
        "__debug__": True,
    }
)
