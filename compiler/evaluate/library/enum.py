"""`enum`."""

from __future__ import annotations

from pipelift.compiler.evaluate.enums import ENUM, FLAG, INT_ENUM, STR_ENUM, Auto
from pipelift.compiler.evaluate.library.models import partial_module, passthrough
from pipelift.compiler.evaluate.library.registry import module
from pipelift.compiler.evaluate.machine import Machine
from pipelift.compiler.evaluate.values import Model, Module, Value


@module("enum")
def enum_module(it: Machine) -> Module:
    """`enum`."""
    bases: dict[str, Value] = {cls.name: cls for cls in (ENUM, INT_ENUM, STR_ENUM, FLAG)}
    return partial_module(
        "enum",
        {**bases, "auto": Model("auto", lambda call: Auto(), True), "unique": passthrough("enum.unique")},
    )
