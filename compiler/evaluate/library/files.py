"""Files that a definition reads or writes: `open`, json, yaml and shutil. Nothing is written to disk."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from pipelift.compiler.evaluate import operators
from pipelift.compiler.evaluate.display import printable
from pipelift.compiler.evaluate.exceptions import EXCEPTIONS
from pipelift.compiler.evaluate.library.models import ignored, items, partly
from pipelift.compiler.evaluate.machine import Machine
from pipelift.compiler.evaluate.values import (
    Call,
    Model,
    Modelled,
    Module,
    Raised,
    Unknown,
    Value,
    derived,
    find_unknown,
)
from pipelift.compiler.reading.reach import OutOfReach


class File(Modelled):
    """An open file of the overlay; written text is there for later reads, closed or not."""

    sdk_name = "file"
    pure = True

    def __init__(self, call: Call, path: str, text: str | bytes) -> None:
        self.span = call.span
        self.name = path
        self._key = str(call.outside.resolve(path))
        self._text = text
        self._position = 0

    def __iter__(self) -> Iterator[Value]:
        return iter(self._rest().splitlines(keepends=True))

    def _rest(self) -> str | bytes:
        rest = self._text[self._position :]
        self._position = len(self._text)
        return rest

    def read(self, call: Call, size: Value = None) -> Value:
        """What has not been read yet."""
        if isinstance(size, int) and size >= 0:
            part = self._text[self._position : self._position + size]
            self._position += len(part)
            return part
        return self._rest()

    def readline(self, call: Call) -> Value:
        """The next line with its end; empty at the end."""
        lines = self._text[self._position :].splitlines(keepends=True)
        line = lines[0] if lines else self._text[:0]
        self._position += len(line)
        return line

    def readlines(self, call: Call) -> Value:
        """The lines that have not been read yet, with their ends."""
        return list(self)

    def seek(self, call: Call, position: Value) -> Value:
        """Go to a place in the file."""
        self._position = position if isinstance(position, int) else 0
        return self._position

    def write(self, call: Call, data: Value) -> Value:
        """Add `data` to the overlay's file; where it is unknown, so is what the file holds."""
        if isinstance(data, Unknown) or not isinstance(data, type(self._text)):
            value = data if isinstance(data, Unknown) else Unknown("what is written is not known", call.span)
            call.outside.note_unknown(self._key, value, call.touch)
            return Unknown("what is written is not known", call.span)
        if len(self._text) + len(data) > MAX_WRITTEN:
            raise operators.TooLarge
        self._text = self._text + data  # type: ignore[operator]
        call.outside.write(self._key, _encoded(self._text), call.touch)
        return len(data)

    def writelines(self, call: Call, lines: Value) -> Value:
        """Add each of `lines`."""
        for line in items(call, lines):
            self.write(call, line)
        return None

    def close(self, call: Call) -> Value:
        """Nothing is left to do."""
        return None

    def flush(self, call: Call) -> Value:
        """Nothing is left to do."""
        return None


MAX_WRITTEN = 5_000_000
"""How much a program may write into one file of the overlay."""


def _encoded(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")


def open_file(
    call: Call, file: Value, mode: Value = "r", buffering: Value = -1, encoding: Value = None, **kwargs: Value
) -> Value:
    """What ``open(file, mode)`` gives. A file that is not there is unknown, unless the program provides for that:
    another program, or an earlier run, may make it. Raises `Raised` where the program does provide."""
    name, mode = str(file), str(mode)
    empty: str | bytes = b"" if "b" in mode else ""
    if "w" in mode or "x" in mode:
        call.outside.write(str(call.outside.resolve(name)), b"", call.touch)
        return File(call, name, empty)
    data = read_bytes(call, name, missing_is_empty="a" in mode)
    if isinstance(data, Unknown):
        return data
    if "b" in mode:
        made = File(call, name, data)
    else:
        made = File(call, name, as_text(call, data, name, str(encoding or "utf-8-sig")))
    made._position = len(made._text) if "a" in mode else 0
    return made


def read_bytes(call: Call, name: str, *, missing_is_empty: bool = False) -> bytes | Unknown:
    """The bytes of a file; unknown where it is not there, or holds something unknown."""
    written = call.outside.unknown_in(name)
    if isinstance(written, Unknown):
        return derived(f"what the program writes into '{name}' is not known", call.span, written)
    try:
        return call.outside.read(name)
    except OutOfReach as refusal:
        return out_of_reach(call, name, refusal)
    except OSError as error:
        if missing_is_empty and isinstance(error, FileNotFoundError):
            return b""
        kind = type(error).__name__
        if call.interpreter.caught(kind):
            raise Raised(
                kind, f"{error.strerror}: '{name}'", call.span, (error.errno, error.strerror)
            ) from None
        call.interpreter.external += 1
        return Unknown(f"the file '{name}' cannot be read: {error.strerror}", call.span, absent=True)


def out_of_reach(call: Call, name: str, refusal: OutOfReach) -> Unknown:
    """What lies outside the project is unknown: neither there nor missing, so no handler of the program knows better
    than its body."""
    call.interpreter.external += 1
    reason = f"'{name}' lies outside the project, where pipelift does not look"
    return Unknown(reason, call.span, supply=refusal.allow, unread=True)


def as_text(call: Call, data: bytes, name: str, encoding: str = "utf-8-sig") -> str:
    """The text of a file. Raises `Raised` for bytes that are none."""
    try:
        return data.decode(encoding).replace("\r\n", "\n")
    except (UnicodeDecodeError, LookupError) as error:
        raise Raised("UnicodeDecodeError", f"'{name}' is not text: {error}", call.span) from None


OPEN = Model("open", open_file)


def json_module(it: Machine) -> Module:
    """`json`."""
    load = lambda call, file, **_: parsed(call, file, json.loads, "JSONDecodeError")  # noqa: E731
    return partly(
        "json",
        {
            "load": Model("json.load", load),
            "loads": Model("json.loads", load),
            "dumps": Model("json.dumps", _dumped, takes_unknown=True),
            "dump": Model("json.dump", _dump, takes_unknown=True),
            "JSONDecodeError": EXCEPTIONS["JSONDecodeError"],
        },
    )


def parsed(call: Call, source: Value, parser: Callable[[str], Value], kind: str) -> Value:
    """What `parser` makes of a text or open file. Raises `Raised` of class `kind` for what it refuses."""
    text = source.read(call) if isinstance(source, File) else source
    if isinstance(text, bytes):
        text = as_text(call, text, "the file")
    if not isinstance(text, str):
        return Unknown("what is parsed is not known", call.span)
    call.interpreter.spend(len(text) // 500)
    try:
        return parser(text)
    except (ValueError, RecursionError) as error:
        raise Raised(kind, str(error).split("\n", 1)[0], call.span) from None


def _dumped(call: Call, value: Value, **options: Value) -> Value:
    unknown = find_unknown([value, *options.values()])
    if unknown is not None:
        return derived("a part of the text is not known", call.span, unknown)
    known = {name: options[name] for name in _JSON_OPTIONS if name in options}
    shown = printable(call.interpreter, value, call.span)
    return operators.apply(lambda: json.dumps(shown, **known))


_JSON_OPTIONS = ("indent", "sort_keys", "ensure_ascii", "separators", "skipkeys", "allow_nan")


def _dump(call: Call, value: Value, file: Value, **options: Value) -> Value:
    return file.write(call, _dumped(call, value, **options)) if isinstance(file, File) else None


def yaml_module(it: Machine) -> Module:
    """`yaml`: every loader is the safe one."""
    names = ("load", "safe_load", "full_load", "unsafe_load")
    members: dict[str, Value] = {name: Model(f"yaml.{name}", _load_yaml) for name in names}
    members["safe_load_all"] = members["load_all"] = Model("yaml.load_all", _load_all_yaml)
    members["dump"] = members["safe_dump"] = Model("yaml.dump", _dump_yaml, takes_unknown=True)
    members["YAMLError"] = EXCEPTIONS["YAMLError"]
    return partly("yaml", {**members, "SafeLoader": None, "FullLoader": None, "Loader": None})


def _load_yaml(call: Call, source: Value, *args: Value, **kwargs: Value) -> Value:
    return parsed(call, source, yaml_documents, "YAMLError")[0]


def _load_all_yaml(call: Call, source: Value, *args: Value, **kwargs: Value) -> Value:
    return parsed(call, source, yaml_documents, "YAMLError")


def yaml_documents(text: str) -> list[Value]:
    """The documents of a YAML text; aliases that would multiply it beyond measure are refused (`ValueError`)."""
    import yaml

    class Loader(yaml.SafeLoader):
        """The safe loader, which counts what aliases repeat."""

        aliased = 0

        def compose_node(self, parent: Any, index: Any) -> Any:
            Loader.aliased += self.check_event(yaml.AliasEvent)
            if Loader.aliased > MAX_ALIASES:
                raise ValueError("too many aliases")
            return super().compose_node(parent, index)

    try:
        found = list(yaml.load_all(text, Loader=Loader))
    except (yaml.YAMLError, TypeError, AttributeError, IndexError) as error:
        raise ValueError(_yaml_problem(error)) from None
    return found or [None]


def _yaml_problem(error: Exception) -> str:
    """What the parser says, with the line: none of the text, which may hold secrets."""
    mark = getattr(error, "problem_mark", None)
    said = getattr(error, "problem", None) or "it is no YAML"
    return said if mark is None else f"{said} (line {mark.line + 1})"


MAX_ALIASES = 1_000
"""How many aliases a YAML text may have."""


def _dump_yaml(call: Call, value: Value, stream: Value = None, **options: Value) -> Value:
    import yaml

    unknown = find_unknown(value)
    if unknown is not None:
        text: Value = derived("a part of the text is not known", call.span, unknown)
    else:
        shown = printable(call.interpreter, value, call.span)
        text = operators.apply(
            lambda: yaml.safe_dump(shown, sort_keys=options.get("sort_keys", True) is not False)
        )
    return stream.write(call, text) if isinstance(stream, File) else text


def shutil_module(it: Machine) -> Module:
    """`shutil`: copies land in the overlay."""
    names = {name: Model(f"shutil.{name}", _copy) for name in ("copy", "copy2", "copyfile", "move")}
    return partly(
        "shutil",
        {**names, "copytree": Model("shutil.copytree", _copy_tree), "rmtree": ignored("shutil.rmtree")},
    )


def _copy(call: Call, src: Value, dst: Value, *args: Value, **kwargs: Value) -> Value:
    data = read_bytes(call, str(src))
    name = str(src).rsplit("/", 1)[-1]
    into = f"{dst}/{name}" if call.outside.is_dir(str(dst)) else str(dst)
    target = str(call.outside.resolve(into))
    if isinstance(data, Unknown):
        call.outside.note_unknown(target, data, call.touch)
        return data
    call.outside.write(target, data, call.touch)
    return into


def _copy_tree(call: Call, src: Value, dst: Value, *args: Value, **kwargs: Value) -> Value:
    root = call.outside.resolve(str(src))
    target = call.outside.resolve(str(dst))
    try:
        paths = call.outside.files_below(root, MAX_COPIED)
    except OutOfReach as refusal:
        unread = out_of_reach(call, str(src), refusal)
        call.outside.note_unknown(str(target), unread, call.touch)
        return unread
    for path in paths:
        data = read_bytes(call, str(root / path))
        if isinstance(data, Unknown):
            call.outside.note_unknown(str(target / path), data, call.touch)
        else:
            call.outside.write(str(target / path), data, call.touch)
    return str(dst)


MAX_COPIED = 2_000
"""How many files one ``copytree`` copies into the overlay."""
