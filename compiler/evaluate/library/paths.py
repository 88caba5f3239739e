"""`os`, `os.path`, `pathlib` and `glob`, over the files that the overlay shows."""

from __future__ import annotations

import fnmatch
import os
import posixpath
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from types import MappingProxyType

from pipelift.compiler.evaluate.exceptions import EXCEPTIONS
from pipelift.compiler.evaluate.library.environ import environ_of
from pipelift.compiler.evaluate.library.files import as_text, open_file, out_of_reach, read_bytes
from pipelift.compiler.evaluate.library.models import ignored, opaque, partly, plain
from pipelift.compiler.evaluate.machine import Machine
from pipelift.compiler.evaluate.natives import model_methods
from pipelift.compiler.evaluate.values import (
    Call,
    Iter,
    Model,
    Module,
    Raised,
    Unknown,
    Value,
    derived,
    find_unknown,
)
from pipelift.compiler.reading.reach import OutOfReach


def os_module(it: Machine) -> Module:
    """`os`."""
    environ = environ_of(it)
    members: dict[str, Value] = {
        "environ": environ,
        "getenv": Model(
            "os.getenv", lambda call, key, default=None: environ.get(call, key, default), takes_unknown=True
        ),
        "putenv": Model("os.putenv", lambda call, key, value: environ.set_item(call, key, value), True),
        "getcwd": Model("os.getcwd", lambda call: str(call.outside.cwd)),
        "path": os_path_module(it),
        "makedirs": Model("os.makedirs", _make_folder),
        "mkdir": Model("os.mkdir", _make_folder),
        "listdir": Model("os.listdir", lambda call, path=".": _listing(call, str(path))),
        "walk": Model("os.walk", lambda call, top, *_, **__: _walk(call, str(top))),
        "sep": "/",
        "pathsep": ":",
        "linesep": "\n",
        "curdir": ".",
        "pardir": "..",
        "name": "posix",
        "chdir": Model("os.chdir", change_folder),
        "remove": ignored("os.remove"),
        "system": ignored("os.system"),
        "fspath": Model("os.fspath", lambda call, path: str(path)),
        "error": EXCEPTIONS["OSError"],
    }
    return partly("os", members)


def _make_folder(call: Call, name: Value, mode: Value = 0o777, exist_ok: Value = False, **_: Value) -> Value:
    call.touch(call.outside.made)
    call.outside.made[str(call.outside.resolve(str(name)))] = None
    return None


def change_folder(call: Call, path: Value) -> Value:
    """Run ``os.chdir(path)``."""
    call.touch(call.outside.moved)
    call.outside.moved[:] = [call.outside.resolve(str(path))]
    return None


def _listing(call: Call, path: str) -> Value:
    try:
        return call.outside.listing(path)
    except OutOfReach as refusal:
        return out_of_reach(call, path, refusal)
    except OSError as error:
        if call.interpreter.caught(type(error).__name__):
            raise Raised(type(error).__name__, f"{error.strerror}: '{path}'", call.span) from None
        return Unknown(f"the folder '{path}' cannot be read: {error.strerror}", call.span, absent=True)


def _walk(call: Call, top: str) -> Value:
    paths = _below(call, top)
    if isinstance(paths, Unknown):
        return paths
    found: dict[str, tuple[list[str], list[str]]] = {}
    for path in paths:
        folder, _, name = path.rpartition("/")
        parts = [part for part in folder.split("/") if part]
        for depth in range(len(parts) + 1):
            inner = found.setdefault("/".join(parts[:depth]), ([], []))
            if depth < len(parts) and parts[depth] not in inner[0]:
                inner[0].append(parts[depth])
        found[folder][1].append(name)
    return [(posixpath.join(top, folder), *lists) for folder, lists in sorted(found.items())]


def _below(call: Call, folder: str) -> list[str] | Unknown:
    """The files below a folder, relative to it."""
    try:
        return call.outside.files_below(call.outside.resolve(folder), MAX_WALKED)
    except OutOfReach as refusal:
        return out_of_reach(call, folder, refusal)


MAX_WALKED = 5_000
"""How many files ``os.walk`` and globbing see."""


def os_path_module(it: Machine) -> Module:
    """`os.path`: pure functions as they are, questions about files through the overlay."""
    pure = ("dirname", "basename", "split", "splitext", "normpath", "isabs", "commonpath", "commonprefix")
    members: dict[str, Value] = {name: plain(f"os.path.{name}", getattr(posixpath, name)) for name in pure}
    members.update(
        {
            "join": Model("os.path.join", _join),
            "abspath": Model("os.path.abspath", _absolute),
            "realpath": Model("os.path.realpath", _absolute),
            "relpath": Model("os.path.relpath", _relative),
            "exists": Model("os.path.exists", _exists),
            "isfile": Model("os.path.isfile", _is_file),
            "isdir": Model("os.path.isdir", _is_folder),
            "expanduser": Model("os.path.expanduser", lambda call, path: _home(call, str(path))),
            "expandvars": Model("os.path.expandvars", _expand_variables),
            "getsize": Model("os.path.getsize", lambda call, filename: _size(call, str(filename))),
            "sep": "/",
        }
    )
    return partly("os.path", members)


def _join(call: Call, path: Value, *paths: Value) -> Value:
    for part in (path, *paths):
        if not isinstance(part, (str, PurePosixPath)):
            kind = type(part).__name__
            raise Raised(
                "TypeError", f"join() argument must be str or os.PathLike object, not '{kind}'", call.span
            )
    return posixpath.join(*map(str, (path, *paths)))


def _absolute(call: Call, path: Value) -> Value:
    return str(call.outside.resolve(str(path)))


def _home(call: Call, path: str) -> Value:
    return Unknown("the home folder is not known", call.span) if path.startswith("~") else path


def _expand_variables(call: Call, path: Value) -> Value:
    return Unknown("the path holds variables", call.span) if "$" in str(path) else str(path)


def _size(call: Call, path: str) -> Value:
    data = read_bytes(call, path)
    return data if isinstance(data, Unknown) else len(data)


def _relative(call: Call, path: Value, start: Value = ".") -> Value:
    return os.path.relpath(call.outside.resolve(str(path)), call.outside.resolve(str(start)))


def _exists(call: Call, path: Value) -> Value:
    name = str(path)
    return _unless_out_of_reach(call, name, call.outside.is_file(name) or call.outside.is_dir(name))


def _is_file(call: Call, path: Value) -> Value:
    return _unless_out_of_reach(call, str(path), call.outside.is_file(str(path)))


def _is_folder(call: Call, path: Value) -> Value:
    return _unless_out_of_reach(call, str(path), call.outside.is_dir(str(path)), folder=True)


def _unless_out_of_reach(call: Call, path: str, answer: bool, *, folder: bool = False) -> Value:
    refusal = call.outside.refusal(path, folder=folder)
    return answer if refusal is None else out_of_reach(call, path, refusal)


def _read_text(call: Call, path: PurePosixPath, encoding: Value = None, *args: Value) -> Value:
    data = read_bytes(call, str(path))
    return data if isinstance(data, Unknown) else as_text(call, data, str(path), str(encoding or "utf-8"))


def _write_text(call: Call, path: PurePosixPath, data: Value, *args: Value, **kwargs: Value) -> Value:
    file = open_file(call, str(path), "wb" if isinstance(data, bytes) else "w")
    return file.write(call, data)


def _path_folder(call: Call, path: PurePosixPath, *args: Value, **kwargs: Value) -> Value:
    return _make_folder(call, str(path))


def _touch(call: Call, path: PurePosixPath, *args: Value, **kwargs: Value) -> Value:
    if not call.outside.is_file(str(path)) and call.outside.refusal(str(path)) is None:
        call.outside.write(str(call.outside.resolve(str(path))), b"", call.touch)
    return None


def _whole(call: Call, path: PurePosixPath, *args: Value, **kwargs: Value) -> Value:
    return PurePosixPath(_absolute(call, path))


def _globbed(call: Call, path: PurePosixPath, pattern: Value, *, deep: bool = False) -> Value:
    wanted = str(pattern)
    if ".." in wanted.split("/"):
        climb, _, wanted = wanted.rpartition("/")
        path /= climb
    deep = deep or "**" in wanted
    names = _below(call, str(path))
    if isinstance(names, Unknown):
        return names
    last = wanted.rsplit("/", 1)[-1]
    kept = [name for name in names if fnmatch.fnmatchcase(name.rsplit("/", 1)[-1], last)]
    prefix = "" if deep or "/" not in wanted else wanted.rsplit("/", 1)[0]
    if not deep:
        kept = [name for name in kept if name.rpartition("/")[0] == prefix]
    return Iter([path / name for name in sorted(kept)])


def _children(call: Call, path: PurePosixPath) -> Value:
    names = _listing(call, str(path))
    return names if isinstance(names, Unknown) else Iter([path / name for name in names])


PATH_METHODS: Mapping[str, Callable[..., Value]] = MappingProxyType(
    {
        "exists": _exists,
        "is_file": _is_file,
        "is_dir": _is_folder,
        "resolve": _whole,
        "absolute": _whole,
        "expanduser": lambda call, path: path,
        "mkdir": _path_folder,
        "touch": _touch,
        "glob": _globbed,
        "rglob": lambda call, path, pattern: _globbed(call, path, pattern, deep=True),
        "write_bytes": _write_text,
        "read_bytes": lambda call, path: read_bytes(call, str(path)),
        "unlink": lambda call, path, *args, **kwargs: None,
        "read_text": _read_text,
        "write_text": _write_text,
        "open": lambda call, path, *args, **kwargs: open_file(call, str(path), *args, **kwargs),
        "iterdir": _children,
    }
)
"""The methods of a `pathlib.Path` that look at files."""


def _call_method(
    call: Call, path: PurePosixPath, name: str, args: tuple[Value, ...], kwargs: dict[str, Value]
) -> Value:
    unknown = find_unknown([*args, *kwargs.values()], 1)
    if unknown is not None and name != "write_text":
        return derived("an argument is not known", call.span, unknown)
    return PATH_METHODS[name](call, path, *args, **kwargs)


model_methods(PurePosixPath, PATH_METHODS, _call_method)


def pathlib_module(it: Machine) -> Module:
    """`pathlib`: every path class is the pure POSIX one; questions about files go to the overlay."""
    here = {
        "cwd": Model("Path.cwd", lambda call: PurePosixPath(str(call.outside.cwd))),
        "home": opaque("Path.home", "the home folder is not known"),
    }
    path = Model("pathlib.Path", _path, attributes=here, native=PurePosixPath)
    return partly("pathlib", {"Path": path, "PurePath": path, "PosixPath": path, "PurePosixPath": path})


def _path(call: Call, *parts: Value) -> Value:
    for part in parts:
        if not isinstance(part, (str, PurePosixPath)):
            raise Raised(
                "TypeError", f"expected str or PathLike object, not {type(part).__name__}", call.span
            )
    return PurePosixPath(*parts)


def glob_module(it: Machine) -> Module:
    """`glob`: files of the overlay and of the disk."""

    def find(call: Call, pathname: Value, **options: Value) -> Value:
        folder, slash, pattern = str(pathname).rpartition("/")
        folder = folder or slash
        found = _globbed(call, PurePosixPath(folder or "."), pattern)
        if isinstance(found, Unknown):
            return found
        return [str(path) if folder else path.name for path in found.items]

    return partly("glob", {"glob": Model("glob.glob", find), "iglob": Model("glob.iglob", find)})
