"""Iteration: the items of every value that a program can loop over."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TypeGuard

import libcst

from pipelift.compiler.diagnostics.span import Span
from pipelift.compiler.evaluate import enums, meter
from pipelift.compiler.evaluate.machine import Machine
from pipelift.compiler.evaluate.objects import Instance, UserClass
from pipelift.compiler.evaluate.values import (
    SEQUENCES,
    BoundMethod,
    Interpolated,
    Iter,
    Modelled,
    Raised,
    Unknown,
    Value,
    derived,
)

MAX_ITEMS = 10_000
"""How many items are taken of an iterator that never ends."""


def iterate(it: Machine, value: Value, node: libcst.CSTNode) -> list[Value]:
    """The items of `value`; of something unknown one item, marked as standing for many."""
    return list_items(it, value, it.span(node))


def list_items(it: Machine, value: Value, span: Span) -> list[Value]:
    """As `iterate`, for a place instead of a node. Raises `Raised` for what cannot be iterated."""
    if isinstance(value, (str, bytes, dict, range, *SEQUENCES)):
        items = list(value)
        meter.charge(items, fresh=isinstance(value, (str, range)))
        return items
    if isinstance(value, Iter):
        return _drain_iterator(it, value, span)
    if isinstance(value, Unknown):
        return [derived("it is an item of something unknown", span, value, many=True)]
    if isinstance(value, Modelled):
        if isinstance(value, Iterable):
            items = list(value)
            meter.charge(items, fresh=True)
            return items
        return [Unknown(f"the items of {value.sdk_name} are not known", span, many=True)]
    if isinstance(value, UserClass) and enums.ENUM in value.order:
        return list(enums.list_enum_members(value))
    if isinstance(value, Instance):
        return _iterate_instance(it, value, span)
    if isinstance(value, Interpolated):
        return [Unknown("the letters of a text with references are not known", span, many=True)]
    raise Raised("TypeError", f"'{type(value).__name__}' object is not iterable", span)


def _drain_iterator(it: Machine, iterator: Iter, span: Span) -> list[Value]:
    it.journal.touch_value(iterator.items)
    if iterator.unfold is not None:
        return list(_unfold_rest(it, iterator))
    items = list(iterator.items)
    meter.charge(items)
    iterator.items.clear()
    if iterator.more is None:
        return items
    while len(items) < MAX_ITEMS:
        meter.spend()
        items.append(iterator.more())
    return [*items, Unknown("the items never end", span, many=True)]


def advance(it: Machine, iterator: Iter) -> tuple[bool, Value]:
    """Whether the iterator has another item, and that item, which is taken from it."""
    if iterator.unfold is not None:
        return _unfold_next(it, iterator.items, iterator.unfold)
    if iterator.items:
        it.journal.touch_value(iterator.items)
        return True, iterator.items.popleft()
    return (True, iterator.more()) if iterator.more is not None else (False, None)


def _unfold_next(
    it: Machine, items: deque[Value], unfold: Callable[[Value], list[Value]]
) -> tuple[bool, Value]:
    if not items:
        return False, None
    it.journal.touch_value(items)
    items.extendleft(reversed(unfold(items.popleft())))
    return bool(items), items[0] if items else None


def _unfold_rest(it: Machine, iterator: Iter) -> Iterator[Value]:
    has_item, item = advance(it, iterator)
    while has_item:
        meter.spend()
        yield item
        has_item, item = advance(it, iterator)


def zip_items(it: Machine, values: list[Value], span: Span) -> list[tuple[Value, ...]]:
    """Rows of the values' items, until the first has no more."""
    if all(map(_is_endless, values)):
        return [tuple(Unknown("the items never end", span, many=True) for _ in values)] if values else []
    columns = [value if _is_endless(value) else list_items(it, value, span) for value in values]
    length = min(len(column) for column in columns if isinstance(column, list))
    rows: list[tuple[Value, ...]] = []
    for position in range(length):
        meter.spend(1 + len(columns) // meter.ENTRIES)
        rows.append(
            tuple(
                column[position] if isinstance(column, list) else advance(it, column)[1] for column in columns
            )
        )
    return rows


def _is_endless(value: Value) -> TypeGuard[Iter]:
    return isinstance(value, Iter) and value.more is not None


def _iterate_instance(it: Machine, value: Instance, span: Span) -> list[Value]:
    is_defined, method = value.cls.lookup("__iter__")
    if is_defined:
        iterator = it.call(BoundMethod(value, method), (), {}, span)
        if not isinstance(iterator, Instance):
            return list_items(it, iterator, span)
        return _collect_until_stop(it, iterator, "__next__", span)
    if value.cls.lookup("__getitem__")[0]:
        return _collect_until_stop(it, value, "__getitem__", span)
    if value.cls.unknown_base is not None:
        return [derived("it is an item of something unknown", span, value.cls.unknown_base, many=True)]
    raise Raised("TypeError", f"'{value.cls.name}' object is not iterable", span)


def _collect_until_stop(it: Machine, value: Instance, name: str, span: Span) -> list[Value]:
    method = BoundMethod(value, value.cls.lookup(name)[1])
    ends = "StopIteration" if name == "__next__" else "IndexError"
    items: list[Value] = []
    while len(items) < MAX_ITEMS:
        try:
            with it.awaiting():
                items.append(it.call(method, () if name == "__next__" else (len(items),), {}, span))
        except Raised as error:
            if error.kind != ends:
                raise
            return items
        if isinstance(items[-1], Unknown):
            return items
    return [*items, Unknown("the items never end", span, many=True)]


def make_endless(make: Callable[[], Value]) -> Iter:
    """An iterator that never ends."""
    return Iter([], make)


def limit_items(items: Iterable[Value]) -> list[Value]:
    """The items of one of Python's own iterators. Raises `TooLarge` for too many."""
    collected: list[Value] = []
    for item in items:
        collected.append(item)
        if len(collected) > meter.MAX_SIZE // 10:
            raise meter.TooLarge
    meter.charge(collected, fresh=True)
    return collected
