"""Files that a program opens, reads or writes, in the overlay. Nothing is written to disk."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator

from pipelift.compiler.evaluate import growth, meter
from pipelift.compiler.evaluate.library.models import items
from pipelift.compiler.evaluate.machine import LibraryCall
from pipelift.compiler.evaluate.unknown import Gap
from pipelift.compiler.evaluate.values import Model, Modelled, Raised, Unknown, Value, derived
from pipelift.compiler.reading.reach import OutOfReach, relative_path


class File(Modelled):
    """An open file of the overlay; written text is there for later reads, closed or not."""

    sdk_name = "file"
    pure = True

    def __init__(self, call: LibraryCall, path: str, text: str | bytes) -> None:
        self.span = call.span
        self.name = path
        self._key = str(call.outside.resolve(path))
        self._text = text
        self._position = 0

    def __iter__(self) -> Iterator[Value]:
        return iter(self._take_remaining().splitlines(keepends=True))

    def _take_remaining(self) -> str | bytes:
        remaining = self._text[self._position :]
        meter.charge(remaining)
        self._position = len(self._text)
        return remaining

    def read(self, call: LibraryCall, size: Value = None) -> Value:
        """What has not been read yet."""
        if isinstance(size, int) and size >= 0:
            part = self._text[self._position : self._position + size]
            self._position += len(part)
            return part
        return self._take_remaining()

    def readline(self, call: LibraryCall) -> Value:
        """The next line with its end; empty at the end."""
        meter.read(len(self._text) - self._position)
        lines = self._text[self._position :].splitlines(keepends=True)
        line = lines[0] if lines else self._text[:0]
        self._position += len(line)
        return line

    def readlines(self, call: LibraryCall) -> Value:
        """The lines that have not been read yet, with their ends."""
        return list(self)

    def seek(self, call: LibraryCall, position: Value) -> Value:
        """Go to a place in the file."""
        self._position = position if isinstance(position, int) else 0
        return self._position

    def write(self, call: LibraryCall, data: Value) -> Value:
        """Add `data` to the overlay's file; where it is unknown, so is what the file holds."""
        if isinstance(data, Unknown) or not isinstance(data, type(self._text)):
            value = data if isinstance(data, Unknown) else Unknown("what is written is not known", call.span)
            call.outside.note_unknown(self._key, value, call.touch)
            return Unknown("what is written is not known", call.span)
        meter.limit(len(self._text) + len(data), MAX_WRITTEN)
        meter.read(len(self._text))
        meter.charge(data)
        self._text = operator.add(self._text, data)
        call.outside.write(self._key, _encode_text(self._text), call.touch)
        return len(data)

    def writelines(self, call: LibraryCall, lines: Value) -> Value:
        """Add each of `lines`."""
        for line in items(call, lines):
            self.write(call, line)
        return None

    def close(self, call: LibraryCall) -> Value:
        """Nothing is left to do."""
        return None

    def flush(self, call: LibraryCall) -> Value:
        """Nothing is left to do."""
        return None


_OPENING = 50
"""How many steps of the evaluation it takes to open a file: the system is asked a dozen times."""

MAX_WRITTEN = 5_000_000
"""How much a program may write into one file of the overlay."""


def _encode_text(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")


def open_file(
    call: LibraryCall,
    file: Value,
    mode: Value = "r",
    buffering: Value = -1,
    encoding: Value = None,
    **kwargs: Value,
) -> Value:
    """What ``open(file, mode)`` gives. A file that is not there is unknown, unless the program provides for that:
    another program, or an earlier run, may make it. Raises `Raised` where the program does provide."""
    name, mode = str(file), str(mode)
    if "\0" in name:
        raise Raised("ValueError", "embedded null byte", call.span)
    empty: str | bytes = b"" if "b" in mode else ""
    if "w" in mode or "x" in mode:
        call.outside.write(str(call.outside.resolve(name)), b"", call.touch)
        return File(call, name, empty)
    data = read_bytes(call, name, missing_is_empty="a" in mode)
    if isinstance(data, Unknown):
        return data
    if "b" in mode:
        opened = File(call, name, data)
    else:
        opened = File(call, name, decode_text(call, data, name, str(encoding or "utf-8-sig")))
    opened._position = len(opened._text) if "a" in mode else 0
    return opened


def read_bytes(call: LibraryCall, name: str, *, missing_is_empty: bool = False) -> bytes | Unknown:
    """The bytes of a file; unknown where it is not there, or holds something unknown."""
    unknown = call.outside.find_unknown_in(name)
    if isinstance(unknown, Unknown):
        return derived(f"what the program writes into '{name}' is not known", call.span, unknown)
    try:
        data = call.read(name)
        meter.charge(data)
        meter.spend(_OPENING)
        return data
    except OutOfReach as refusal:
        return out_of_reach(call, name, refusal)
    except OSError as error:
        if missing_is_empty and isinstance(error, FileNotFoundError):
            return b""
        kind = type(error).__name__
        if call.machine.is_caught(kind):
            raise Raised(
                kind, f"{error.strerror}: '{name}'", call.span, (error.errno, error.strerror)
            ) from None
        call.machine.external += 1
        reason = f"the file '{name}' cannot be read: {error.strerror}"
        return Unknown(reason, call.span, absent=True, gap=missing_file(call, name))


def missing_file(call: LibraryCall, name: str) -> Gap:
    """The gap that a file leaves which is not there."""
    places = tuple(relative_path(place, call.outside.start) for place in call.outside.list_meanings(name))
    return Gap("file", name, places=places)


def out_of_reach(call: LibraryCall, name: str, refusal: OutOfReach) -> Unknown:
    """The unknown for a path outside the project: it is neither present nor missing, so that no handler of the
    program takes over."""
    call.machine.external += 1
    reason = f"'{name}' lies outside the project, where pipelift does not look"
    return Unknown(reason, call.span, supply=refusal.allow, unread=True)


def decode_text(call: LibraryCall, data: bytes, name: str, encoding: str = "utf-8-sig") -> str:
    """The text of a file. Raises `Raised` for bytes that are none."""
    growth.check_method(data, "decode", [encoding])
    meter.charge(data)
    try:
        return data.decode(encoding).replace("\r\n", "\n")
    except (UnicodeDecodeError, LookupError) as error:
        raise Raised("UnicodeDecodeError", f"'{name}' is not text: {error}", call.span) from None


class TooMuch(ValueError):
    """A text is what it should be, and more than pipelift reads."""


MAX_PARSED = 4_000_000
"""The longest text that is parsed."""

BYTES_A_LETTER = 24
"""How many bytes the data may take that one letter of a text stands for: ``[]`` is a list."""


OPEN = Model("open", open_file)


def parse_source(call: LibraryCall, source: Value, parser: Callable[[str], Value], kind: str) -> Value:
    """What `parser` makes of a text or open file. Raises `Raised` of class `kind` for what it refuses."""
    text = source.read(call) if isinstance(source, File) else source
    if isinstance(text, bytes):
        text = decode_text(call, text, "the file")
    if not isinstance(text, str):
        return Unknown("what is parsed is not known", call.span)
    meter.limit(len(text), MAX_PARSED)
    meter.spend(len(text) // 50)
    meter.build(BYTES_A_LETTER * len(text))
    try:
        return parser(text)
    except TooMuch as error:
        return Unknown(f"pipelift does not read all of it: {error}", call.span, unread=True)
    except (ValueError, RecursionError) as error:
        raise Raised(kind, str(error).split("\n", 1)[0], call.span) from None
