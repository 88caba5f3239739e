"""Paths and files that a step can have a say in: nothing that it names or leaves leads out of where it may write."""

import json
import os
import stat
from typing import Any, Dict, Iterable, List, Optional

SAFE_FLAGS = 0
"""How a file is opened that may be somebody else's: no link is followed, nothing is waited for, the bytes stay as
they are."""
for _name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY"):  # no system has them all
    SAFE_FLAGS |= getattr(os, _name, 0)

MOST = 256 << 20
"""Bytes that are read of a file whose length a step decides: far more than a record of a million files has."""


class Outside(OSError):
    """A name, or a link on the way to it, leads out of the folder that it has to lie in."""


def below(root: str, relative: object) -> str:
    """The path of `relative` (parts with ``/`` between them) in the folder `root`.

    A folder on the way may be a link only to what lies below `root` too; what is last on the way is not looked at.
    Raises `Outside`.
    """
    parts = relative.split("/") if isinstance(relative, str) else [""]
    if any(part in ("", os.curdir, os.pardir) or "\0" in part for part in parts):
        raise Outside("{!r} is no path below {}".format(relative, root))
    path = os.path.join(root, *parts)
    if not is_in(os.path.dirname(path), root):
        raise Outside("the way to {} leads out of {}".format(path, root))
    return path


def all_below(root: str, names: Iterable[object]) -> List[str]:
    """The path of each of `names` in the folder `root`, as `below` says; each folder on the way is looked at once.

    Raises `Outside`.
    """
    folders: Dict[str, str] = {}
    paths = []
    for name in names:
        folder, _, last = name.rpartition("/") if isinstance(name, str) else ("", "", "")
        if folder not in folders or not is_component(last):
            folders[folder] = os.path.dirname(below(root, name))
        paths.append(os.path.join(folders[folder], last))
    return paths


def is_in(path: str, root: str) -> bool:
    """Whether `path` really is `root` or lies below it: links are followed, what is not there is taken as it is."""
    if _is_plainly_in(path, root):
        return True
    real, top = os.path.realpath(path), os.path.realpath(root)
    return real == top or real.startswith(top.rstrip(os.sep) + os.sep)


def _is_plainly_in(path: str, root: str) -> bool:
    """Whether `path` lies below `root` by its name, and none of its parts from there on is a link: then nothing has to
    be followed, which costs a call of the system for each folder above `root` too."""
    top = root.rstrip(os.sep) + os.sep
    parts = path[len(top) :].split(os.sep)
    if not root or not path.startswith(top) or any(part in ("", os.curdir, os.pardir) for part in parts):
        return False
    here = top
    for part in parts:
        here += part
        try:
            if stat.S_ISLNK(os.lstat(here).st_mode):
                return False
        except FileNotFoundError:
            return True
        except (OSError, ValueError):
            return False
        here += os.sep
    return True


def is_component(name: object) -> bool:
    """Whether `name` is one component of a path: an id that a file of the state gives has to be."""
    return isinstance(name, str) and name not in ("", os.curdir, os.pardir) and not set(name) & {"/", "\0"}


def open_regular(path: str, flags: int = os.O_RDONLY) -> int:
    """A descriptor of the regular file `path`, with the mode 0644 where it is made.

    A link is not followed, and nothing waits for the other end of a pipe. Raises `OSError`.
    """
    descriptor = os.open(path, flags | SAFE_FLAGS, 0o644)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    raise Outside("{} is no regular file".format(path))


def read(path: str, most: int = MOST) -> bytes:
    """The bytes of the regular file `path`. Raises `OSError`: also for a link, and for more bytes than `most`."""
    with os.fdopen(open_regular(path), "rb") as file:
        # What is asked for is what room is made for: of `most` bytes for a short file that costs more than the reading.
        expected = min(os.fstat(file.fileno()).st_size, most)
        data = file.read(expected + 1)
        if len(data) > expected:  # it grows as it is read
            data += file.read(most + 1 - len(data))
    if len(data) > most:
        raise Outside("{} is longer than {} bytes".format(path, most))
    return data


def read_json(path: str) -> Optional[Dict[str, Any]]:
    """The object in `path`; None where there is no such file, or it holds something else."""
    try:
        data = json.loads(read(path).decode("utf-8", "surrogateescape"))
    except (OSError, ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None
