"""`configparser`, over the files that the overlay shows."""

from __future__ import annotations

import configparser
import re
import textwrap
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import NoReturn

from pipelift.compiler.evaluate import meter
from pipelift.compiler.evaluate.library.files import File, decode_text, missing_file, out_of_reach, read_bytes
from pipelift.compiler.evaluate.library.models import partial_module
from pipelift.compiler.evaluate.library.registry import module
from pipelift.compiler.evaluate.machine import LibraryCall, Machine
from pipelift.compiler.evaluate.values import (
    Modelled,
    ModelledClass,
    Module,
    Raised,
    Unknown,
    Value,
    derived,
)

_SECTIONS = "which other sections there are is not known"


_dict: Callable[..., Value] = dict


class _FirstFault:
    """Stops at the first line that is none; Python collects them all, in quadratic time before 3.13."""

    def _handle_error(self, fault: None, name: str, number: int, line: str) -> NoReturn:
        error = configparser.ParsingError(name)
        error.append(number, repr(line))
        raise error


class _RawParser(_FirstFault, configparser.RawConfigParser):
    """A parser that puts no values into others."""


class _Parser(_FirstFault, configparser.ConfigParser):
    """A parser that puts values into others."""


class Config(Modelled):
    """A `ConfigParser`: Python's own holds what was read."""

    sdk_name = "configparser.ConfigParser"
    pure = True

    def __init__(self, call: LibraryCall, *args: Value, **kwargs: Value) -> None:
        self.span = call.span
        raw = kwargs.get("interpolation", ...) is None
        self._parser = _RawParser() if raw else _Parser()
        self._absent: Unknown | None = None
        self._unread: Unknown | None = None

    def __iter__(self) -> Iterator[Value]:
        unread = [] if self._unread is None else [derived(_SECTIONS, self.span, self._unread, many=True)]
        return iter([*self._parser.sections(), *unread])

    def _ask(self, call: LibraryCall, name: str, *args: Value, **kwargs: Value) -> Value:
        """What Python's own parser says; unknown for what a file that is not there, or not read, may hold."""
        if self._unread is not None:
            return self._unread
        self._charge(name, args, kwargs.get("vars"))
        try:
            return getattr(self._parser, name)(*args, **kwargs)
        except (configparser.Error, ValueError, KeyError) as error:
            if self._absent is not None:
                return self._absent
            raise Raised(type(error).__name__, _shorten(str(error)), call.span) from None

    def _charge(self, name: str, args: tuple[Value, ...], given: Value) -> None:
        """Charge for what is read or put together. Raises `TooLarge`."""
        if name.startswith("read"):
            meter.spend(sum(len(str(arg)) for arg in args[:1]) // 20)
            return
        section = str(args[0]) if args else ""
        if not isinstance(self._parser, configparser.ConfigParser) or not self._parser.has_section(section):
            return
        values = dict(self._parser.items(section, raw=True))
        values |= given if isinstance(given, dict) else {}
        lengths = _measure_values({str(key): str(value) for key, value in values.items()})
        meter.spend(1 + len(values) // 10)
        meter.limit(max(lengths.values(), default=0) if name != "items" else sum(lengths.values()))

    def read(self, call: LibraryCall, filenames: Value, encoding: Value = None) -> Value:
        """Read files; those that are not there are left out, as Python does."""
        names = filenames if isinstance(filenames, (list, tuple)) else [filenames]
        loaded = []
        for name in map(str, names):
            refusal = call.outside.refusal(name)
            if refusal is not None:
                self._unread = out_of_reach(call, name, refusal)
                continue
            if not call.outside.is_file(name):
                reason = f"the file '{name}' is not there"
                self._absent = Unknown(reason, call.span, absent=True, gap=missing_file(call, name))
                continue
            data = read_bytes(call, name)
            if not isinstance(data, Unknown):
                self._ask(call, "read_string", decode_text(call, data, name), name)
                loaded.append(name)
        return loaded

    def read_file(self, call: LibraryCall, file: Value, source: Value = None) -> Value:
        """Read an open file."""
        return self._ask(call, "read_string", str(file.read(call))) if isinstance(file, File) else None

    def read_string(self, call: LibraryCall, text: Value, source: Value = None) -> Value:
        """Read a text."""
        return self._ask(call, "read_string", str(text))

    def read_dict(self, call: LibraryCall, values: Value, source: Value = None) -> Value:
        """Read a dict."""
        return self._ask(call, "read_dict", values)

    def get(self, call: LibraryCall, section: Value, option: Value, **options: Value) -> Value:
        """A value as text."""
        return self._ask(call, "get", section, option, **options)

    def getint(self, call: LibraryCall, section: Value, option: Value, **options: Value) -> Value:
        """A value as a whole number."""
        return self._ask(call, "getint", section, option, **options)

    def getfloat(self, call: LibraryCall, section: Value, option: Value, **options: Value) -> Value:
        """A value as a number."""
        return self._ask(call, "getfloat", section, option, **options)

    def getboolean(self, call: LibraryCall, section: Value, option: Value, **options: Value) -> Value:
        """A value as a truth value."""
        return self._ask(call, "getboolean", section, option, **options)

    def sections(self, call: LibraryCall) -> Value:
        """The names of the sections."""
        return self._unread or self._parser.sections()

    def options(self, call: LibraryCall, section: Value) -> Value:
        """The names in a section."""
        return self._ask(call, "options", section)

    def items(self, call: LibraryCall, section: Value) -> Value:
        """The pairs of a section."""
        return self._ask(call, "items", section)

    def has_section(self, call: LibraryCall, section: Value) -> Value:
        """Whether the section is there."""
        return self._unread or self._parser.has_section(str(section))

    def has_option(self, call: LibraryCall, section: Value, option: Value) -> Value:
        """Whether the value is there."""
        return self._unread or self._parser.has_option(str(section), str(option))

    def contains(self, call: LibraryCall, section: Value) -> Value:
        """``section in config``."""
        return self._unread or section in self._parser

    def item(self, call: LibraryCall, section: Value) -> Value:
        """``config[section]``: the section's values as a dict."""
        if self._unread is not None:
            return self._unread
        if section == "DEFAULT":
            return dict(self._parser.defaults())
        if not self._parser.has_section(str(section)):
            if self._absent is not None:
                return self._absent
            raise Raised("KeyError", f"'{section}'", call.span, (section,))
        pairs = self._ask(call, "items", section)
        return pairs if isinstance(pairs, Unknown) else _dict(pairs)


def _shorten(text: str) -> str:
    """What a parser says, up to the first line of the file that it is about."""
    return textwrap.shorten(" ".join(text.split("\n", 2)[:2]), MAX_MESSAGE, placeholder=" …")


MAX_MESSAGE = 300
"""How many letters of a parser's message are shown."""


def _measure_values(values: Mapping[str, str]) -> dict[str, int]:
    """How long each value of a section becomes, at most, by the rounds in which one may name another."""
    lengths = {name: len(text) for name, text in values.items()}
    references = {name: Counter(_REFERENCE.findall(text.lower())) for name, text in values.items()}
    for _ in range(configparser.MAX_INTERPOLATION_DEPTH):
        lengths = {
            name: len(text) + sum(lengths.get(other, 0) * count for other, count in references[name].items())
            for name, text in values.items()
        }
    return lengths


_REFERENCE = re.compile(r"%\(([^)]+)\)s")


@module("configparser")
def configparser_module(it: Machine) -> Module:
    """`configparser`."""
    cls = ModelledClass("configparser.ConfigParser", Config)
    return partial_module(
        "configparser", dict.fromkeys(("ConfigParser", "RawConfigParser", "SafeConfigParser"), cls)
    )
