"""`os` and `os.path`, over the files that the overlay shows."""

from __future__ import annotations

import posixpath
from pathlib import PurePosixPath

from pipelift.compiler.evaluate import growth, meter
from pipelift.compiler.evaluate.exceptions import EXCEPTIONS
from pipelift.compiler.evaluate.library.environ import environ_of
from pipelift.compiler.evaluate.library.files import out_of_reach, read_bytes
from pipelift.compiler.evaluate.library.models import ignored, partial_module, plain
from pipelift.compiler.evaluate.library.registry import module
from pipelift.compiler.evaluate.library.walks import walk
from pipelift.compiler.evaluate.machine import LibraryCall, Machine
from pipelift.compiler.evaluate.values import Model, Module, Raised, Unknown, Value
from pipelift.compiler.reading.reach import OutOfReach, relative_path


@module("os")
def os_module(it: Machine) -> Module:
    """`os`."""
    environ = environ_of(it)
    members: dict[str, Value] = {
        "environ": environ,
        "getenv": Model(
            "os.getenv", lambda call, key, default=None: environ.get(call, key, default), takes_unknown=True
        ),
        "putenv": Model("os.putenv", lambda call, key, value: environ.set_item(call, key, value), True),
        "getcwd": Model("os.getcwd", lambda call: call.outside.cwd.as_posix()),
        "path": os_path_module(it),
        "makedirs": Model("os.makedirs", make_folder),
        "mkdir": Model("os.mkdir", make_folder),
        "listdir": Model("os.listdir", lambda call, path=".": list_folder(call, str(path))),
        "walk": Model("os.walk", walk),
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
    return partial_module("os", members)


def make_folder(
    call: LibraryCall, name: Value, mode: Value = 0o777, exist_ok: Value = False, **_: Value
) -> Value:
    """Run ``os.makedirs(name)``: the folder is there in the overlay."""
    call.touch(call.outside.created)
    call.outside.created[str(call.outside.resolve(str(name)))] = None
    return None


def change_folder(call: LibraryCall, path: Value) -> Value:
    """Run ``os.chdir(path)``."""
    call.touch(call.outside.moved)
    call.outside.moved[:] = [call.outside.resolve(str(path))]
    return None


def list_folder(call: LibraryCall, path: str) -> Value:
    """The names in a folder. Raises `Raised` where the program catches that it cannot be read."""
    try:
        names = call.outside.list_names(path)
        meter.spend(1 + len(names))
        return names
    except OutOfReach as refusal:
        return out_of_reach(call, path, refusal)
    except OSError as error:
        if call.machine.is_caught(type(error).__name__):
            raise Raised(type(error).__name__, f"{error.strerror}: '{path}'", call.span) from None
        return Unknown(f"the folder '{path}' cannot be read: {error.strerror}", call.span, absent=True)


@module("os.path")
def os_path_module(it: Machine) -> Module:
    """`os.path`: pure functions as they are, questions about files through the overlay."""
    pure = ("dirname", "basename", "split", "splitext", "normpath", "isabs", "commonpath", "commonprefix")
    members: dict[str, Value] = {name: plain(f"os.path.{name}", getattr(posixpath, name)) for name in pure}
    members.update(
        {
            "join": Model("os.path.join", _join),
            "abspath": Model("os.path.abspath", make_absolute),
            "realpath": Model("os.path.realpath", make_absolute),
            "relpath": Model("os.path.relpath", _relative),
            "exists": Model("os.path.exists", exists),
            "isfile": Model("os.path.isfile", is_file),
            "isdir": Model("os.path.isdir", is_folder),
            "expanduser": Model("os.path.expanduser", lambda call, path: _home(call, str(path))),
            "expandvars": Model("os.path.expandvars", _expand_variables),
            "getsize": Model("os.path.getsize", lambda call, filename: _size(call, str(filename))),
            "sep": "/",
        }
    )
    return partial_module("os.path", members)


def _join(call: LibraryCall, path: Value, *paths: Value) -> Value:
    for part in (path, *paths):
        if not isinstance(part, (str, PurePosixPath)):
            kind = type(part).__name__
            raise Raised(
                "TypeError", f"join() argument must be str or os.PathLike object, not '{kind}'", call.span
            )
    growth.check_path(path, *paths)
    return posixpath.join(*map(str, (path, *paths)))


def make_absolute(call: LibraryCall, path: Value) -> Value:
    """What ``os.path.abspath(path)`` gives."""
    return call.outside.resolve(str(path)).as_posix()


def _home(call: LibraryCall, path: str) -> Value:
    return Unknown("the home folder is not known", call.span) if path.startswith("~") else path


def _expand_variables(call: LibraryCall, path: Value) -> Value:
    return Unknown("the path holds variables", call.span) if "$" in str(path) else str(path)


def _size(call: LibraryCall, path: str) -> Value:
    data = read_bytes(call, path)
    return data if isinstance(data, Unknown) else len(data)


def _relative(call: LibraryCall, path: Value, start: Value = ".") -> Value:
    return relative_path(call.outside.resolve(str(path)), call.outside.resolve(str(start)))


def exists(call: LibraryCall, path: Value) -> Value:
    """What ``os.path.exists(path)`` says."""
    name = str(path)
    return _answer_within_reach(call, name, call.outside.is_file(name) or call.outside.is_dir(name))


def is_file(call: LibraryCall, path: Value) -> Value:
    """What ``os.path.isfile(path)`` says."""
    return _answer_within_reach(call, str(path), call.outside.is_file(str(path)))


def is_folder(call: LibraryCall, path: Value) -> Value:
    """What ``os.path.isdir(path)`` says."""
    return _answer_within_reach(call, str(path), call.outside.is_dir(str(path)), folder=True)


def _answer_within_reach(call: LibraryCall, path: str, answer: bool, *, folder: bool = False) -> Value:
    refusal = call.outside.refusal(path, folder=folder)
    return answer if refusal is None else out_of_reach(call, path, refusal)
