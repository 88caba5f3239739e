"""`argparse`: arguments come from what stands after ``--``; one that is not given has its default.

Python's own parser does the work, at the moment of parsing, on what the program has declared until then.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping
from typing import NoReturn

from pipelift.compiler.evaluate.library.models import ignored, items, partial_module
from pipelift.compiler.evaluate.library.registry import module
from pipelift.compiler.evaluate.machine import LibraryCall, Machine
from pipelift.compiler.evaluate.unknown import Gap
from pipelift.compiler.evaluate.values import (
    Iter,
    Model,
    Modelled,
    ModelledClass,
    Module,
    Raised,
    Unknown,
    Value,
    find_unknown,
)

_SETTINGS = ("nargs", "const", "dest", "choices", "metavar")
_ACTIONS = frozenset(
    {"store", "store_true", "store_false", "store_const", "append", "append_const", "count", "extend"}
)


class Namespace(Modelled):
    """The parsed arguments."""

    sdk_name = "argparse.Namespace"
    pure = True

    def __init__(self, call: LibraryCall, /, **values: Value) -> None:
        self.span = call.span
        self.__dict__.update(values)

    def __iter__(self) -> Iterator[Value]:
        return iter(())

    def contains(self, call: LibraryCall, name: Value) -> Value:
        """``name in args``."""
        return name in self.__dict__


class Parser(Modelled):
    """An `ArgumentParser`, or a group of one: it collects what is declared, and parses what is given."""

    sdk_name = "argparse.ArgumentParser"
    pure = True

    def __init__(self, call: LibraryCall, *args: Value, **kwargs: Value) -> None:
        self.span = call.span
        self._declared: list[Callable[[argparse.ArgumentParser], None]] = []
        parents = kwargs.get("parents")
        for parent in parents if isinstance(parents, (list, tuple)) else ():
            if isinstance(parent, Parser):
                self._declared.extend(parent._declared)

    def add_argument(self, call: LibraryCall, *flags: Value, **options: Value) -> Value:
        """Declare one argument."""
        call.touch(self._declared)
        names = tuple(flag for flag in flags if isinstance(flag, str))
        self._declared.append(lambda parser: _add_argument(call, parser, names, dict(options)))
        return None

    def add_argument_group(self, call: LibraryCall, *args: Value, **kwargs: Value) -> Value:
        """A group adds to its parser."""
        return self

    def add_mutually_exclusive_group(self, call: LibraryCall, *args: Value, **kwargs: Value) -> Value:
        """A group adds to its parser."""
        return self

    def add_subparsers(self, call: LibraryCall, *, dest: Value = None, **kwargs: Value) -> Value:
        """Declare commands."""
        commands = Commands(call, dest)
        call.touch(self._declared)
        self._declared.append(commands.declare)
        return commands

    def set_defaults(self, call: LibraryCall, **defaults: Value) -> Value:
        """Declare defaults."""
        call.touch(self._declared)
        self._declared.append(lambda parser: parser.set_defaults(**defaults))
        return None

    def parse_args(self, call: LibraryCall, args: Value = None, namespace: Value = None) -> Value:
        """The arguments given, or their defaults; a required one that is missing is unknown."""
        return self._parse(call, args, ignore_extra=False)

    def parse_known_args(self, call: LibraryCall, args: Value = None, namespace: Value = None) -> Value:
        """As `parse_args`, with the rest."""
        return self._parse(call, args, ignore_extra=True)

    def _parse(self, call: LibraryCall, args: Value, *, ignore_extra: bool) -> Value:
        words = list(call.outside.arguments) if args is None else items(call, args)
        unknown = find_unknown(words, 1)
        if unknown is not None:
            return (unknown, []) if ignore_extra else unknown
        parser = _PythonParser(call)
        for declare in self._declared:
            declare(parser)
        namespace, extra = parser.parse_known_args([str(word) for word in words])
        if extra and not ignore_extra:
            parser.error(f"unrecognized arguments: {' '.join(extra)}")
        parsed = Namespace(call, **vars(namespace))
        for name, supply in _list_absent(parser, vars(namespace)):
            call.outside.absent.note(supply, parsed, name)
        return (parsed, extra) if ignore_extra else parsed

    def print_help(self, call: LibraryCall, *args: Value) -> Value:
        """Nothing is printed while evaluating."""
        return None

    print_usage = print_help

    def error(self, call: LibraryCall, message: Value) -> Value:
        """End the program."""
        raise Raised("SystemExit", f"the program refuses its arguments: {message}", call.span, (2,))


class Commands(Modelled):
    """What `add_subparsers` gives."""

    sdk_name = "argparse.commands"
    pure = True

    def __init__(self, call: LibraryCall, dest: Value) -> None:
        self.span = call.span
        self._dest = dest if isinstance(dest, str) else None
        self._parsers: dict[str, Parser] = {}

    def add_parser(self, call: LibraryCall, name: Value, **kwargs: Value) -> Value:
        """Declare a command."""
        call.touch(self._parsers)
        parser = Parser(call, **kwargs)
        self._parsers[str(name)] = parser
        return parser

    def declare(self, parser: argparse.ArgumentParser) -> None:
        """Add the commands to Python's own parser."""
        subparsers = parser.add_subparsers(dest=self._dest or argparse.SUPPRESS)
        for name, inner in self._parsers.items():
            subparser = subparsers.add_parser(name)
            for declare in inner._declared:
                declare(subparser)


class _PythonParser(argparse.ArgumentParser):
    """Python's own parser; it prints nothing and does not end the process."""

    def __init__(self, call: LibraryCall | None = None, **_: Value) -> None:
        super().__init__(prog="program", add_help=False)
        self.call = call

    def error(self, message: str) -> NoReturn:
        raise Raised(
            "SystemExit",
            f"the program refuses its arguments: {message}",
            self.call.span if self.call else None,
            (2,),
        )


def _list_absent(parser: argparse.ArgumentParser, values: Mapping[str, Value]) -> Iterator[tuple[str, str]]:
    """The arguments that are None as nobody gives them, those of the chosen command too: attribute, way to give it."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for chosen in action.choices.values():
                yield from _list_absent(chosen, values)
        elif action.dest in values and values[action.dest] is None and action.nargs != 0:
            flag = next((one for one in action.option_strings if one.startswith("--")), "")
            word = flag or next(iter(action.option_strings), "")
            yield action.dest, f"{word} VALUE" if word else action.dest.upper()


def _add_argument(
    call: LibraryCall, parser: argparse.ArgumentParser, flags: tuple[str, ...], options: dict[str, Value]
) -> None:
    settings: dict[str, Value] = {name: options[name] for name in _SETTINGS if name in options}
    action = options.get("action", "store")
    if not flags or find_unknown([*settings.values(), action]) is not None:
        return
    if action in ("help", "version"):
        return
    if isinstance(action, str) and action in _ACTIONS:
        settings["action"] = action
    choices = settings.get("choices")
    if isinstance(choices, Iter):
        settings["choices"] = list(choices.items)
    converter = options.get("type")
    if converter is not None and settings.get("action", "store") in ("store", "append", "extend"):
        settings["type"] = _make_converter(call, converter)
    _add_default(call, flags, options, settings)
    add_to_parser: Callable[..., Value] = parser.add_argument
    try:
        add_to_parser(*flags, **settings)
    except (TypeError, ValueError, argparse.ArgumentError) as error:
        raise Raised(type(error).__name__, str(error), call.span) from None


def _add_default(
    call: LibraryCall, flags: tuple[str, ...], options: dict[str, Value], settings: dict[str, Value]
) -> None:
    """The default; what is required and not given becomes unknown, with the option that supplies it."""
    positional = not flags[0].startswith("-")
    if "default" in options:
        settings["default"] = options["default"]
    missing = options.get("required") is True or (positional and settings.get("nargs") in (None, "+"))
    if not missing:
        return
    word = "VALUE" if positional else f"{flags[-1]} VALUE"
    gap = Gap("argument", flags[-1], f"-- {word}")
    reason = f"the argument {flags[-1]} is not given"
    settings["default"] = Unknown(reason, call.span, supply=gap.supply, gap=gap)
    if positional:
        settings["nargs"] = "?" if settings.get("nargs") is None else "*"


def _make_converter(call: LibraryCall, function: Value) -> Callable[[str], Value]:
    """The function that `type` names, for Python's own parser."""

    def convert(text: str) -> Value:
        try:
            with call.machine.awaiting():
                return call.invoke(function, (text,), {})
        except Raised as error:
            if error.kind in ("ValueError", "TypeError", "ArgumentTypeError"):
                raise ValueError(error.message) from None
            raise

    convert.__name__ = str(getattr(function, "name", "value"))
    return convert


@module("argparse")
def argparse_module(it: Machine) -> Module:
    """`argparse`."""
    parser = ModelledClass("argparse.ArgumentParser", Parser)
    names = (
        "ArgumentDefaultsHelpFormatter",
        "RawTextHelpFormatter",
        "RawDescriptionHelpFormatter",
        "HelpFormatter",
    )
    error = Model(
        "ArgumentTypeError", lambda call, *args: Raised("ArgumentTypeError", str(args[:1]), call.span), True
    )
    return partial_module(
        "argparse",
        {
            "ArgumentParser": parser,
            "Namespace": ModelledClass("argparse.Namespace", Namespace),
            "ArgumentTypeError": error,
            "SUPPRESS": argparse.SUPPRESS,
            "REMAINDER": argparse.REMAINDER,
            "FileType": Model("FileType", lambda call, *_: None),
            "BooleanOptionalAction": "store_true",
            **{name: ignored(name) for name in names},
        },
    )
