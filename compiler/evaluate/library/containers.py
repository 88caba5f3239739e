"""`collections` and `itertools`."""

from __future__ import annotations

import collections
import itertools
from typing import Any

from pipelift.compiler.evaluate import operators
from pipelift.compiler.evaluate.construct import record_type
from pipelift.compiler.evaluate.iteration import endless, limited, zipped
from pipelift.compiler.evaluate.library.models import items, partly
from pipelift.compiler.evaluate.machine import Machine
from pipelift.compiler.evaluate.objects import UserClass
from pipelift.compiler.evaluate.values import Call, Iter, Model, Module, Unknown, Value, find_unknown


class DefaultDict(dict):  # type: ignore[type-arg]  # a value of the program's: of whatever the program puts in
    """A `defaultdict`; what `factory` makes is asked for where the item is read."""

    def __init__(self, values: Any, factory: Value) -> None:
        super().__init__(values)
        self.factory = factory

    def copy(self) -> DefaultDict:
        """Another one with the same items."""
        return DefaultDict(self, self.factory)


def collections_module(it: Machine) -> Module:
    """`collections`."""
    members: dict[str, Value] = {
        "OrderedDict": Model("OrderedDict", _ordered, True, native=collections.OrderedDict),
        "defaultdict": Model("defaultdict", _default, True, native=DefaultDict),
        "Counter": Model("Counter", _counter, True, native=collections.Counter),
        "deque": Model("deque", _deque, True, native=collections.deque),
        "namedtuple": Model("namedtuple", _namedtuple),
        "ChainMap": Model("ChainMap", _chained, True),
        "abc": abc_module(it),
    }
    return partly("collections", members)


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
    return partly(
        "collections.abc", {name: Model(name, alias, True, native=cls) for name, cls in names.items()}
    )


def _pairs(call: Call, values: Value) -> Value:
    if isinstance(values, dict):
        return values
    return [tuple(items(call, pair)) for pair in items(call, values)]


def _ordered(call: Call, values: Value = (), **more: Value) -> Value:
    pairs = _pairs(call, values)
    unknown = None if isinstance(pairs, dict) else find_unknown(pairs, 1)
    return unknown or operators.apply(lambda: collections.OrderedDict(pairs, **more))


def _default(call: Call, factory: Value = None, values: Value = (), **more: Value) -> Value:
    return operators.apply(lambda: DefaultDict({**dict(_pairs(call, values)), **more}, factory))


def _counter(call: Call, values: Value = (), **more: Value) -> Value:
    counted = values if isinstance(values, dict) else items(call, values)
    unknown = find_unknown(counted, 1)
    return unknown or operators.apply(lambda: collections.Counter(counted, **more))


def _deque(call: Call, values: Value = (), maxlen: Value = None) -> Value:
    return operators.apply(lambda: collections.deque(items(call, values), maxlen))


def _chained(call: Call, *maps: Value) -> Value:
    return {key: value for one in reversed(maps) if isinstance(one, dict) for key, value in one.items()}


def _namedtuple(
    call: Call, typename: Value, field_names: Value, *, defaults: Value = (), **_: Value
) -> Value:
    text = field_names.replace(",", " ").split() if isinstance(field_names, str) else items(call, field_names)
    cls = UserClass(str(typename), {}, (), call.span, annotations=list(text))
    cls.record = record_type(cls.name, text, items(call, defaults or ()), call.span)
    cls.record._pipelift_class = cls  # type: ignore[attr-defined]
    return cls


def itertools_module(it: Machine) -> Module:
    """`itertools`."""
    pure = ("product", "permutations", "combinations", "combinations_with_replacement", "islice", "pairwise")
    members: dict[str, Value] = {name: Model(f"itertools.{name}", _finite(name), True) for name in pure}
    chain = Model(
        "itertools.chain",
        lambda call, *values: Iter([item for one in values for item in items(call, one)]),
        takes_unknown=True,
        attributes={"from_iterable": Model("chain.from_iterable", _chain, True)},
    )
    members.update(
        {
            "chain": chain,
            "count": Model("itertools.count", _count),
            "cycle": Model("itertools.cycle", _cycle, True),
            "repeat": Model("itertools.repeat", _repeat, True),
            "accumulate": Model("itertools.accumulate", _accumulate, True),
            "starmap": Model("itertools.starmap", _starmap, True),
            "zip_longest": Model("itertools.zip_longest", _zip_longest, True),
            "groupby": Model("itertools.groupby", _groupby, True),
        }
    )
    return partly("itertools", members)


def _chain(call: Call, iterables: Value) -> Value:
    return Iter([item for one in items(call, iterables) for item in items(call, one)])


def _finite(name: str) -> Any:
    function = getattr(itertools, name, None)

    def run(call: Call, *args: Value, **kwargs: Value) -> Value:
        given = [items(call, one) if not isinstance(one, (int, type(None))) else one for one in args]
        unknown = find_unknown([*given, *kwargs.values()], 2)
        if unknown is not None or function is None:
            return unknown or Unknown(f"this Python has no itertools.{name}", call.span)
        return Iter(limited(operators.apply(lambda: function(*given, **kwargs))))

    return run


def _count(call: Call, start: Value = 0, step: Value = 1) -> Value:
    state = [start]

    def more() -> Value:
        call.touch(state)
        state[0] = operators.apply(lambda: state[0] + step)
        return state[0] - step

    return endless(more)


def _cycle(call: Call, iterable: Value) -> Value:
    found = items(call, iterable)
    state = [-1]

    def more() -> Value:
        call.touch(state)
        state[0] = (state[0] + 1) % len(found)
        return found[state[0]]

    return endless(more) if found else Iter([])


def _repeat(call: Call, value: Value, times: Value = None) -> Value:
    if not isinstance(times, int):
        return endless(lambda: value)
    if times > operators.MAX_SIZE:
        raise operators.TooLarge
    return Iter([value] * times)


def _accumulate(call: Call, iterable: Value, func: Value = None, **_: Value) -> Value:
    found = items(call, iterable)
    totals = found[:1]
    for item in found[1:]:
        last = totals[-1]
        both = (last, item)
        totals.append(
            call.invoke(func, both, {}) if func else operators.apply(lambda both=both: both[0] + both[1])
        )
    return Iter(totals)


def _starmap(call: Call, function: Value, iterable: Value) -> Value:
    return Iter([call.invoke(function, tuple(items(call, args)), {}) for args in items(call, iterable)])


def _zip_longest(call: Call, *iterables: Value, fillvalue: Value = None) -> Value:
    columns = [items(call, one) for one in iterables]
    rows = zipped(call.interpreter, [[*one] for one in columns], call.span)
    longest = max((len(one) for one in columns), default=0)
    rest = [
        tuple(one[position] if position < len(one) else fillvalue for one in columns)
        for position in range(len(rows), longest)
    ]
    return Iter([*rows, *rest])


def _groupby(call: Call, iterable: Value, key: Value = None) -> Value:
    groups: list[tuple[Value, Iter]] = []
    for item in items(call, iterable):
        value = item if key is None else call.invoke(key, (item,), {})
        unknown = find_unknown(value)
        if unknown is not None:
            return unknown
        if not groups or groups[-1][0] != value:
            groups.append((value, Iter([])))
        groups[-1][1].items.append(item)
    return Iter(list(groups))
