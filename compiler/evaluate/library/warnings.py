"""`warnings`."""

from __future__ import annotations

from pipelift.compiler.evaluate.library.models import silent_module
from pipelift.compiler.evaluate.library.registry import module
from pipelift.compiler.evaluate.machine import Machine
from pipelift.compiler.evaluate.values import Module


@module("warnings")
def warnings_module(it: Machine) -> Module:
    """`warnings`: nothing is warned of while evaluating."""
    return silent_module("warnings", ("filterwarnings", "simplefilter", "warn"))
