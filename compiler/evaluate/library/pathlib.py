"""`pathlib`: every path class is the pure POSIX one; questions about files go to the overlay."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from types import MappingProxyType

from pipelift.compiler.evaluate import growth, meter
from pipelift.compiler.evaluate.library.files import File, decode_text, open_file, read_bytes
from pipelift.compiler.evaluate.library.models import opaque, partial_module
from pipelift.compiler.evaluate.library.os import (
    exists,
    is_file,
    is_folder,
    list_folder,
    make_folder,
)
from pipelift.compiler.evaluate.library.path_patterns import MAX_PATTERN, match_parts
from pipelift.compiler.evaluate.library.registry import module
from pipelift.compiler.evaluate.library.walks import look_through
from pipelift.compiler.evaluate.machine import LibraryCall, Machine
from pipelift.compiler.evaluate.natives import model_methods
from pipelift.compiler.evaluate.values import (
    Iter,
    Model,
    Module,
    Raised,
    Unknown,
    Value,
    derived,
    find_unknown,
)


def _read_text(call: LibraryCall, path: PurePosixPath, encoding: Value = None, *args: Value) -> Value:
    data = read_bytes(call, str(path))
    return data if isinstance(data, Unknown) else decode_text(call, data, str(path), str(encoding or "utf-8"))


def _write_text(call: LibraryCall, path: PurePosixPath, data: Value, *args: Value, **kwargs: Value) -> Value:
    file = open_file(call, str(path), "wb" if isinstance(data, bytes) else "w")
    return file.write(call, data) if isinstance(file, File) else file


def _make_path_folder(call: LibraryCall, path: PurePosixPath, *args: Value, **kwargs: Value) -> Value:
    return make_folder(call, str(path))


def _touch_path(call: LibraryCall, path: PurePosixPath, *args: Value, **kwargs: Value) -> Value:
    if not call.outside.is_file(str(path)) and call.outside.refusal(str(path)) is None:
        call.outside.write(str(call.outside.resolve(str(path))), b"", call.touch)
    return None


def _resolve_path(call: LibraryCall, path: PurePosixPath, *args: Value, **kwargs: Value) -> Value:
    return PurePosixPath(call.outside.resolve(str(path)).as_posix())


def _glob_path(call: LibraryCall, path: PurePosixPath, pattern: Value, **options: Value) -> Value:
    if pattern == "":
        raise Raised("ValueError", "Unacceptable pattern: ''", call.span)
    return _find_matching(call, path, pattern, (), options)


def _glob_path_deep(call: LibraryCall, path: PurePosixPath, pattern: Value, **options: Value) -> Value:
    return _find_matching(call, path, pattern, ("**",), options)


def _find_matching(
    call: LibraryCall, path: PurePosixPath, pattern: Value, before: tuple[str, ...], options: dict[str, Value]
) -> Value:
    """What is below `path` and matches the parts `before` and those of `pattern`, sorted."""
    if not isinstance(pattern, (str, PurePosixPath)) or options:
        return Unknown("pipelift does not follow such a pattern", call.span)
    text = str(pattern)
    meter.limit(len(text), MAX_PATTERN)
    if text.startswith("/"):
        raise Raised("NotImplementedError", "Non-relative patterns are unsupported", call.span)
    parts = [*before, *PurePosixPath(text).parts, *([""] if text.endswith("/") else [])]
    if any("**" in part and part != "**" for part in parts):
        raise Raised("ValueError", "Invalid pattern: '**' can only be an entire path component", call.span)
    place = str(call.outside.resolve(str(path)))
    found = look_through(call, str(path), lambda folders: match_parts(folders, place, parts))
    return found if isinstance(found, Unknown) else Iter([path / name for name in found])


def _list_children(call: LibraryCall, path: PurePosixPath) -> Value:
    names = list_folder(call, str(path))
    return Iter([path / name for name in names]) if isinstance(names, list) else names


PATH_METHODS: Mapping[str, Callable[..., Value]] = MappingProxyType(
    {
        "exists": exists,
        "is_file": is_file,
        "is_dir": is_folder,
        "resolve": _resolve_path,
        "absolute": _resolve_path,
        "expanduser": lambda call, path: path,
        "mkdir": _make_path_folder,
        "touch": _touch_path,
        "glob": _glob_path,
        "rglob": _glob_path_deep,
        "write_bytes": _write_text,
        "read_bytes": lambda call, path: read_bytes(call, str(path)),
        "unlink": lambda call, path, *args, **kwargs: None,
        "read_text": _read_text,
        "write_text": _write_text,
        "open": lambda call, path, *args, **kwargs: open_file(call, str(path), *args, **kwargs),
        "iterdir": _list_children,
    }
)
"""The methods of a `pathlib.Path` that look at files."""


def _call_method(
    call: LibraryCall, path: PurePosixPath, name: str, args: tuple[Value, ...], kwargs: dict[str, Value]
) -> Value:
    unknown = find_unknown([*args, *kwargs.values()], 1)
    if unknown is not None and name != "write_text":
        return derived("an argument is not known", call.span, unknown)
    return PATH_METHODS[name](call, path, *args, **kwargs)


model_methods(PurePosixPath, PATH_METHODS, _call_method)


@module("pathlib")
def pathlib_module(it: Machine) -> Module:
    """`pathlib`: every path class is the pure POSIX one; questions about files go to the overlay."""
    attributes = {
        "cwd": Model("Path.cwd", lambda call: PurePosixPath(call.outside.cwd.as_posix())),
        "home": opaque("Path.home", "the home folder is not known"),
    }
    path = Model("pathlib.Path", _make_path, attributes=attributes, native=PurePosixPath)
    return partial_module(
        "pathlib", {"Path": path, "PurePath": path, "PosixPath": path, "PurePosixPath": path}
    )


def _make_path(call: LibraryCall, *parts: Value) -> Value:
    path = PurePosixPath()
    for part in parts:
        if not isinstance(part, (str, PurePosixPath)):
            raise Raised(
                "TypeError", f"expected str or PathLike object, not {type(part).__name__}", call.span
            )
        growth.check_path(path, part)
        path /= part
    return path
