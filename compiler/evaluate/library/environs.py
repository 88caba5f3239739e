"""`environs`, which only makes readers of variables."""

from __future__ import annotations

from pipelift.compiler.evaluate.library.models import opaque, partial_module
from pipelift.compiler.evaluate.library.registry import module
from pipelift.compiler.evaluate.machine import Machine
from pipelift.compiler.evaluate.values import Module


@module("environs")
def environs_module(it: Machine) -> Module:
    """`environs`, which only makes readers of variables: those are not followed."""
    return partial_module("environs", {"Env": opaque("environs.Env", "pipelift does not model environs.Env")})
