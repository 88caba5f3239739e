"""`itertools`."""

from __future__ import annotations

import itertools
from collections.abc import Callable

from pipelift.compiler.evaluate import meter, operators
from pipelift.compiler.evaluate.arithmetic import add_values
from pipelift.compiler.evaluate.iteration import limit_items, make_endless, zip_items
from pipelift.compiler.evaluate.library.models import items, partial_module
from pipelift.compiler.evaluate.library.registry import module
from pipelift.compiler.evaluate.machine import LibraryCall, Machine
from pipelift.compiler.evaluate.values import Iter, Model, Module, Unknown, Value, find_unknown


@module("itertools")
def itertools_module(it: Machine) -> Module:
    """`itertools`."""
    pure = ("product", "permutations", "combinations", "combinations_with_replacement", "islice", "pairwise")
    members: dict[str, Value] = {name: Model(f"itertools.{name}", _model_finite(name), True) for name in pure}
    chain = Model(
        "itertools.chain",
        lambda call, *values: Iter(item for iterable in values for item in items(call, iterable)),
        takes_unknown=True,
        attributes={"from_iterable": Model("chain.from_iterable", _chain_from_iterable, True)},
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
    return partial_module("itertools", members)


_GROUP = 1_000
"""Bytes of an iterator with a queue of its own, empty."""


def _chain_from_iterable(call: LibraryCall, iterables: Value) -> Value:
    return Iter([item for iterable in items(call, iterables) for item in items(call, iterable)])


def _model_finite(name: str) -> Callable[..., Value]:
    function = getattr(itertools, name, None)

    def run(call: LibraryCall, *args: Value, **kwargs: Value) -> Value:
        arguments = [items(call, arg) if not isinstance(arg, (int, type(None))) else arg for arg in args]
        unknown = find_unknown([*arguments, *kwargs.values()], 2)
        if unknown is not None or function is None:
            return unknown or Unknown(f"this Python has no itertools.{name}", call.span)
        return Iter(limit_items(operators.apply(lambda: function(*arguments, **kwargs))))

    return run


def _count(call: LibraryCall, start: Value = 0, step: Value = 1) -> Value:
    state: list[Value] = [start]

    def more() -> Value:
        call.touch(state)
        before = state[0]
        state[0] = _add(call, before, step)
        return before

    return make_endless(more)


def _cycle(call: LibraryCall, iterable: Value) -> Value:
    values = items(call, iterable)
    state = [-1]

    def more() -> Value:
        call.touch(state)
        state[0] = (state[0] + 1) % len(values)
        return values[state[0]]

    return make_endless(more) if values else Iter([])


def _repeat(call: LibraryCall, value: Value, times: Value = None) -> Value:
    if not isinstance(times, int):
        return make_endless(lambda: value)
    meter.limit(times)
    meter.build(8 * max(times, 0))
    return Iter([value] * times)


def _accumulate(call: LibraryCall, iterable: Value, func: Value = None, **_: Value) -> Value:
    values = items(call, iterable)
    totals = values[:1]
    for item in values[1:]:
        last = totals[-1]
        operands = (last, item)
        totals.append(call.invoke(func, operands, {}) if func else _add(call, *operands))
    return Iter(totals)


def _add(call: LibraryCall, left: Value, right: Value) -> Value:
    meter.spend()
    return add_values(call.machine, left, right, call.span)


def _starmap(call: LibraryCall, function: Value, iterable: Value) -> Value:
    return Iter([call.invoke(function, tuple(items(call, args)), {}) for args in items(call, iterable)])


def _zip_longest(call: LibraryCall, *iterables: Value, fillvalue: Value = None) -> Value:
    columns = [items(call, iterable) for iterable in iterables]
    rows = zip_items(call.machine, [[*column] for column in columns], call.span)
    longest = max((len(column) for column in columns), default=0)
    meter.limit(longest * max(len(columns), 1))
    meter.spend(longest)
    padded = [
        tuple(column[position] if position < len(column) else fillvalue for column in columns)
        for position in range(len(rows), longest)
    ]
    return Iter([*rows, *padded])


def _groupby(call: LibraryCall, iterable: Value, key: Value = None) -> Value:
    groups: list[tuple[Value, Iter]] = []
    for item in items(call, iterable):
        value = item if key is None else call.invoke(key, (item,), {})
        unknown = find_unknown(value)
        if unknown is not None:
            return unknown
        meter.spend()
        meter.weigh(value)
        if not groups or groups[-1][0] != value:
            meter.build(_GROUP)
            groups.append((value, Iter([])))
        groups[-1][1].items.append(item)
    return Iter(list(groups))
