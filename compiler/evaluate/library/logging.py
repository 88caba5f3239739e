"""`logging`."""

from __future__ import annotations

from pipelift.compiler.evaluate.library.models import silent_module
from pipelift.compiler.evaluate.library.registry import module
from pipelift.compiler.evaluate.machine import Machine
from pipelift.compiler.evaluate.values import Model, Module


@module("logging")
def logging_module(it: Machine) -> Module:
    """`logging`: nothing is logged while evaluating."""
    names = ("debug", "info", "warning", "error", "exception", "critical", "basicConfig", "getLogger")
    module = silent_module("logging", names)
    levels = {"DEBUG": 10, "INFO": 20, "WARNING": 30, "ERROR": 40, "CRITICAL": 50}
    logger = silent_module("logger", (*names, "setLevel", "addHandler", "log"))
    module.members.update(levels, getLogger=Model("getLogger", lambda call, *args: logger, True))
    return module
