"""Requirements files of pip, and what pip's options mean for the list of an environment's packages."""

from __future__ import annotations

import posixpath
import re
from pathlib import PurePosixPath
from typing import TypeGuard

from pipelift.compiler.evaluate.values import Call, Value

_NESTED = re.compile(r"(?:-r|--requirement)(?:\s+|=)(.+)")
_DEEPEST = 10
_NAME = re.compile(r"[^\[=<>~!;\s@]+")


def path_text(path: Value) -> Value:
    """A path object of the program as the text that it is; all else as it is."""
    return str(path) if isinstance(path, PurePosixPath) else path


def read_requirements(call: Call, path: Value) -> list[Value]:
    """The lines of a requirements file, with those of the files that it includes; options of pip are among them.

    A file that cannot be read is reported (PL206).
    """
    path = path_text(path)
    return list(read_requirement_lines(call, path)) if isinstance(path, str) else [path]


def read_requirement_lines(call: Call, path: str) -> list[str]:
    """As `read_requirements`, for a known path."""
    return _read_lines(call, path, 0)


def expand_entries(call: Call, entries: list[Value], folder: str) -> list[Value]:
    """The pip section of a conda file in `folder`, with the files that it includes (``-r requirements.txt``)."""
    result: list[Value] = []
    for entry in entries:
        nested = _NESTED.fullmatch(entry.strip()) if isinstance(entry, str) else None
        result.extend(
            [entry] if nested is None else _read_lines(call, posixpath.join(folder, nested[1].strip()), 1)
        )
    return result


def _read_lines(call: Call, path: str, depth: int) -> list[str]:
    try:
        text = call.read(path).decode("utf-8-sig", "replace")
    except OSError as error:
        call.reporter.report("PL206", f"'{path}' cannot be read: {error.strerror}", call.span)
        return []
    if depth > _DEEPEST:
        call.reporter.report("PL206", f"'{path}' cannot be read: it includes itself", call.span)
        return []
    joined = re.sub(r"\\\r?\n[ \t]*", " ", text)
    lines = (re.split(r"(?:^|\s)#", line, maxsplit=1)[0].strip() for line in joined.splitlines())
    entries: list[str] = []
    for line in lines:
        nested = _NESTED.fullmatch(line)
        if nested is not None:
            entries.extend(
                _read_lines(call, posixpath.join(posixpath.dirname(path), nested[1].strip()), depth + 1)
            )
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
