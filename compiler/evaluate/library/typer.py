"""`typer`: commands whose parameters are those of their functions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import libcst

from pipelift.compiler.evaluate.library.click import Command, invoke_command, list_context_names
from pipelift.compiler.evaluate.library.models import ignored, partial_module
from pipelift.compiler.evaluate.library.parameters import Kind, Parameter, as_path
from pipelift.compiler.evaluate.library.registry import module
from pipelift.compiler.evaluate.machine import LibraryCall, Machine
from pipelift.compiler.evaluate.objects import Function
from pipelift.compiler.evaluate.values import Model, Modelled, ModelledClass, Module, Unknown, Value

_MANY = frozenset({"Iterable", "List", "Sequence", "list"})
_OPTIONS = ("callback", "count", "envvar", "is_flag", "prompt")
_KINDS = frozenset({"int", "float", "bool", "str"})


class Typer(Command):
    """A typer application: one command runs as it is, several are chosen by the first word."""

    sdk_name = "typer.Typer"

    def __init__(self, call: LibraryCall, **kwargs: Value) -> None:
        super().__init__(call, "app", None, [], kwargs)
        self._single = True
        if kwargs.get("callback") is not None:
            self.callback(call, kwargs["callback"])

    _keeps_functions = True

    def _list_parameters_of(self, call: LibraryCall, function: Value) -> list[Parameter]:
        return _list_parameters(call, function)


@module("typer")
def typer_module(it: Machine) -> Module:
    """`typer`."""
    members: dict[str, Value] = {
        "Typer": ModelledClass("typer.Typer", Typer),
        "run": Model("typer.run", _typer_run, takes_unknown=True),
        "Option": Model("typer.Option", lambda call, *a, **k: _make_info(True, a, k), takes_unknown=True),
        "Argument": Model(
            "typer.Argument", lambda call, *a, **k: _make_info(False, a, k), takes_unknown=True
        ),
        "Context": Model(
            "typer.Context", lambda call, *_: Unknown("a context is not followed", call.span), True
        ),
        **{name: ignored(f"typer.{name}") for name in ("echo", "secho", "confirm")},
    }
    return partial_module("typer", members)


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


def _make_info(is_option: bool, args: tuple[Value, ...], kwargs: Mapping[str, Value]) -> Info:
    positional = [kwargs["default"]] if "default" in kwargs else list(args[:1])
    leads_with_flag = bool(args) and isinstance(args[0], str) and args[0].startswith("-")
    default = ... if not positional or (leads_with_flag and "default" not in kwargs) else positional[0]
    flags = tuple(arg for arg in args if isinstance(arg, str) and arg.startswith("-"))
    return Info(is_option, default, flags, {name: kwargs[name] for name in _OPTIONS if name in kwargs})


def _typer_run(call: LibraryCall, function: Value) -> Value:
    command = Command(call, "main", function, _list_parameters(call, function))
    return invoke_command(call, command, None)


def _list_parameters(call: LibraryCall, function: Value) -> list[Parameter]:
    """A typer command's parameters, from its function's signature."""
    if not isinstance(function, Function) or isinstance(function.node, libcst.Lambda):
        return []
    declared = (*function.node.params.params, *function.node.params.kwonly_params)
    contexts = list_context_names(function)
    return [
        _make_parameter(call, function, parameter)
        for parameter in declared
        if parameter.name.value not in contexts
    ]


def _make_parameter(call: LibraryCall, function: Function, declaration: libcst.Param) -> Parameter:
    name = declaration.name.value
    annotation = _read_annotation(declaration)
    declared_default = function.defaults.get(name, ...)
    info = declared_default if isinstance(declared_default, Info) else _find_info(call, function, annotation)
    default = info._default if isinstance(declared_default, Info) and info is not None else declared_default
    is_option = info._is_option if info is not None else name in function.defaults
    options: dict[str, Value] = {"default": default, **(info._keywords if info is not None else {})}
    options["required"] = default is ...
    if annotation.kind == "bool" and is_option:
        long = name.replace("_", "-")
        flags = (info._flags if info is not None else ()) or (f"--{long}/--no-{long}",)
        return Parameter(True, (name, *flags), {**options, "is_flag": True})
    options["type"] = _convert_type(call, function, annotation.kind)
    if annotation.many:
        options.update({"multiple": True} if is_option else {"nargs": -1})
    if not is_option:
        return Parameter(False, (name,), options)
    flags = (info._flags if info is not None else ()) or ("--" + name.replace("_", "-"),)
    return Parameter(True, (name, *flags), options)


def _convert_type(call: LibraryCall, function: Function, kind: str) -> Value:
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
    metadata: tuple[libcst.BaseExpression, ...]


def _read_annotation(parameter: libcst.Param) -> Annotation:
    node: libcst.CSTNode | None = (
        parameter.annotation.annotation if parameter.annotation is not None else None
    )
    many = False
    metadata: tuple[libcst.BaseExpression, ...] = ()
    while isinstance(node, (libcst.Subscript, libcst.BinaryOperation)):
        if isinstance(node, libcst.BinaryOperation):
            node = node.left
            continue
        inner = [part.slice.value for part in node.slice if isinstance(part.slice, libcst.Index)]
        outer = _find_last_name(node.value)
        many = many or outer in _MANY
        metadata = tuple(inner[1:]) if outer == "Annotated" else metadata
        node = inner[0] if inner else None
    return Annotation(_find_last_name(node), many, metadata)


def _find_last_name(node: libcst.CSTNode | None) -> str:
    if isinstance(node, libcst.Attribute):
        return node.attr.value
    return node.value if isinstance(node, libcst.Name) else ""


def _find_info(call: LibraryCall, function: Function, annotation: Annotation) -> Info | None:
    """The ``typer.Option(…)`` that stands in ``Annotated[…]``, evaluated in the place where it stands."""
    machine = call.machine
    outer_source, machine.source = machine.source, function.source
    try:
        values = [machine.evaluate(node, function.scope) for node in annotation.metadata]
    finally:
        machine.source = outer_source
    return next((value for value in values if isinstance(value, Info)), None)
