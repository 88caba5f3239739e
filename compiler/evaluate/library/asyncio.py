"""`asyncio`: coroutines run where they are awaited."""

from __future__ import annotations

from pipelift.compiler.evaluate.library.models import ignored, partial_module
from pipelift.compiler.evaluate.library.registry import module
from pipelift.compiler.evaluate.machine import Machine
from pipelift.compiler.evaluate.values import Model, Module


@module("asyncio")
def asyncio_module(it: Machine) -> Module:
    """`asyncio`: a coroutine has run when it is awaited, so what runs one gives its value."""
    run = Model("asyncio.run", lambda call, value, **_: value, takes_unknown=True)
    gather = Model("asyncio.gather", lambda call, *values, **_: list(values), takes_unknown=True)
    return partial_module("asyncio", {"run": run, "gather": gather, "sleep": ignored("asyncio.sleep")})
