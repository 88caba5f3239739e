"""`uuid`: ids that differ in each run are not known."""

from __future__ import annotations

from pipelift.compiler.evaluate.library.models import opaque, partial_module
from pipelift.compiler.evaluate.library.registry import module
from pipelift.compiler.evaluate.machine import Machine
from pipelift.compiler.evaluate.values import Module


@module("uuid")
def uuid_module(it: Machine) -> Module:
    """`uuid`."""
    names = ("uuid1", "uuid4", "getnode")
    return partial_module(
        "uuid", {name: opaque(f"uuid.{name}", "it is different in each run") for name in names}
    )
