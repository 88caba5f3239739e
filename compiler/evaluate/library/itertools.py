"""`itertools`."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable

from pipelift.compiler.evaluate import operators
from pipelift.compiler.evaluate.iteration import endless, limited, zipped
from pipelift.compiler.evaluate.library.models import items, partly
from pipelift.compiler.evaluate.library.registry import module
from pipelift.compiler.evaluate.machine import LibraryCall, Machine
from pipelift.compiler.evaluate.values import Iter, Model, Module, Unknown, Value, find_unknown


@module("itertools")
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


def _chain(call: LibraryCall, iterables: Value) -> Value:
    return Iter([item for one in items(call, iterables) for item in items(call, one)])


def _finite(name: str) -> Callable[..., Value]:
    function = getattr(itertools, name, None)

    def run(call: LibraryCall, *args: Value, **kwargs: Value) -> Value:
        given = [items(call, one) if not isinstance(one, (int, type(None))) else one for one in args]
        unknown = find_unknown([*given, *kwargs.values()], 2)
        if unknown is not None or function is None:
            return unknown or Unknown(f"this Python has no itertools.{name}", call.span)
        return Iter(limited(operators.apply(lambda: function(*given, **kwargs))))

    return run


def _count(call: LibraryCall, start: Value = 0, step: Value = 1) -> Value:
    state: list[Value] = [start]

    def more() -> Value:
        call.touch(state)
        before = state[0]
        state[0] = operators.apply(operator.add, before, step)
        return before

    return endless(more)


def _cycle(call: LibraryCall, iterable: Value) -> Value:
    found = items(call, iterable)
    state = [-1]

    def more() -> Value:
        call.touch(state)
        state[0] = (state[0] + 1) % len(found)
        return found[state[0]]

    return endless(more) if found else Iter([])


def _repeat(call: LibraryCall, value: Value, times: Value = None) -> Value:
    if not isinstance(times, int):
        return endless(lambda: value)
    if times > operators.MAX_SIZE:
        raise operators.TooLarge
    return Iter([value] * times)


def _accumulate(call: LibraryCall, iterable: Value, func: Value = None, **_: Value) -> Value:
    found = items(call, iterable)
    totals = found[:1]
    for item in found[1:]:
        last = totals[-1]
        both = (last, item)
        totals.append(call.invoke(func, both, {}) if func else operators.apply(operator.add, *both))
    return Iter(totals)


def _starmap(call: LibraryCall, function: Value, iterable: Value) -> Value:
    return Iter([call.invoke(function, tuple(items(call, args)), {}) for args in items(call, iterable)])


def _zip_longest(call: LibraryCall, *iterables: Value, fillvalue: Value = None) -> Value:
    columns = [items(call, one) for one in iterables]
    rows = zipped(call.machine, [[*one] for one in columns], call.span)
    longest = max((len(one) for one in columns), default=0)
    rest = [
        tuple(one[position] if position < len(one) else fillvalue for one in columns)
        for position in range(len(rows), longest)
    ]
    return Iter([*rows, *rest])


def _groupby(call: LibraryCall, iterable: Value, key: Value = None) -> Value:
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
