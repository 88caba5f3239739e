"""`abc`."""

from __future__ import annotations

from pipelift.compiler.evaluate.library.models import kept, partly
from pipelift.compiler.evaluate.library.registry import module
from pipelift.compiler.evaluate.machine import Machine
from pipelift.compiler.evaluate.values import Model, Module, Unknown


@module("abc")
def abc_module(it: Machine) -> Module:
    """`abc`."""
    names = ("abstractmethod", "abstractproperty")
    base = Model("abc.ABC", lambda call: Unknown("an object without a class", call.span))
    return partly("abc", {"ABC": base, "ABCMeta": base, **{name: kept(f"abc.{name}") for name in names}})
