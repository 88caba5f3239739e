"""Small modules: sys, copy, dataclasses, functools, logging, warnings, string, typing."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from pipelift.compiler.evaluate.library.builtins import end_program
from pipelift.compiler.evaluate.library.models import ignored, partly
from pipelift.compiler.evaluate.values import Call, Model, Modelled, Module, Unknown, Value

if TYPE_CHECKING:
    from pipelift.compiler.evaluate.interpreter import Interpreter


def sys_module(it: Interpreter) -> Module:
    """`sys`: the arguments are those given after ``--``."""
    members: dict[str, Value] = {
        "argv": [str(it.outside.main), *it.outside.arguments],
        "path": [str(it.outside.folder)],
        "exit": Model("sys.exit", end_program, takes_unknown=True),
        "executable": "python",
        "platform": "linux",
        "version_info": tuple(sys.version_info[:3]),
    }
    return partly("sys", members)


def copy_module(it: Interpreter) -> Module:
    """`copy`: a copy of a list or dict is one; SDK objects are copied with their attributes."""

    def copied(call: Call, value: Value) -> Value:
        import copy

        if isinstance(value, (list, dict, set)):
            return value.copy()
        return copy.copy(value) if isinstance(value, Modelled) else value

    return partly("copy", {name: Model(f"copy.{name}", copied, True) for name in ("copy", "deepcopy")})


def dataclasses_module(it: Interpreter) -> Module:
    """`dataclasses`: the decorator is read by name; `field` carries its default."""

    class FieldDefault:
        """What ``field(default_factory=…)`` stands for until an object is made."""

        def __init__(self, default_factory: Any) -> None:
            self.default_factory = default_factory

    def field(call: Call, *, default: Value = None, default_factory: Value = None, **_: Value) -> Value:
        return FieldDefault(default_factory) if default_factory is not None else default

    decorator = Model("dataclass", lambda call, cls=None, **kwargs: cls, takes_unknown=True)
    return partly("dataclasses", {"dataclass": decorator, "field": Model("field", field, True)})


def functools_module(it: Interpreter) -> Module:
    """`functools`: decorators that keep the function, and `partial`."""

    def partial(call: Call, function: Value, *args: Value, **kwargs: Value) -> Value:
        def later(again: Call, *more: Value, **others: Value) -> Value:
            return again.invoke(function, (*args, *more), {**kwargs, **others})

        return Model("partial", later, takes_unknown=True)

    return partly("functools", {"partial": Model("functools.partial", partial, True)})


def _silent(name: str, members: tuple[str, ...]) -> Module:
    return partly(name, {member: ignored(f"{name}.{member}") for member in members})


def logging_module(it: Interpreter) -> Module:
    """`logging`: nothing is logged while evaluating."""
    names = ("debug", "info", "warning", "error", "exception", "critical", "basicConfig", "getLogger")
    module = _silent("logging", names)
    levels = {"DEBUG": 10, "INFO": 20, "WARNING": 30, "ERROR": 40, "CRITICAL": 50}
    silent = _silent("logger", (*names, "setLevel", "addHandler", "log"))
    module.members.update(levels, getLogger=Model("getLogger", lambda call, *args: silent, True))
    return module


def warnings_module(it: Interpreter) -> Module:
    """`warnings`: nothing is warned of while evaluating."""
    return _silent("warnings", ("filterwarnings", "simplefilter", "warn"))


def string_module(it: Interpreter) -> Module:
    """`string`: its constants."""
    import string

    names = ("ascii_letters", "ascii_lowercase", "ascii_uppercase", "digits", "punctuation")
    return partly("string", {name: getattr(string, name) for name in names})


def typing_module(it: Interpreter) -> Module:
    """`typing`: annotations are not evaluated, so its names only have to be there."""
    return partly("typing", {"TYPE_CHECKING": False, "NamedTuple": Unknown("NamedTuple is not followed")})
