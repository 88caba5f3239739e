"""`operator`."""

from __future__ import annotations

import operator

import libcst

from pipelift.compiler.evaluate import operators
from pipelift.compiler.evaluate.library.models import partial_module, plain
from pipelift.compiler.evaluate.library.registry import module
from pipelift.compiler.evaluate.machine import LibraryCall, Machine
from pipelift.compiler.evaluate.members import get_at as members_of
from pipelift.compiler.evaluate.values import Model, Module, Value


@module("operator")
def operator_module(it: Machine) -> Module:
    """`operator`: what gets items and attributes, and the operators that only compute."""

    def itemgetter(call: LibraryCall, *keys: Value) -> Value:
        def get(again: LibraryCall, owner: Value) -> Value:
            values = [operators.apply(operator.getitem, owner, key) for key in keys]
            return values[0] if len(values) == 1 else tuple(values)

        return Model("itemgetter", get)

    def attrgetter(call: LibraryCall, name: Value) -> Value:
        def get(again: LibraryCall, owner: Value) -> Value:
            for part in str(name).split("."):
                owner = members_of(again.machine, owner, part, again.span)
            return owner

        return Model("attrgetter", get)

    binary = {
        name: plain(f"operator.{name}", getattr(operator, name))
        for name in ("sub", "truediv", "eq", "lt", "gt")
    }
    return partial_module(
        "operator",
        {
            **binary,
            "add": plain("operator.add", operators.BINARY[libcst.Add]),
            "mul": plain("operator.mul", operators.BINARY[libcst.Multiply]),
            "itemgetter": Model("operator.itemgetter", itemgetter),
            "attrgetter": Model("operator.attrgetter", attrgetter),
        },
    )
