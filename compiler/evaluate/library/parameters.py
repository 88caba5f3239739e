"""The parameters of commands: click's own objects parse what stands after ``--``; nothing is asked or looked up."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import NoReturn

import click
from click.core import ParameterSource

from pipelift.compiler.evaluate.machine import LibraryCall
from pipelift.compiler.evaluate.objects import Function
from pipelift.compiler.evaluate.unknown import Gap
from pipelift.compiler.evaluate.values import (
    PLAIN,
    BoundMethod,
    Model,
    Modelled,
    Raised,
    Unknown,
    Value,
    derived,
    find_unknown,
)

_SETTINGS = ("allow_extra_args", "allow_interspersed_args", "auto_envvar_prefix", "ignore_unknown_options")
_OPTION_NAMES = ("count", "envvar", "expose_value", "flag_value", "is_flag", "multiple", "nargs")
_NATIVE = (int, float, bool, str)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One option or argument of a command, as the program declares it: its names and flags, and click's keywords."""

    is_option: bool
    declarations: tuple[str, ...]
    options: Mapping[str, Value] = field(default_factory=dict)


class Kind(Modelled):
    """A type of click's that a program makes: ``click.Choice([…])``. `convert` is what click takes for a type."""

    sdk_name = "click.ParamType"
    pure = True

    def __init__(self, call: LibraryCall, convert: Value) -> None:
        self.span = call.span
        self._convert = convert


def as_text(word: str) -> Value:
    """The path of a file or folder as it is written: only a run opens it, or asks whether it is there."""
    return word


def as_path(word: str) -> Value:
    """A path of `pathlib`: only a run asks whether it is there."""
    return PurePosixPath(word)


def _convert_type(call: LibraryCall, declared: Value) -> Value:
    """What click takes for the ``type=…`` of a program; None where the program leaves that to click."""
    if isinstance(declared, Kind):
        return declared._convert
    if isinstance(declared, (list, tuple)):
        types: Callable[..., Value] = click.Tuple
        return types([_convert_type(call, item) for item in declared])
    if isinstance(declared, Model) and declared.native in _NATIVE:
        return declared.native
    return None if declared is None else _make_converter(call, declared)


def _make_converter(call: LibraryCall, function: Value) -> Callable[[Value], Value]:
    """A type that is a function or class of the program's, or of a library."""

    def value(word: Value) -> Value:
        try:
            with call.machine.awaiting():
                return call.invoke(function, (word,), {})
        except Raised as error:
            if error.kind not in ("ValueError", "TypeError"):
                raise
            raise click.BadParameter(error.message) from None

    return value


class _EnvironmentValue:
    """What a parameter takes from the variables that the caller of pipelift gives, and from no others."""

    environment: Mapping[str, str]
    envvar: str | Sequence[str] | None

    def resolve_envvar_value(self, ctx: click.Context) -> str | None:
        names = [self.envvar] if isinstance(self.envvar, str) else list(self.envvar or ())
        name = getattr(self, "name", None)
        if not names and ctx.auto_envvar_prefix and name and isinstance(self, click.Option):
            names = [f"{ctx.auto_envvar_prefix}_{name.upper()}"]
        return next((value for variable in names if (value := self.environment.get(variable))), None)


class _Option(_EnvironmentValue, click.Option):
    """A click option that reads only the caller's variables."""


class _Argument(_EnvironmentValue, click.Argument):
    """A click argument that reads only the caller's variables."""


def parse(
    call: LibraryCall,
    parameters: Sequence[Parameter],
    words: Sequence[str],
    settings: Mapping[str, Value],
    *,
    is_group: bool = False,
) -> tuple[dict[str, Value], list[str]]:
    """The values of a command's parameters by name, and the words that a group leaves to its commands.

    Raises `Raised` with `SystemExit` for words that click refuses, and as click does for a declaration that it refuses.
    """
    pairs = [(parameter, _build_parameter(call, parameter)) for parameter in parameters]
    command = click.Command("program", params=[real for _, real in pairs], add_help_option=False)
    context_settings: dict[str, Value] = {name: settings[name] for name in _SETTINGS if name in settings}
    if is_group:
        context_settings.update(allow_extra_args=True, allow_interspersed_args=False)
    make: Callable[..., click.Context] = command.make_context
    try:
        context = make("program", list(words), **context_settings)
    except click.ClickException as error:
        _refuse(call, error.format_message())
    values: dict[str, Value] = {}
    for parameter, real in pairs:
        if real.name in context.params and real.name not in values:
            values[real.name] = _find_value(call, parameter, real, context)
    return values, list(context.args)


def _refuse(call: LibraryCall, why: str) -> NoReturn:
    raise Raised("SystemExit", f"the program refuses its arguments: {why.rstrip('.')}", call.span, (2,))


def _build_parameter(call: LibraryCall, parameter: Parameter) -> click.Parameter:
    """The parameter as click has it; a default that click cannot hold is left out."""
    options = parameter.options
    settings: dict[str, Value] = {
        name: options[name]
        for name in _OPTION_NAMES
        if name in options and find_unknown(options[name]) is None
    }
    settings["type"] = _convert_type(call, options.get("type"))
    if "default" in options and _is_plain(options["default"]):
        settings["default"] = options["default"]
    make: Callable[..., click.Parameter] = _Option if parameter.is_option else _Argument
    try:
        built = make(list(parameter.declarations), required=False, **settings)
    except (TypeError, ValueError, AttributeError) as error:
        raise Raised(type(error).__name__, str(error), call.span) from None
    assert isinstance(built, _EnvironmentValue)
    built.environment = call.outside.environment
    return built


def _is_plain(value: Value) -> bool:
    if isinstance(value, (list, tuple)):
        return all(map(_is_plain, value))
    return isinstance(value, PLAIN) and value is not ...


def _find_value(
    call: LibraryCall, parameter: Parameter, real: click.Parameter, context: click.Context
) -> Value:
    """What click reads, else the default that it cannot hold; unknown where a value has to be given."""
    value: Value = context.params[str(real.name)]
    if context.get_parameter_source(str(real.name)) is ParameterSource.DEFAULT:
        default = parameter.options.get("default")
        if isinstance(default, (Function, Model, BoundMethod)):
            value = call.invoke(default, (), {})
        elif not _is_plain(default) and default is not ...:
            value = default
        elif value in (None, ()) and _is_required(parameter, real):
            value = _make_missing(call, real)
        elif value is None:
            flag = max(real.opts, key=len)
            call.outside.absent.note(f"{flag} VALUE" if parameter.is_option else flag.upper())
    callback = parameter.options.get("callback")
    if callback is not None:
        context_value = Unknown("pipelift does not follow the context of a command", call.span)
        return call.invoke(callback, (context_value, context_value, value), {})
    return value


def _is_required(parameter: Parameter, real: click.Parameter) -> bool:
    options = parameter.options
    if "required" in options:
        return options["required"] is True
    if parameter.is_option:
        return options.get("prompt") not in (None, False)
    return options.get("default") is None and real.nargs != -1


def _make_missing(call: LibraryCall, real: click.Parameter) -> Unknown:
    flag = real.opts[0] if isinstance(real, click.Option) else ""
    label = flag or str(real.name)
    gap = Gap("argument", label, f"-- {flag} VALUE".replace("  ", " "))
    return Unknown(f"the argument {label} is not given", call.span, supply=gap.supply, gap=gap)


def make_unknown_values(
    call: LibraryCall, parameters: Sequence[Parameter], cause: Unknown
) -> dict[str, Value]:
    """The values of parameters where it is not known what stands on the command line."""
    reason = "what stands on the command line is not known"
    names = [
        str(_build_parameter(call, parameter).name)
        for parameter in parameters
        if parameter.options.get("expose_value") is not False
    ]
    return {name: derived(reason, call.span, cause) for name in names}
