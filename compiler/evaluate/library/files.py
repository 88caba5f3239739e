"""Files that a definition reads or writes: `open`, json, yaml, dotenv and shutil. Nothing is written to disk."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pipelift.compiler.evaluate.library.models import ignored, partly
from pipelift.compiler.evaluate.values import Call, Model, Modelled, Module, Raised, Unknown, Value

if TYPE_CHECKING:
    from pipelift.compiler.evaluate.interpreter import Interpreter


class File(Modelled):
    """An open text file of the overlay; written text is there for later reads when it is closed or not."""

    sdk_name = "file"

    def __init__(self, call: Call, path: str, text: str, writing: bool) -> None:
        self.span = call.span
        self.name = path
        self._key = str(call.outside.resolve(path))
        self._text = text
        self._writing = writing

    def __iter__(self):  # type: ignore[no-untyped-def]  # the protocol's own signature
        return iter(self._text.splitlines(keepends=True))

    def read(self, call: Call, *args: Value) -> Value:
        """The whole text."""
        return self._text

    def readlines(self, call: Call) -> Value:
        """The lines with their ends."""
        return self._text.splitlines(keepends=True)

    def write(self, call: Call, data: Value) -> Value:
        """Add `data` to the overlay's file; an unknown text makes a file of unknown content."""
        if not isinstance(data, str):
            return Unknown("what is written is not known", call.span)
        call.touch(call.outside.written)
        self._text += data
        call.outside.written[self._key] = self._text.encode()
        return len(data)

    def close(self, call: Call) -> Value:
        """Nothing is left to do."""
        return None


def open_file(call: Call, path: Value, mode: Value = "r", *args: Value, **kwargs: Value) -> File:
    """What ``open(path, mode)`` gives. Raises `Raised` for a file that cannot be read."""
    name, mode = str(path), str(mode)
    if "w" in mode or "x" in mode:
        call.touch(call.outside.written)
        call.outside.written[str(call.outside.resolve(name))] = b""
        return File(call, name, "", True)
    try:
        text = call.outside.read(name).decode(str(kwargs.get("encoding") or "utf-8-sig"))
    except OSError as error:
        if "a" in mode:
            return File(call, name, "", True)
        raise Raised(type(error).__name__, f"{error.strerror}: '{name}'", call.span) from None
    except (UnicodeDecodeError, LookupError) as error:
        raise Raised("UnicodeDecodeError", f"'{name}' is not text: {error}", call.span) from None
    return File(call, name, text, "a" in mode)


OPEN = Model("open", open_file)


def json_module(it: Interpreter) -> Module:
    """`json`."""
    return partly(
        "json",
        {
            "load": Model("json.load", lambda call, file, **_: _parsed(call, file, json.loads)),
            "loads": Model("json.loads", lambda call, text, **_: _parsed(call, text, json.loads)),
            "dumps": Model("json.dumps", _dumped),
            "dump": Model("json.dump", _dump),
        },
    )


def _parsed(call: Call, source: Value, parser: object) -> Value:
    text = source.read(call) if isinstance(source, File) else source
    if not isinstance(text, str):
        return Unknown("what is parsed is not known", call.span)
    try:
        return parser(text)  # type: ignore[operator]
    except (ValueError, RecursionError) as error:
        raise Raised("ValueError", str(error).split("\n", 1)[0], call.span) from None


def _dumped(call: Call, value: Value, **options: Value) -> Value:
    try:
        return json.dumps(value, indent=options.get("indent"), sort_keys=bool(options.get("sort_keys")))
    except (TypeError, ValueError):
        return Unknown("the value cannot be written as JSON", call.span)


def _dump(call: Call, value: Value, file: Value, **options: Value) -> Value:
    return file.write(call, _dumped(call, value, **options)) if isinstance(file, File) else None


def yaml_module(it: Interpreter) -> Module:
    """`yaml`: every loader is the safe one."""
    import yaml

    def load(call: Call, source: Value, *args: Value, **kwargs: Value) -> Value:
        def safe(text: str) -> Value:
            try:
                return yaml.load(text, Loader=yaml.SafeLoader)
            except yaml.YAMLError as error:
                raise ValueError(str(error)) from None

        return _parsed(call, source, safe)

    names = {
        name: Model(f"yaml.{name}", load, takes_unknown=True) for name in ("load", "safe_load", "full_load")
    }
    return partly("yaml", {**names, "SafeLoader": None, "FullLoader": None, "Loader": None})


def dotenv_module(it: Interpreter) -> Module:
    """`python-dotenv`: a `.env` file gives what ``--env`` does not."""

    def load(call: Call, path: Value = ".env", *args: Value, **kwargs: Value) -> Value:
        name = str(path or ".env")
        if not call.outside.is_file(name):
            return False
        given = {
            **dotenv_values(call.outside.read(name).decode("utf-8", "replace")),
            **call.outside.environment,
        }
        call.outside.environment = given
        it.loaded.get("os", Module("os", {})).members.get("environ", Module("os.environ", {})).members.update(
            given
        )
        return True

    find = Model("find_dotenv", lambda call, *args, **kwargs: ".env", takes_unknown=True)
    return partly("dotenv", {"load_dotenv": Model("load_dotenv", load), "find_dotenv": find})


def dotenv_values(text: str) -> dict[str, str]:
    """The variables of a `.env` file: ``NAME=value`` lines, quotes and ``export`` allowed, ``#`` comments."""
    values: dict[str, str] = {}
    for line in text.splitlines():
        stripped = line.strip().removeprefix("export ").strip()
        name, separator, value = stripped.partition("=")
        if not separator or name.startswith("#"):
            continue
        value = value.strip()
        if value[:1] in ("'", '"') and value.endswith(value[:1]) and len(value) > 1:
            value = value[1:-1]
        else:
            value = value.split(" #", 1)[0].rstrip()
        values[name.strip()] = value
    return values


def shutil_module(it: Interpreter) -> Module:
    """`shutil`: copies land in the overlay."""

    def copy(call: Call, source: Value, target: Value, *args: Value, **kwargs: Value) -> Value:
        try:
            data = call.outside.read(str(source))
        except OSError as error:
            raise Raised(type(error).__name__, f"{error.strerror}: '{source}'", call.span) from None
        name = str(source).rsplit("/", 1)[-1]
        into = f"{target}/{name}" if call.outside.is_dir(str(target)) else str(target)
        call.touch(call.outside.written)
        call.outside.written[str(call.outside.resolve(into))] = data
        return into

    names = {name: Model(f"shutil.{name}", copy) for name in ("copy", "copy2", "copyfile")}
    return partly("shutil", {**names, "rmtree": ignored("shutil.rmtree")})
