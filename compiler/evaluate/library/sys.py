"""`sys`."""

from __future__ import annotations

import sys
from collections import namedtuple

from pipelift.compiler.evaluate.library.builtins import end_program
from pipelift.compiler.evaluate.library.models import partial_module
from pipelift.compiler.evaluate.library.registry import module
from pipelift.compiler.evaluate.machine import Machine
from pipelift.compiler.evaluate.values import Model, Module, Unknown, Value


@module("sys")
def sys_module(it: Machine) -> Module:
    """`sys`: the arguments are those given after ``--``."""
    members: dict[str, Value] = {
        "argv": [str(it.outside.main), *it.outside.arguments],
        "path": [str(it.outside.folder)],
        "exit": Model("sys.exit", end_program, takes_unknown=True),
        "executable": "python",
        "platform": "linux",
        "modules": Unknown("only a run knows which modules are loaded"),
        "version": ".".join(map(str, sys.version_info[:3])),
        "version_info": _Version(*sys.version_info[:3]),
        "maxsize": sys.maxsize,
        "stdout": None,
        "stderr": None,
    }
    return partial_module("sys", members)


_Version = namedtuple("_Version", "major minor micro")
