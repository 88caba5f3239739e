"""`os`, `os.path` and `pathlib`, over the files that the overlay shows."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import TYPE_CHECKING

from pipelift.compiler.evaluate.library.files import open_file
from pipelift.compiler.evaluate.library.models import ignored, opaque, partly, plain
from pipelift.compiler.evaluate.values import Call, Model, Module, Raised, Unknown, Value

if TYPE_CHECKING:
    from pipelift.compiler.evaluate.interpreter import Interpreter


def _variable(call: Call, name: str, default: Value = None) -> Value:
    given = call.outside.environment.get(name)
    if given is not None:
        return given
    if default is not None:
        return default
    return _not_given(call, name)


def _not_given(call: Call, name: str) -> Unknown:
    return Unknown(f"the environment variable {name} is not given", call.span, supply=f"--env {name}=VALUE")


def os_module(it: Interpreter) -> Module:
    """`os`: the environment is the one given; folders are made in the overlay only."""
    environ = Module(
        "os.environ",
        {
            **it.outside.environment,
            "get": Model("os.environ.get", _variable),
            "setdefault": Model("os.environ.setdefault", _variable),
            "copy": opaque("os.environ.copy", "the environment as a whole is not known"),
            "items": opaque("os.environ.items", "the environment as a whole is not known"),
            "update": ignored("os.environ.update"),
            "pop": Model("os.environ.pop", _variable),
        },
        lambda name, span: Unknown(
            f"the environment variable {name} is not given", span, supply=f"--env {name}=VALUE"
        ),
    )
    members: dict[str, Value] = {
        "environ": environ,
        "getenv": Model("os.getenv", _variable),
        "getcwd": Model("os.getcwd", lambda call: str(call.outside.cwd)),
        "path": os_path_module(it),
        "makedirs": Model("os.makedirs", _make_folder),
        "mkdir": Model("os.mkdir", _make_folder),
        "listdir": Model("os.listdir", lambda call, path=".": _listing(call, str(path))),
        "sep": "/",
        "linesep": "\n",
        "name": "posix",
        "chdir": Model("os.chdir", _change_folder),
        "remove": ignored("os.remove"),
        "fspath": Model("os.fspath", lambda call, path: str(path)),
    }
    return partly("os", members)


def _make_folder(call: Call, path: Value, mode: Value = 0o777, exist_ok: Value = False, **_: Value) -> Value:
    call.touch(call.outside.made)
    call.outside.made[str(call.outside.resolve(str(path)))] = None
    return None


def _change_folder(call: Call, path: Value) -> Value:
    call.outside.cwd = call.outside.resolve(str(path))
    return None


def _listing(call: Call, path: str) -> Value:
    try:
        return call.outside.listing(path)
    except OSError as error:
        raise Raised(type(error).__name__, f"{error.strerror}: '{path}'", call.span) from None


def os_path_module(it: Interpreter) -> Module:
    """`os.path`: pure functions as they are, questions about files through the overlay."""
    pure = ("join", "dirname", "basename", "split", "splitext", "normpath", "isabs", "commonpath", "relpath")
    members: dict[str, Value] = {name: plain(f"os.path.{name}", getattr(posixpath, name)) for name in pure}
    members.update(
        {
            "join": Model("os.path.join", lambda call, *parts: posixpath.join(*map(str, parts))),
            "abspath": Model("os.path.abspath", _absolute),
            "realpath": Model("os.path.realpath", _absolute),
            "relpath": Model("os.path.relpath", _relative),
            "exists": Model("os.path.exists", lambda call, path: _exists(call, str(path))),
            "isfile": Model("os.path.isfile", lambda call, path: call.outside.is_file(str(path))),
            "isdir": Model("os.path.isdir", lambda call, path: call.outside.is_dir(str(path))),
            "expanduser": Model("os.path.expanduser", lambda call, path: str(path)),
            "sep": "/",
        }
    )
    return partly("os.path", members)


def _absolute(call: Call, path: Value) -> Value:
    return str(call.outside.resolve(str(path)))


def _relative(call: Call, path: Value, start: Value = ".") -> Value:
    return os.path.relpath(call.outside.resolve(str(path)), call.outside.resolve(str(start)))


def _exists(call: Call, path: str) -> bool:
    return call.outside.is_file(path) or call.outside.is_dir(path)


def _read_text(call: Call, path: PurePosixPath, *args: Value, **kwargs: Value) -> Value:
    return open_file(call, str(path)).read(call)


def _write_text(call: Call, path: PurePosixPath, data: Value, *args: Value, **kwargs: Value) -> Value:
    open_file(call, str(path), "w").write(call, data)
    return len(data)


def _path_folder(call: Call, path: PurePosixPath, *args: Value, **kwargs: Value) -> Value:
    return _make_folder(call, str(path))


def _whole(call: Call, path: PurePosixPath, *args: Value, **kwargs: Value) -> Value:
    return PurePosixPath(str(call.outside.resolve(str(path))))


PATH_METHODS: Mapping[str, Callable[..., Value]] = MappingProxyType(
    {
        "exists": lambda call, path: _exists(call, str(path)),
        "is_file": lambda call, path: call.outside.is_file(str(path)),
        "is_dir": lambda call, path: call.outside.is_dir(str(path)),
        "resolve": _whole,
        "absolute": _whole,
        "expanduser": lambda call, path: path,
        "mkdir": _path_folder,
        "touch": _path_folder,
        "read_text": _read_text,
        "write_text": _write_text,
        "open": lambda call, path, *args, **kwargs: open_file(call, str(path), *args, **kwargs),
        "iterdir": lambda call, path: [path / name for name in _listing(call, str(path))],
    }
)
"""The methods of a `pathlib.Path` that look at files."""


def pathlib_module(it: Interpreter) -> Module:
    """`pathlib`: every path class is the pure POSIX one; questions about files go to the overlay."""
    here = {
        "cwd": Model("Path.cwd", lambda call: PurePosixPath(str(call.outside.cwd))),
        "home": opaque("Path.home", "the home folder is not known"),
    }
    path = Model("pathlib.Path", lambda call, *parts: PurePosixPath(*parts), attributes=here)
    return partly("pathlib", {"Path": path, "PurePath": path, "PosixPath": path, "PurePosixPath": path})
