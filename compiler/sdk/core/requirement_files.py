"""Requirements files of pip, and what pip's options mean for the list of an environment's packages."""

from __future__ import annotations

import os
import posixpath
import re
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TypeGuard

from pipelift.compiler.evaluate.values import Call, Value
from pipelift.compiler.sdk.core.unreadable import find_unreadable

_NESTED = re.compile(r"(?:-r|--requirement)(?:\s+|=)(.+)")
_NAME = re.compile(r"[^\[=<>~!;\s@]+")


def path_text(path: Value) -> Value:
    """A path object of the program as the text that it is; all else as it is."""
    return str(path) if isinstance(path, PurePosixPath) else path


def read_requirements(call: Call, path: Value) -> list[Value]:
    """The lines of a requirements file, with those of the files that it includes; options of pip are among them.

    What a file that cannot be read holds is unknown (PL206).
    """
    path = path_text(path)
    return _Reading(call).read(path) if isinstance(path, str) else [path]


def expand_entries(call: Call, entries: list[Value], folder: str) -> list[Value]:
    """The pip section of a conda file in `folder`, with the files that it includes (``-r requirements.txt``)."""
    result: list[Value] = []
    reading = _Reading(call)
    for entry in entries:
        nested = _NESTED.fullmatch(entry.strip()) if isinstance(entry, str) else None
        result.extend([entry] if nested is None else reading.read(_find_nested(nested, folder)))
    return result


def _find_nested(nested: re.Match[str], folder: str) -> str:
    """The path that a line of a file in `folder` includes; an address stays as it is, so that its login is known."""
    path = nested[1].strip()
    return path if "://" in path else posixpath.join(folder, path)


@dataclass
class _Reading:
    """One reading of a requirements file with all that it includes: each file counts once, as it does for pip."""

    call: Call
    done: set[str] = field(default_factory=set)
    around: list[str] = field(default_factory=list)

    def read(self, path: str) -> list[Value]:
        """The lines of a file; none of one that was read before. One that includes itself cannot be read (PL206)."""
        place = os.path.realpath(self.call.outside.resolve(path)) if "\0" not in path else path
        if place in self.around:
            return [find_unreadable(self.call, path, "it includes itself")]
        if place in self.done:
            return []
        self.done.add(place)
        try:
            text = self.call.read(path).decode("utf-8-sig", "replace")
        except OSError as error:
            return [find_unreadable(self.call, path, error.strerror or "it is no text")]
        self.around.append(place)
        entries = self._read_entries(text, posixpath.dirname(path))
        self.around.pop()
        return entries

    def _read_entries(self, text: str, folder: str) -> list[Value]:
        joined = re.sub(r"\\\r?\n[ \t]*", " ", text)
        lines = (re.split(r"(?:^|\s)#", line, maxsplit=1)[0].strip() for line in joined.splitlines())
        entries: list[Value] = []
        for line in lines:
            nested = _NESTED.fullmatch(line)
            if nested is not None:
                entries.extend(self.read(_find_nested(nested, folder)))
            elif line:
                # Hashes bind a line to one file of the index, and pip then wants them for every package.
                entries.append(re.sub(r"\s+--hash[= ]\S+", "", line))
        return entries


def is_option(entry: Value) -> TypeGuard[str]:
    """Whether an entry of a pip section is an option (``--extra-index-url URL``), not a package."""
    return isinstance(entry, str) and entry.startswith("-")


def package_name(entry: str) -> str:
    """The name by which the SDK distinguishes packages: the requirement without version and extras."""
    if entry.endswith(".whl"):
        return posixpath.basename(entry).split("-", 1)[0]
    match = _NAME.match(entry.strip())
    return match[0] if match else entry
