"""`functools`."""

from __future__ import annotations

from pipelift.compiler.evaluate.library.models import items, partial_module, passthrough
from pipelift.compiler.evaluate.library.registry import module
from pipelift.compiler.evaluate.machine import LibraryCall, Machine
from pipelift.compiler.evaluate.objects import Function, Property
from pipelift.compiler.evaluate.values import Model, Module, Raised, Value


@module("functools")
def functools_module(it: Machine) -> Module:
    """`functools`: `partial`, `reduce`, and decorators that keep the function."""

    def partial(call: LibraryCall, function: Value, *args: Value, **kwargs: Value) -> Value:
        def later(again: LibraryCall, *more: Value, **others: Value) -> Value:
            return again.invoke(function, (*args, *more), {**kwargs, **others})

        return Model("partial", later, takes_unknown=True, attributes={"func": function, "args": args})

    def reduce(call: LibraryCall, function: Value, iterable: Value, *initial: Value) -> Value:
        values = [*initial, *items(call, iterable)]
        if not values:
            raise Raised("TypeError", "reduce() of empty iterable with no initial value", call.span)
        total = values[0]
        for value in values[1:]:
            total = call.invoke(function, (total, value), {})
        return total

    def cached(call: LibraryCall, function: Value) -> Value:
        if isinstance(function, Function):
            function.attributes["cached"] = True
        return Property(function)

    names = ("wraps", "lru_cache", "cache", "total_ordering", "singledispatch", "update_wrapper")
    return partial_module(
        "functools",
        {
            **{name: passthrough(f"functools.{name}") for name in names},
            "wraps": Model("functools.wraps", lambda call, *_, **__: passthrough("wraps"), True),
            "partial": Model("functools.partial", partial, True),
            "reduce": Model("functools.reduce", reduce, True),
            "cached_property": Model("functools.cached_property", cached, True),
        },
    )
