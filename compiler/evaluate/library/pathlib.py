"""`pathlib`: every path class is the pure POSIX one; questions about files go to the overlay."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from types import MappingProxyType

from pipelift.compiler.evaluate import growth
from pipelift.compiler.evaluate.library.files import File, decode_text, open_file, read_bytes
from pipelift.compiler.evaluate.library.models import opaque, partial_module
from pipelift.compiler.evaluate.library.os import (
    exists,
    find_below,
    is_file,
    is_folder,
    list_folder,
    make_folder,
)
from pipelift.compiler.evaluate.library.registry import module
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


def find_matching(
    call: LibraryCall, path: PurePosixPath, pattern: Value, *, deep: bool = False
) -> Iter | Unknown:
    """The files below `path` that match, sorted; with `deep` at any depth."""
    glob = str(pattern)
    if ".." in glob.split("/"):
        climb, _, glob = glob.rpartition("/")
        path /= climb
    deep = deep or "**" in glob
    names = find_below(call, str(path))
    if isinstance(names, Unknown):
        return names
    last = glob.rsplit("/", 1)[-1]
    matches = [name for name in names if fnmatch.fnmatchcase(name.rsplit("/", 1)[-1], last)]
    prefix = "" if deep or "/" not in glob else glob.rsplit("/", 1)[0]
    if not deep:
        matches = [name for name in matches if name.rpartition("/")[0] == prefix]
    return Iter([path / name for name in sorted(matches)])


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
        "glob": find_matching,
        "rglob": lambda call, path, pattern: find_matching(call, path, pattern, deep=True),
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
