"""`click`: commands that take their arguments from what stands after ``--``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar

import click

from pipelift.compiler.evaluate import operators
from pipelift.compiler.evaluate.library.models import ignored, partial_module, passthrough
from pipelift.compiler.evaluate.library.parameters import (
    Kind,
    Parameter,
    as_path,
    as_text,
    make_unknown_values,
    parse,
)
from pipelift.compiler.evaluate.library.registry import module
from pipelift.compiler.evaluate.machine import LibraryCall, Machine
from pipelift.compiler.evaluate.objects import Function
from pipelift.compiler.evaluate.values import Model, Modelled, Module, Raised, Unknown, Value, find_unknown

_PARAMETERS = "__click_params__"
_CONTEXT = "__click_context__"


def _list_parameters(function: Value) -> list[Parameter]:
    """What click's decorators say of a function's parameters."""
    parameters = function.attributes.get(_PARAMETERS) if isinstance(function, Function) else None
    return (
        [parameter for parameter in parameters if isinstance(parameter, Parameter)]
        if isinstance(parameters, list)
        else []
    )


class Command(Modelled):
    """A command, or a group of them: calling it reads the arguments and calls the program's function."""

    sdk_name = "click.Command"
    pure = True

    def __init__(
        self,
        call: LibraryCall,
        name: str,
        function: Value,
        parameters: list[Parameter],
        options: Mapping[str, Value] | None = None,
    ) -> None:
        self.span = call.span
        self.name = name
        self._function = function
        self._parameters = parameters
        self._options = options or {}
        self._commands: dict[str, Command] = {}
        self._single = False

    _keeps_functions: ClassVar[bool] = False
    """Whether a function that is made a command of the group stays a function."""

    def _list_parameters_of(self, call: LibraryCall, function: Value) -> list[Parameter]:
        """The parameters of a function that is made a command of the group."""
        return _list_parameters(function)

    def command(self, call: LibraryCall, *args: Value, **kwargs: Value) -> Value:
        """A decorator that adds a command to a group."""
        return _make_command_decorator(call, args, kwargs, self)

    group = command

    def callback(self, call: LibraryCall, function: Value = None, **options: Value) -> Value:
        """A decorator for what runs before each command, with parameters of its own."""

        def decorate(again: LibraryCall, decorated: Value) -> Value:
            again.touch(self.__dict__)
            self._function = decorated
            self._parameters = self._list_parameters_of(again, decorated)
            self._options = {**self._options, **options}
            self._single = False
            return decorated

        return decorate(call, function) if function is not None else Model("callback", decorate, True)

    def add_command(self, call: LibraryCall, command: Value, name: Value = None) -> Value:
        """Add a command to a group."""
        if isinstance(command, Command):
            call.touch(self._commands)
            self._commands[str(name or command.name)] = command
        return None

    def add_typer(self, call: LibraryCall, app: Value, *, name: Value = None, **_: Value) -> Value:
        """Add a typer application as a command."""
        return self.add_command(call, app, name)

    def called(self, call: LibraryCall, *args: Value, **kwargs: Value) -> Value:
        """``main()``."""
        return self.main(call, *args, **kwargs)

    def main(self, call: LibraryCall, args: Value = None, **kwargs: Value) -> Value:
        """Read the arguments and run; as in click, the program ends after that."""
        return invoke_command(call, self, args, standalone=kwargs.get("standalone_mode") is not False)


def invoke_command(
    call: LibraryCall, command: Command, args: Value = None, *, standalone: bool = True
) -> Value:
    """Run a command with the arguments given. Raises `Raised` with `SystemExit` where the program ends after it."""
    unknown = find_unknown(args)
    if unknown is not None:
        result = _invoke_function(call, command, make_unknown_values(call, command._parameters, unknown))
    else:
        words = args if isinstance(args, (list, tuple)) else call.outside.arguments
        result = _run_command(call, command, [str(word) for word in words])
    if standalone:
        raise Raised("SystemExit", "the program ends after its command", call.span, (0,))
    return result


def _run_command(call: LibraryCall, command: Command, words: list[str]) -> Value:
    if command._single and len(command._commands) == 1:
        return _run_command(call, next(iter(command._commands.values())), words)
    settings = command._options.get("context_settings")
    values, remaining = parse(
        call,
        command._parameters,
        words,
        settings if isinstance(settings, dict) else {},
        is_group=bool(command._commands),
    )
    result = _invoke_function(call, command, values)
    if not command._commands or (not remaining and command._options.get("invoke_without_command") is True):
        return result
    inner = command._commands.get(remaining[0]) if remaining else None
    if inner is None:
        names = ", ".join(command._commands)
        raise Raised("SystemExit", f"no command is given after --; there are: {names}", call.span, (2,))
    return _run_command(call, inner, remaining[1:])


def _invoke_function(call: LibraryCall, command: Command, values: Mapping[str, Value]) -> Value:
    """Call the program's function, with the context first where it asks for that."""
    function = command._function
    if function is None:
        return None
    asks = isinstance(function, Function) and _CONTEXT in function.attributes
    context = Unknown("pipelift does not follow the context of a command", call.span)
    contexts = {} if asks else dict.fromkeys(list_context_names(function), context)
    return call.invoke(function, (context,) if asks else (), {**values, **contexts})


def list_context_names(function: Value) -> list[str]:
    """The parameters that typer gives the context, by their annotation."""
    if not isinstance(function, Function):
        return []
    annotations = {
        one.name.value: one.annotation.annotation
        for one in (*function.node.params.params, *function.node.params.kwonly_params)
        if one.annotation is not None
    }
    return [
        name
        for name, node in annotations.items()
        if "Context" in (getattr(node, "value", ""), getattr(getattr(node, "attr", None), "value", ""))
    ]


@module("click")
def click_module(it: Machine) -> Module:
    """`click`."""
    types = {"STRING": "str", "INT": "int", "FLOAT": "float", "BOOL": "bool"}
    members: dict[str, Value] = {
        "command": Model(
            "click.command", lambda call, *a, **k: _make_command_decorator(call, a, k, None), True
        ),
        "group": Model("click.group", lambda call, *a, **k: _make_command_decorator(call, a, k, None), True),
        "option": Model(
            "click.option", lambda call, *a, **k: _make_declaration(True, a, k), takes_unknown=True
        ),
        "argument": Model(
            "click.argument", lambda call, *a, **k: _make_declaration(False, a, k), takes_unknown=True
        ),
        "pass_context": Model("click.pass_context", _pass_context, takes_unknown=True),
        "pass_obj": Model("click.pass_obj", _pass_context, takes_unknown=True),
        **{name: it.builtins[kind] for name, kind in types.items()},
        **{name: Model(f"click.{name}", _wrap_type(cls), takes_unknown=True) for name, cls in _TYPES.items()},
        "Path": Model("click.Path", _make_path_type, takes_unknown=True),
        "File": Model("click.File", lambda call, *args, **kwargs: Kind(call, as_text), True),
        **{name: ignored(f"click.{name}") for name in ("echo", "secho", "style", "confirm")},
        **{name: passthrough(f"click.{name}") for name in ("version_option", "help_option")},
    }
    return partial_module("click", members)


_TYPES: Mapping[str, Callable[..., Value]] = {
    "Choice": click.Choice,
    "DateTime": click.DateTime,
    "FloatRange": click.FloatRange,
    "IntRange": click.IntRange,
    "Tuple": click.Tuple,
}


def _wrap_type(make: Callable[..., Value]) -> Callable[..., Value]:
    """A model of one of click's types that only computes; with something unknown it takes any text."""

    def run(call: LibraryCall, *args: Value, **kwargs: Value) -> Value:
        if find_unknown([*args, *kwargs.values()]) is not None:
            return Kind(call, as_text)
        return Kind(call, operators.apply(lambda: make(*args, **kwargs)))

    return run


def _make_path_type(call: LibraryCall, *args: Value, path_type: Value = None, **kwargs: Value) -> Value:
    return Kind(call, as_text if path_type is None else as_path)


def _make_declaration(
    is_option: bool, declarations: tuple[Value, ...], options: Mapping[str, Value]
) -> Model:
    names = tuple(declaration for declaration in declarations if isinstance(declaration, str))
    parameter = Parameter(is_option, names, dict(options))

    def decorate(call: LibraryCall, decorated: Value) -> Value:
        if isinstance(decorated, Command):
            decorated._parameters.insert(0, parameter)
        elif isinstance(decorated, Function):
            call.touch(decorated.attributes)
            decorated.attributes[_PARAMETERS] = [parameter, *_list_parameters(decorated)]
        return decorated

    return Model("click.option", decorate, takes_unknown=True)


def _pass_context(call: LibraryCall, function: Value) -> Value:
    if isinstance(function, Function):
        call.touch(function.attributes)
        function.attributes[_CONTEXT] = True
    return function


def _make_command_decorator(
    call: LibraryCall, args: tuple[Value, ...], kwargs: Mapping[str, Value], group: Command | None
) -> Value:
    name = next((value for value in (*args, kwargs.get("name")) if isinstance(value, str)), None)

    def decorate(again: LibraryCall, function: Value) -> Value:
        own = str(getattr(function, "name", "command")).replace("_", "-")
        parameters = (
            _list_parameters(function) if group is None else group._list_parameters_of(again, function)
        )
        command = Command(again, name or own, function, parameters, kwargs)
        if group is not None:
            group.add_command(again, command)
        return function if group is not None and group._keeps_functions else command

    if args and isinstance(args[0], Function):
        return decorate(call, args[0])
    return Model("click.command", decorate, takes_unknown=True)
