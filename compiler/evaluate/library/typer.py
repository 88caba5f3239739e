"""`typer`: commands whose parameters are those of their functions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import libcst

from pipelift.compiler.evaluate.library.click import Command, invoke_command
from pipelift.compiler.evaluate.library.models import ignored, partly
from pipelift.compiler.evaluate.library.parameters import Kind, Parameter, as_path
from pipelift.compiler.evaluate.library.registry import module
from pipelift.compiler.evaluate.machine import LibraryCall, Machine
from pipelift.compiler.evaluate.objects import Function
from pipelift.compiler.evaluate.values import Model, Modelled, ModelledClass, Module, Value

_MANY = frozenset({"Iterable", "List", "Sequence", "list"})
_OPTIONS = ("callback", "count", "envvar", "is_flag", "prompt")
_KINDS = frozenset({"int", "float", "bool", "str"})


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

    def __init__(
        self, is_option: bool, default: Value, flags: tuple[str, ...], options: Mapping[str, Value]
    ) -> None:
        self._is_option = is_option
        self._default = default
        self._flags = flags
        self._keywords = options


def _info(is_option: bool, args: tuple[Value, ...], kwargs: Mapping[str, Value]) -> Info:
    given = [kwargs["default"]] if "default" in kwargs else list(args[:1])
    leads_with_flag = bool(args) and isinstance(args[0], str) and args[0].startswith("-")
    default = ... if not given or (leads_with_flag and "default" not in kwargs) else given[0]
    flags = tuple(one for one in args if isinstance(one, str) and one.startswith("-"))
    return Info(is_option, default, flags, {name: kwargs[name] for name in _OPTIONS if name in kwargs})


def _typer_run(call: LibraryCall, function: Value) -> Value:
    command = Command(call, "main", function, _parameters_of(call, function))
    return invoke_command(call, command, None)


def _parameters_of(call: LibraryCall, function: Value) -> list[Parameter]:
    """A typer command's parameters, from its function's signature."""
    if not isinstance(function, Function) or isinstance(function.node, libcst.Lambda):
        return []
    every = (*function.node.params.params, *function.node.params.kwonly_params)
    return [_parameter(call, function, one) for one in every]


def _parameter(call: LibraryCall, function: Function, one: libcst.Param) -> Parameter:
    name = one.name.value
    annotation = _annotation(one)
    written = function.defaults.get(name, ...)
    info = written if isinstance(written, Info) else _annotated(call, function, annotation)
    default = info._default if isinstance(written, Info) and info is not None else written
    is_option = info._is_option if info is not None else name in function.defaults
    options: dict[str, Value] = {"default": default, **(info._keywords if info is not None else {})}
    options["required"] = default is ...
    if annotation.kind == "bool" and is_option:
        long = name.replace("_", "-")
        flags = (info._flags if info is not None else ()) or (f"--{long}/--no-{long}",)
        return Parameter(True, (name, *flags), {**options, "is_flag": True})
    options["type"] = _type(call, function, annotation.kind)
    if annotation.many:
        options.update({"multiple": True} if is_option else {"nargs": -1})
    if not is_option:
        return Parameter(False, (name,), options)
    flags = (info._flags if info is not None else ()) or ("--" + name.replace("_", "-"),)
    return Parameter(True, (name, *flags), options)


def _type(call: LibraryCall, function: Function, kind: str) -> Value:
    """What an annotation makes of a word: a builtin, a path, a class of the program's; None for a text."""
    if kind in _KINDS:
        return call.machine.builtins[kind]
    if kind == "Path":
        return Kind(call, as_path)
    holder = function.scope.holder(kind)
    return holder.names[kind] if holder is not None else None


@dataclass(frozen=True, slots=True)
class Annotation:
    """The type that an annotation names, whether it takes several, and what ``Annotated`` adds to it."""

    kind: str
    many: bool
    added: tuple[libcst.BaseExpression, ...]


def _annotation(one: libcst.Param) -> Annotation:
    node: libcst.CSTNode | None = one.annotation.annotation if one.annotation is not None else None
    many = False
    added: tuple[libcst.BaseExpression, ...] = ()
    while isinstance(node, (libcst.Subscript, libcst.BinaryOperation)):
        if isinstance(node, libcst.BinaryOperation):
            node = node.left
            continue
        inner = [part.slice.value for part in node.slice if isinstance(part.slice, libcst.Index)]
        outer = _last_name(node.value)
        many = many or outer in _MANY
        added = tuple(inner[1:]) if outer == "Annotated" else added
        node = inner[0] if inner else None
    return Annotation(_last_name(node), many, added)


def _last_name(node: libcst.CSTNode | None) -> str:
    if isinstance(node, libcst.Attribute):
        return node.attr.value
    return node.value if isinstance(node, libcst.Name) else ""


def _annotated(call: LibraryCall, function: Function, annotation: Annotation) -> Info | None:
    """The ``typer.Option(…)`` that stands in ``Annotated[…]``, evaluated in the place where it stands."""
    machine = call.machine
    before, machine.source = machine.source, function.source
    try:
        values = [machine.evaluate(node, function.scope) for node in annotation.added]
    finally:
        machine.source = before
    return next((one for one in values if isinstance(one, Info)), None)
