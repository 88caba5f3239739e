"""`typer`: commands whose parameters are those of their functions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeGuard

import libcst

from pipelift.compiler.evaluate.library.click import Command, Parameter, invoke_command
from pipelift.compiler.evaluate.library.models import ignored, partly
from pipelift.compiler.evaluate.library.registry import module
from pipelift.compiler.evaluate.machine import LibraryCall, Machine
from pipelift.compiler.evaluate.objects import Function
from pipelift.compiler.evaluate.values import Model, Modelled, ModelledClass, Module, Value


class Typer(Command):
    """A typer application: one command runs as it is, several are chosen by the first word."""

    sdk_name = "typer.Typer"

    def __init__(self, call: LibraryCall, **kwargs: Value) -> None:
        super().__init__(call, "app", None, [])
        self._single = True

    _keeps_functions = True

    def _parameters_of(self, call: LibraryCall, function: Value) -> list[Parameter]:
        return _parameters_of(call, function)


@module("typer")
def typer_module(it: Machine) -> Module:
    """`typer`."""
    members: dict[str, Value] = {
        "Typer": ModelledClass("typer.Typer", Typer),
        "run": Model("typer.run", _typer_run, takes_unknown=True),
        "Option": Model("typer.Option", lambda call, *a, **k: _info(True, a, k), takes_unknown=True),
        "Argument": Model("typer.Argument", lambda call, *a, **k: _info(False, a, k), takes_unknown=True),
        **{name: ignored(f"typer.{name}") for name in ("echo", "secho", "confirm")},
    }
    return partly("typer", members)


class Info(Modelled):
    """What ``typer.Option(…)`` or ``typer.Argument(…)`` says of a parameter."""

    sdk_name = "typer.Info"
    pure = True

    def __init__(self, option: bool, default: Value, flags: tuple[str, ...], env: str) -> None:
        self._about = (option, default, flags, env)


def _info(option: bool, args: tuple[Value, ...], kwargs: Mapping[str, Value]) -> Info:
    rest = list(args)
    default = kwargs.get("default", rest.pop(0) if rest and not _is_flag(rest[0]) else ...)
    flags = tuple(one for one in rest if _is_flag(one))
    env = kwargs.get("envvar")
    return Info(option, default, flags, env if isinstance(env, str) else "")


def _is_flag(value: Value) -> TypeGuard[str]:
    return isinstance(value, str) and value.startswith("-")


def _typer_run(call: LibraryCall, function: Value) -> Value:
    command = Command(call, "main", function, _parameters_of(call, function))
    return invoke_command(call, command, None)


def _parameters_of(call: LibraryCall, function: Value) -> list[Parameter]:
    """A typer command's parameters, from its function's signature."""
    if not isinstance(function, Function) or isinstance(function.node, libcst.Lambda):
        return []
    every = (*function.node.params.params, *function.node.params.kwonly_params)
    return [_typed_one(call, function, one) for one in every]


def _typed_one(call: LibraryCall, function: Function, one: libcst.Param) -> Parameter:
    name = one.name.value
    default = function.defaults.get(name, ...)
    option, env = name in function.defaults, ""
    flags: tuple[str, ...] = ()
    if isinstance(default, Info):
        option, default, flags, env = default._about
    kind = _annotated_type(one)
    converts = call.machine.builtins.get(kind) if kind in ("int", "float", "bool") else None
    if kind == "Path" or (converts is None and kind not in ("str", "")):
        holder = function.scope.holder(kind)
        converts = holder.names[kind] if holder is not None else None
    long = "--" + name.replace("_", "-")
    if not option:
        return Parameter(name, (), default, default is ..., converts)
    is_flag = kind == "bool"
    shown = flags or (long,)
    off = ("--no-" + name.replace("_", "-"),) if is_flag and not flags else ()
    return Parameter(name, shown, default, default is ..., converts, is_flag, off, env=env)


def _annotated_type(one: libcst.Param) -> str:
    """The name of a parameter's type, without ``Optional`` and ``Annotated``."""
    node: libcst.CSTNode | None = one.annotation.annotation if one.annotation is not None else None
    while isinstance(node, libcst.Subscript):
        element = node.slice[0].slice
        node = element.value if isinstance(element, libcst.Index) else None
    if isinstance(node, libcst.BinaryOperation):
        node = node.left
    if isinstance(node, libcst.Attribute):
        return node.attr.value
    return node.value if isinstance(node, libcst.Name) else ""
