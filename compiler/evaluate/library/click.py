"""`click`: commands that take their arguments from what stands after ``--``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from pipelift.compiler.evaluate.library.models import ignored, kept, partly
from pipelift.compiler.evaluate.library.registry import module
from pipelift.compiler.evaluate.machine import LibraryCall, Machine
from pipelift.compiler.evaluate.objects import Function
from pipelift.compiler.evaluate.values import Model, Modelled, Module, Raised, Unknown, Value


@dataclass
class Parameter:
    """One option (``--rate``, ``-r``) or argument of a command, as the program declares it."""

    name: str
    flags: tuple[str, ...] = ()
    default: Value = None
    required: bool = False
    converts: Value = None
    is_flag: bool = False
    off: tuple[str, ...] = ()
    multiple: bool = False
    nargs: int = 1
    env: str = ""


def _declared(function: Value) -> list[Parameter]:
    """What click's decorators say of a function's parameters."""
    declared = function.attributes.get("__click_params__") if isinstance(function, Function) else None
    return [one for one in declared if isinstance(one, Parameter)] if isinstance(declared, list) else []


class Command(Modelled):
    """A command, or a group of them: calling it reads the arguments and calls the program's function."""

    sdk_name = "click.Command"
    pure = True

    def __init__(self, call: LibraryCall, name: str, function: Value, parameters: list[Parameter]) -> None:
        self.span = call.span
        self.name = name
        self._function = function
        self._parameters = parameters
        self._commands: dict[str, Command] = {}
        self._single = False

    _keeps_functions: ClassVar[bool] = False
    """Whether a function that is made a command of the group stays a function."""

    def _parameters_of(self, call: LibraryCall, function: Value) -> list[Parameter]:
        """The parameters of a function that is made a command of the group."""
        return _declared(function)

    def command(self, call: LibraryCall, *args: Value, **kwargs: Value) -> Value:
        """A decorator that adds a command to a group."""
        return _command_decorator(call, args, kwargs, self)

    group = command

    def callback(self, call: LibraryCall, *args: Value, **kwargs: Value) -> Value:
        """A decorator for what runs before each command."""
        return kept("callback")

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
    words = [str(word) for word in args] if isinstance(args, (list, tuple)) else list(call.outside.arguments)
    result = _run(call, command, words)
    if standalone:
        raise Raised("SystemExit", "the program ends after its command", call.span, (0,))
    return result


def _run(call: LibraryCall, command: Command, words: list[str]) -> Value:
    if command._single and len(command._commands) == 1:
        return _run(call, next(iter(command._commands.values())), words)
    values, rest = _read(call, command._parameters, words, stop=bool(command._commands))
    result = None if command._function is None else call.invoke(command._function, (), values)
    if not command._commands:
        if rest:
            raise Raised(
                "SystemExit", f"the program refuses its arguments: {' '.join(rest)}", call.span, (2,)
            )
        return result
    inner = command._commands.get(rest[0]) if rest else None
    if inner is None:
        names = ", ".join(command._commands)
        raise Raised("SystemExit", f"no command is given after --; there are: {names}", call.span, (2,))
    return _run(call, inner, rest[1:])


def _read(
    call: LibraryCall, parameters: Sequence[Parameter], words: list[str], *, stop: bool
) -> tuple[dict[str, Value], list[str]]:
    """The values of a command's parameters, and the words that are left."""
    values: dict[str, Value] = {}
    rest: list[str] = []
    flags = {flag: one for one in parameters for flag in (*one.flags, *one.off)}
    pending = list(words)
    while pending:
        word = pending.pop(0)
        name, separator, value = word.partition("=")
        found = flags.get(name)
        if found is None:
            rest.append(word)
            if stop and not word.startswith("-"):
                rest.extend(pending)
                break
            continue
        if found.is_flag:
            values[found.name] = name not in found.off
            continue
        taken = [value] if separator else [pending.pop(0) for _ in range(found.nargs) if pending]
        made = [_converted(call, found, one) for one in taken]
        one_value = made[0] if found.nargs == 1 and made else tuple(made)
        earlier = values.get(found.name, ())
        several = (*earlier, one_value) if isinstance(earlier, tuple) else (one_value,)
        values[found.name] = several if found.multiple else one_value
    _fill(call, parameters, values, rest, stop)
    return values, rest


def _fill(
    call: LibraryCall, parameters: Sequence[Parameter], values: dict[str, Value], rest: list[str], stop: bool
) -> None:
    """Add arguments by position, variables and defaults."""
    for one in parameters:
        if not one.flags and rest and not stop:
            taken = rest[:] if one.nargs < 0 else rest[: one.nargs]
            del rest[: len(taken)]
            made = [_converted(call, one, word) for word in taken]
            values[one.name] = made[0] if one.nargs == 1 else tuple(made)
        elif one.name not in values:
            values[one.name] = _default(call, one)


def _default(call: LibraryCall, one: Parameter) -> Value:
    given = call.outside.environment.get(one.env) if one.env else None
    if given is not None:
        return _converted(call, one, given)
    if one.required:
        word = f"{one.flags[0]} VALUE" if one.flags else "VALUE"
        shown = one.flags[0] if one.flags else one.name
        return Unknown(f"the argument {shown} is not given", call.span, supply=f"-- {word}")
    if isinstance(one.default, str) and one.converts is not None:
        return _converted(call, one, one.default)
    if isinstance(one.default, (Function, Model)):
        return call.invoke(one.default, (), {})
    return () if one.default is None and (one.multiple or one.nargs < 0) else one.default


def _converted(call: LibraryCall, one: Parameter, word: str) -> Value:
    if one.is_flag or (isinstance(one.converts, Model) and one.converts.native is bool):
        return word.lower() in ("1", "true", "t", "yes", "y", "on")
    if one.converts is None:
        return word
    try:
        return call.invoke(one.converts, (word,), {})
    except Raised as error:
        message = f"the program refuses '{word}' for {one.name}: {error.message}"
        raise Raised("SystemExit", message, call.span, (2,)) from None


@module("click")
def click_module(it: Machine) -> Module:
    """`click`."""
    types = {"STRING": "str", "INT": "int", "FLOAT": "float", "BOOL": "bool"}
    text = Model("click.Path", lambda call, *args, **kwargs: None, takes_unknown=True)
    members: dict[str, Value] = {
        "command": Model("click.command", lambda call, *a, **k: _command_decorator(call, a, k, None), True),
        "group": Model("click.group", lambda call, *a, **k: _command_decorator(call, a, k, None), True),
        "option": Model("click.option", _option, takes_unknown=True),
        "argument": Model("click.argument", _argument, takes_unknown=True),
        **{name: it.builtins[kind] for name, kind in types.items()},
        **dict.fromkeys(("Path", "Choice", "File", "DateTime"), text),
        "IntRange": Model("click.IntRange", lambda call, *a, **k: it.builtins["int"], True),
        "FloatRange": Model("click.FloatRange", lambda call, *a, **k: it.builtins["float"], True),
        **{name: ignored(f"click.{name}") for name in ("echo", "secho", "style", "confirm")},
        **{name: kept(f"click.{name}") for name in ("pass_context", "version_option", "help_option")},
    }
    return partly("click", members)


def _option(call: LibraryCall, *declarations: Value, **options: Value) -> Value:
    texts = [one for one in declarations if isinstance(one, str)]
    flags = [one for one in texts if one.startswith("-")]
    on = tuple(one.split("/", 1)[0].strip() for one in flags)
    off = tuple(one.split("/", 1)[1].strip() for one in flags if "/" in one)
    longest = max(on, key=lambda flag: (flag.startswith("--"), len(flag)), default="option")
    name = next((one for one in texts if one.isidentifier()), longest.lstrip("-").replace("-", "_").lower())
    converts = options.get("type")
    default = options.get("default")
    multiple = options.get("multiple") is True
    is_flag = options.get("is_flag") is True or bool(off)
    required = options.get("required") is True or (options.get("prompt") is not None and default is None)
    if converts is None and isinstance(default, (int, float)) and not isinstance(default, bool):
        converts = call.machine.builtins[type(default).__name__]
    made = Parameter(
        name, on, False if is_flag and default is None else default, required, converts, is_flag, off
    )
    made.multiple, made.env = multiple, str(options.get("envvar") or "")
    made.nargs = options.get("nargs") if isinstance(options.get("nargs"), int) else 1  # type: ignore[assignment]
    return _declaring(made)


def _argument(call: LibraryCall, name: Value, **options: Value) -> Value:
    nargs = options.get("nargs", 1)
    required = options.get("required") is not False and "default" not in options and nargs != -1
    made = Parameter(
        str(name).lower().replace("-", "_"), (), options.get("default"), required, options.get("type")
    )
    made.nargs = nargs if isinstance(nargs, int) else 1
    return _declaring(made)


def _declaring(parameter: Parameter) -> Model:
    def decorate(call: LibraryCall, decorated: Value) -> Value:
        if isinstance(decorated, Command):
            decorated._parameters.insert(0, parameter)
            return decorated
        if isinstance(decorated, Function):
            call.touch(decorated.attributes)
            decorated.attributes["__click_params__"] = [parameter, *_declared(decorated)]
        return decorated

    return Model("click.option", decorate, takes_unknown=True)


def _command_decorator(
    call: LibraryCall, args: tuple[Value, ...], kwargs: Mapping[str, Value], group: Command | None
) -> Value:
    name = next((one for one in (*args, kwargs.get("name")) if isinstance(one, str)), None)

    def decorate(again: LibraryCall, function: Value) -> Value:
        own = str(getattr(function, "name", "command")).replace("_", "-")
        parameters = _declared(function) if group is None else group._parameters_of(again, function)
        command = Command(again, name or own, function, parameters)
        if group is not None:
            group.add_command(again, command)
        return function if group is not None and group._keeps_functions else command

    if args and isinstance(args[0], Function):
        return decorate(call, args[0])
    return Model("click.command", decorate, takes_unknown=True)
