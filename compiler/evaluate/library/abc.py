"""`abc`."""

from __future__ import annotations

from pipelift.compiler.evaluate.library.models import partial_module, passthrough
from pipelift.compiler.evaluate.library.registry import module
from pipelift.compiler.evaluate.machine import Machine
from pipelift.compiler.evaluate.values import Model, Module, Unknown


@module("abc")
def abc_module(it: Machine) -> Module:
    """`abc`."""
    names = ("abstractmethod", "abstractproperty")
    base = Model("abc.ABC", lambda call: Unknown("an object without a class", call.span))
    return partial_module(
        "abc", {"ABC": base, "ABCMeta": base, **{name: passthrough(f"abc.{name}") for name in names}}
    )
