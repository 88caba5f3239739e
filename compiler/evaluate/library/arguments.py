"""`argparse`: arguments come from what stands after ``--``; an argument that is not given has its default."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelift.compiler.evaluate.library.models import partly
from pipelift.compiler.evaluate.values import Call, Model, Modelled, ModelledClass, Module, Unknown, Value

if TYPE_CHECKING:
    from pipelift.compiler.evaluate.interpreter import Interpreter


class Namespace(Modelled):
    """The parsed arguments."""

    sdk_name = "argparse.Namespace"

    def __init__(self, call: Call, **values: Value) -> None:
        self.span = call.span
        self.__dict__.update(values)


class Parser(Modelled):
    """An `ArgumentParser`, or a group of one: it collects arguments and parses those given."""

    sdk_name = "argparse.ArgumentParser"

    def __init__(self, call: Call, *args: Value, **kwargs: Value) -> None:
        self.span = call.span
        self._arguments: list[tuple[tuple[str, ...], dict[str, Value]]] = []
        self._defaults: dict[str, Value] = {}

    def add_argument(self, call: Call, *flags: Value, **options: Value) -> Value:
        """Remember one argument."""
        call.touch(self._arguments)
        self._arguments.append((tuple(flag for flag in flags if isinstance(flag, str)), options))
        return None

    def add_argument_group(self, call: Call, *args: Value, **kwargs: Value) -> Value:
        """A group adds to its parser."""
        return self

    def add_mutually_exclusive_group(self, call: Call, *args: Value, **kwargs: Value) -> Value:
        """A group adds to its parser."""
        return self

    def set_defaults(self, call: Call, **defaults: Value) -> Value:
        """Remember defaults."""
        call.touch(self._defaults)
        self._defaults.update(defaults)
        return None

    def parse_args(self, call: Call, args: Value = None, namespace: Value = None) -> Value:
        """The arguments given, or their defaults; a required one that is missing is unknown."""
        return self._parse(call, args)

    def parse_known_args(self, call: Call, args: Value = None, namespace: Value = None) -> Value:
        """As `parse_args`, with the rest, which is taken to be empty."""
        return (self._parse(call, args), [])

    def _parse(self, call: Call, args: Value) -> Value:
        given = list(args) if isinstance(args, (list, tuple)) else list(call.outside.arguments)
        words = [word for word in given if isinstance(word, str)]
        values = dict(self._defaults)
        positional = self._positional(words)
        for flags, options in self._arguments:
            name = _destination(flags, options)
            values[name] = self._value(call, flags, options, words, positional)
        return Namespace(call, **values)

    def _positional(self, words: list[str]) -> list[str]:
        found: list[str] = []
        skip = 0
        for word in words:
            if skip:
                skip -= 1
            elif word.startswith("-"):
                skip = 0 if "=" in word else self._width(word)
            else:
                found.append(word)
        return found

    def _width(self, flag: str) -> int:
        for flags, options in self._arguments:
            if flag in flags:
                return 0 if str(options.get("action", "")).startswith("store_") else 1
        return 1

    def _value(
        self, call: Call, flags: tuple[str, ...], options: dict[str, Value], words: list[str], rest: list[str]
    ) -> Value:
        if not flags or not flags[0].startswith("-"):
            return self._converted(call, options, rest.pop(0)) if rest else _missing(call, flags, options)
        action = str(options.get("action", "store"))
        for position, word in enumerate(words):
            flag, separator, value = word.partition("=")
            if flag not in flags:
                continue
            if action in ("store_true", "store_false"):
                return action == "store_true"
            if separator:
                return self._converted(call, options, value)
            if options.get("nargs") in ("*", "+") or isinstance(options.get("nargs"), int):
                return [self._converted(call, options, one) for one in _until_flag(words[position + 1 :])]
            if position + 1 < len(words):
                return self._converted(call, options, words[position + 1])
        if action in ("store_true", "store_false"):
            return options.get("default", action == "store_false")
        return _missing(call, flags, options)

    def _converted(self, call: Call, options: dict[str, Value], word: str) -> Value:
        convert = options.get("type")
        return word if convert is None else call.invoke(convert, (word,), {})


def _until_flag(words: list[str]) -> list[str]:
    end = next((i for i, word in enumerate(words) if word.startswith("--")), len(words))
    return words[:end]


def _destination(flags: tuple[str, ...], options: dict[str, Value]) -> str:
    if isinstance(options.get("dest"), str):
        return str(options["dest"])
    long = next((flag for flag in flags if flag.startswith("--")), flags[0] if flags else "argument")
    return long.lstrip("-").replace("-", "_")


def _missing(call: Call, flags: tuple[str, ...], options: dict[str, Value]) -> Value:
    if "default" in options:
        default = options["default"]
        convert = options.get("type")
        return (
            call.invoke(convert, (default,), {})
            if convert is not None and isinstance(default, str)
            else default
        )
    flag = flags[0] if flags else "argument"
    if options.get("required") or not flag.startswith("-"):
        return Unknown(f"the argument {flag} is not given", call.span, supply=f"-- {flag} VALUE")
    return None


def argparse_module(it: Interpreter) -> Module:
    """`argparse`."""
    parser = ModelledClass("argparse.ArgumentParser", Parser)
    formatter = Model("formatter", lambda call, *args, **kwargs: None, takes_unknown=True)
    names = ("ArgumentDefaultsHelpFormatter", "RawTextHelpFormatter", "RawDescriptionHelpFormatter")
    return partly("argparse", {"ArgumentParser": parser, **dict.fromkeys(names, formatter)})
