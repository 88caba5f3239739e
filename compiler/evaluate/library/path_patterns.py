"""The patterns of ``Path.glob``, by the rules of CPython up to 3.12: ``**`` stands for folders alone.

They differ from those of ``glob.glob``: hidden names match, links to folders are not entered by ``**``, and what a link
does not lead to is not there.
"""

from __future__ import annotations

import fnmatch
import os
import posixpath
import re
from collections.abc import Iterator, Sequence

from pipelift.compiler.evaluate.folders import Folders

MAX_PATTERN = 4_096
"""The longest pattern, in letters: no path is longer."""

_WILD = re.compile(r"[*?[]")


def is_wild(text: str) -> bool:
    """Whether `text` has a wildcard, for ``glob.glob`` too."""
    return _WILD.search(text) is not None


def match_parts(folders: Folders, place: str, parts: Sequence[str]) -> list[str]:
    """What is below the folder `place` and matches: relative paths, each once, sorted.

    Raises `OutOfReach`, and `TooManyFiles`.
    """
    found = [""] if folders.is_folder(place) else []
    for number, part in enumerate(parts):
        only_folders = number < len(parts) - 1
        paths = (name for path in found for name in _match_part(folders, place, path, part, only_folders))
        following: dict[str, None] = {}
        for path in paths:
            following[path] = None
            folders.check_size(len(following))
        found = list(following)
    return sorted(found)


def _match_part(folders: Folders, place: str, path: str, part: str, only_folders: bool) -> Iterator[str]:
    here = os.path.normpath(posixpath.join(place, path))
    if part == "**":
        yield from _list_folders(folders, place, path)
    elif is_wild(part):
        for name, entry in folders.list_entries(here).items():
            if fnmatch.fnmatchcase(name, part) and (not only_folders or entry.is_folder):
                yield posixpath.join(path, name)
    elif not part:
        yield path
    else:
        there = os.path.normpath(posixpath.join(here, part))
        if folders.is_folder(there) if only_folders else folders.exists(there, links=False):
            yield posixpath.join(path, part)


def _list_folders(folders: Folders, place: str, path: str) -> Iterator[str]:
    """The folder `path` and all folders below it; none is entered through a link."""
    pending = [path]
    while pending:
        path = pending.pop()
        yield path
        entries = folders.list_entries(os.path.normpath(posixpath.join(place, path)))
        pending += [
            posixpath.join(path, name)
            for name, entry in entries.items()
            if not entry.link and entry.is_folder
        ]
