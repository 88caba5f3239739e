"""`contextlib`."""

from __future__ import annotations

from pipelift.compiler.evaluate.library.models import partial_module
from pipelift.compiler.evaluate.library.registry import module
from pipelift.compiler.evaluate.machine import LibraryCall, Machine
from pipelift.compiler.evaluate.managers import Suppress
from pipelift.compiler.evaluate.objects import Function
from pipelift.compiler.evaluate.values import Model, Module, Unknown, Value


@module("contextlib")
def contextlib_module(it: Machine) -> Module:
    """`contextlib`."""

    def manager(call: LibraryCall, function: Value) -> Value:
        if isinstance(function, Function):
            function.manager = True
        return function

    def entered(call: LibraryCall, value: Value = None) -> Value:
        return (
            Unknown("it is not known what the context manager gives", call.span) if value is None else value
        )

    return partial_module(
        "contextlib",
        {
            "contextmanager": Model("contextlib.contextmanager", manager, True),
            "suppress": Model("contextlib.suppress", lambda call, *classes: Suppress(classes), True),
            "closing": Model("contextlib.closing", entered, True),
            "nullcontext": Model("contextlib.nullcontext", entered, True),
        },
    )
