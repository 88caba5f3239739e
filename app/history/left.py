"""Files that steps have left in the state folder, as `Path`s, under the rules of `runtime/contract/untrusted.py`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from pipelift.runtime.contract import untrusted


def open_leftover(path: Path) -> BinaryIO:
    """Open the regular file `path` for reading. Raises `OSError`, also for a link, a folder and a device."""
    return os.fdopen(untrusted.open_regular(str(path)), "rb")


def is_file(path: Path) -> bool:
    """Whether `path` is a regular file, and no link to one. A name that the system refuses is none."""
    return os.path.isfile(path) and not os.path.islink(path)


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


def is_below(root: Path, relative: object) -> bool:
    """Whether `relative` names something below `root`, with no link on the way that leads out of it."""
    try:
        untrusted.below(str(root), relative)
    except untrusted.Outside:
        return False
    return True
