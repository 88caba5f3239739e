"""What steps have left in the state folder, read as input: a step can put anything there, but lead nobody out of it.

The launcher has the same rules (`runtime/paths.py`).
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

MOST = 256 * 1024 * 1024
"""Bytes that are read of a file whose length a step decides."""


def open_left(path: Path) -> BinaryIO:
    """The regular file `path`, to be read. Raises `OSError`: also for a link, a folder, or what is no file of bytes."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return os.fdopen(descriptor, "rb")
    os.close(descriptor)
    raise OSError(f"{path} is no regular file")


def read_left(path: Path, most: int = MOST) -> bytes:
    """The bytes of the regular file `path`. Raises `OSError`: also where it has more than `most`."""
    with open_left(path) as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise OSError(f"{path} is longer than {most} bytes")
    return data


def is_file(path: Path) -> bool:
    """Whether `path` is a regular file, and no link to one."""
    return path.is_file() and not path.is_symlink()


def files_below(folder: Path) -> Iterator[Path]:
    """The regular files below `folder`, sorted in each folder; no link is followed, `folder` itself included."""
    if folder.is_symlink() or not folder.is_dir():
        return
    for entry in sorted(folder.iterdir()):
        if entry.is_symlink():
            continue
        if entry.is_dir():
            yield from files_below(entry)
        elif entry.is_file():
            yield entry


def is_component(name: object) -> bool:
    """Whether `name` is one component of a path, as the ids of runs and steps are."""
    return isinstance(name, str) and name not in ("", os.curdir, os.pardir) and not {"/", "\0"} & set(name)


def is_below(root: Path, relative: object) -> bool:
    """Whether `relative` names something below `root`, with no link on the way that leads out of it."""
    if not isinstance(relative, str) or not all(map(is_component, relative.split("/"))):
        return False
    return (root / relative).parent.resolve().is_relative_to(root.resolve())
