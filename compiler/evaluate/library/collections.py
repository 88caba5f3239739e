"""`collections` and `collections.abc`."""

from __future__ import annotations

import collections
from collections.abc import Callable, Mapping

from pipelift.compiler.evaluate import meter, operators
from pipelift.compiler.evaluate.construct import make_record_type
from pipelift.compiler.evaluate.library.models import items, partial_module
from pipelift.compiler.evaluate.library.registry import module
from pipelift.compiler.evaluate.machine import LibraryCall, Machine
from pipelift.compiler.evaluate.objects import UserClass
from pipelift.compiler.evaluate.values import Model, Module, Unknown, Value, find_unknown


class DefaultDict(dict[Value, Value]):
    """A `defaultdict`; what `factory` makes is asked for where the item is read."""

    def __init__(self, values: Mapping[Value, Value], factory: Value) -> None:
        super().__init__(values)
        self.factory = factory

    def copy(self) -> DefaultDict:
        """Another one with the same items."""
        return DefaultDict(self, self.factory)


@module("collections")
def collections_module(it: Machine) -> Module:
    """`collections`."""
    members: dict[str, Value] = {
        "OrderedDict": Model("OrderedDict", _ordered, True, native=collections.OrderedDict),
        "defaultdict": Model("defaultdict", _default, True, native=DefaultDict),
        "Counter": Model("Counter", _counter, True, native=collections.Counter),
        "deque": Model("deque", _deque, True, native=collections.deque),
        "namedtuple": Model("namedtuple", _namedtuple),
        "ChainMap": Model("ChainMap", _chain_maps, True),
        "abc": abc_module(it),
    }
    return partial_module("collections", members)


@module("collections.abc")
def abc_module(it: Machine) -> Module:
    """`collections.abc`."""
    names = {
        "Mapping": dict,
        "MutableMapping": dict,
        "Iterable": collections.abc.Iterable,
        "Callable": object,
    }
    names |= {
        "Sequence": collections.abc.Sequence,
        "Hashable": collections.abc.Hashable,
        "Set": collections.abc.Set,
    }
    alias = lambda call, *args: Unknown("a type is no function", call.span)  # noqa: E731
    return partial_module(
        "collections.abc", {name: Model(name, alias, True, native=cls) for name, cls in names.items()}
    )


def _read_pairs(call: LibraryCall, values: Value) -> dict[Value, Value] | list[tuple[Value, ...]]:
    if isinstance(values, dict):
        return values
    return [tuple(items(call, pair)) for pair in items(call, values)]


_ordered_dict: Callable[..., Value] = collections.OrderedDict
_dict: Callable[..., dict[Value, Value]] = dict
_double_ended: Callable[..., Value] = collections.deque


def _ordered(call: LibraryCall, values: Value = (), **more: Value) -> Value:
    pairs = _read_pairs(call, values)
    unknown = None if isinstance(pairs, dict) else find_unknown(pairs, 1)
    made = operators.make_dict(pairs.items() if isinstance(pairs, dict) else pairs)
    return unknown or operators.apply(lambda: _ordered_dict(made, **more))


def _default(call: LibraryCall, factory: Value = None, values: Value = (), **more: Value) -> Value:
    pairs = _read_pairs(call, values)
    made = operators.make_dict(pairs.items() if isinstance(pairs, dict) else pairs)
    return operators.apply(lambda: DefaultDict(_dict(made, **more), factory))


def _counter(call: LibraryCall, values: Value = (), **more: Value) -> Value:
    counted = values if isinstance(values, dict) else items(call, values)
    unknown = find_unknown(counted, 1)
    operators.make_set(set, list(counted))
    return unknown or operators.apply(lambda: collections.Counter(counted, **more))


def _deque(call: LibraryCall, values: Value = (), maxlen: Value = None) -> Value:
    return operators.apply(_double_ended, items(call, values), maxlen)


def _chain_maps(call: LibraryCall, *maps: Value) -> Value:
    for mapping in maps:
        meter.charge(mapping)
    return {
        key: value
        for mapping in reversed(maps)
        if isinstance(mapping, dict)
        for key, value in mapping.items()
    }


def _namedtuple(
    call: LibraryCall, typename: Value, field_names: Value, *, defaults: Value = (), **_: Value
) -> Value:
    entries = (
        field_names.replace(",", " ").split() if isinstance(field_names, str) else items(call, field_names)
    )
    cls = UserClass(str(typename), {}, (), call.span)
    cls.record = make_record_type(cls.name, entries, items(call, defaults or ()), call.span)
    cls.record._pipelift_class = cls  # type: ignore[attr-defined]
    return cls
