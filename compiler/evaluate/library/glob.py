"""`glob`, over the files of the overlay and of the disk, by the rules of CPython up to 3.11.

The system lists a folder in any order, so Python promises none; here matches are sorted.
"""

from __future__ import annotations

import fnmatch
import glob
import os
import posixpath
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from pipelift.compiler.evaluate import meter
from pipelift.compiler.evaluate.folders import Folders
from pipelift.compiler.evaluate.library.models import partial_module, plain
from pipelift.compiler.evaluate.library.path_patterns import MAX_PATTERN, is_wild
from pipelift.compiler.evaluate.library.registry import module
from pipelift.compiler.evaluate.library.walks import look_through
from pipelift.compiler.evaluate.machine import LibraryCall, Machine
from pipelift.compiler.evaluate.values import Iter, Model, Module, Unknown, Value


@module("glob")
def glob_module(it: Machine) -> Module:
    """`glob`: files of the overlay and of the disk."""

    def iterate(call: LibraryCall, pathname: Value, **options: Value) -> Value:
        found = _find(call, pathname, **options)
        return Iter(found) if isinstance(found, list) else found

    members: dict[str, Value] = {
        "glob": Model("glob.glob", _find),
        "iglob": Model("glob.iglob", iterate),
        "escape": plain("glob.escape", glob.escape),
        "has_magic": plain("glob.has_magic", is_wild),
    }
    return partial_module("glob", members)


def _find(
    call: LibraryCall,
    pathname: Value,
    *,
    root_dir: Value = None,
    dir_fd: Value = None,
    recursive: Value = False,
    include_hidden: Value = False,
) -> list[Value] | Unknown:
    root = "" if root_dir is None else root_dir
    if not (isinstance(pathname, (str, PurePosixPath)) and isinstance(root, (str, PurePosixPath))):
        return Unknown("pipelift does not follow such a pattern", call.span)
    if dir_fd is not None:
        return Unknown("the folder of a file descriptor is not known", call.span)
    pattern = str(pathname)
    meter.limit(len(pattern), MAX_PATTERN)
    base, parts = _split_pattern(pattern)
    place = call.outside.resolve(posixpath.join(str(root), base) or ".")

    def look(folders: Folders) -> list[Value]:
        if not parts:
            return [pattern] if pattern and _is_there(folders, pattern, str(place)) else []
        search = _Search(folders, str(place), base, bool(recursive), bool(include_hidden))
        return list(search.find(parts))

    return look_through(call, base or ".", look)


def _split_pattern(pattern: str) -> tuple[str, list[str]]:
    """The folder before the first wildcard as it is written, and the parts from there on."""
    parts: list[str] = []
    while is_wild(pattern):
        pattern, name = posixpath.split(pattern)
        parts.insert(0, name)
    return pattern, parts


def _is_there(folders: Folders, path: str, place: str) -> bool:
    return folders.is_folder(place) if path.endswith("/") else folders.exists(place)


@dataclass(frozen=True, slots=True)
class _Search:
    """One search below the folder `place`, which the program writes as `base`."""

    folders: Folders
    place: str
    base: str
    recursive: bool
    hidden: bool

    def find(self, parts: list[str]) -> list[str]:
        """The matches, sorted, each as Python spells it."""
        paths = [""]
        for number, part in enumerate(parts):
            below = self._choose_rule(part)
            only_folders = number < len(parts) - 1
            found: list[str] = []
            for path in paths:
                names = below(path, part, only_folders)
                found += [posixpath.join(path, name) for name in names]
                self.folders.check_size(len(found))
            paths = found
        return sorted(filter(None, (posixpath.join(self.base, path) for path in paths)))

    def _choose_rule(self, part: str) -> Callable[[str, str, bool], list[str]]:
        if self.recursive and part == "**":
            return lambda path, part, only_folders: list(self._list_deep(path, only_folders))
        return self._list_matching if is_wild(part) else self._check_name

    def _place(self, path: str) -> str:
        return os.path.normpath(posixpath.join(self.place, path))

    def _check_name(self, path: str, name: str, only_folders: bool) -> list[str]:
        place = self._place(posixpath.join(path, name))
        return [name] if _is_there(self.folders, name or "/", place) else []

    def _list_matching(self, path: str, part: str, only_folders: bool) -> list[str]:
        hidden = self.hidden or part.startswith(".")
        return [
            name
            for name, entry in self.folders.list_entries(self._place(path)).items()
            if (hidden or not name.startswith("."))
            and fnmatch.fnmatchcase(name, part)
            and (not only_folders or entry.is_folder)
        ]

    def _list_deep(self, path: str, only_folders: bool) -> Iterator[str]:
        """All below `path`, itself first as an empty name, even where it is no folder; links are followed."""
        pending = [""]
        while pending:
            inner = pending.pop()
            yield inner
            for name, entry in self.folders.list_entries(self._place(posixpath.join(path, inner))).items():
                if name.startswith(".") and not self.hidden:
                    continue
                if entry.is_folder:
                    pending.append(posixpath.join(inner, name))
                elif not only_folders:
                    yield posixpath.join(inner, name)
