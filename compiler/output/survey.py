"""What an existing output folder holds, sorted by what is to become of it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from pipelift.compiler.diagnostics import Refused
from pipelift.compiler.output import manifest
from pipelift.compiler.reading.contents import Content, digest_file, digest_of
from pipelift.runtime.contract.paths import STATE

CACHE = "__pycache__"

# a folder with nothing else in it counts as empty
_HARMLESS = frozenset({STATE, ".gitkeep", ".gitignore", ".DS_Store"})


@dataclass(frozen=True, slots=True)
class Survey:
    """Relative paths. `same` are as we would write them; `removed` are ours and no longer produced; `refused`
    the user changed or put in our way; `kept` the user added. Ours that are to be replaced are in none.
    """

    same: set[str] = field(default_factory=set)
    removed: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    kept: set[str] = field(default_factory=set)


def survey(directory: Path, plan: Mapping[str, Content], executable: frozenset[str]) -> Survey:
    """Hold the folder against `plan`, the files to write. Raises `Refused` if it is not ours."""
    if not directory.exists():
        return Survey()
    recorded = _recorded(directory)
    folders = {str(parent) for path in plan for parent in PurePosixPath(path).parents}
    result = Survey()
    for path in _entries(directory):
        where = directory / path
        mode = where.lstat().st_mode
        expected = digest_of(plan[path]) if path in plan else None
        found = digest_file(where) if stat.S_ISREG(mode) and (path in recorded or path in plan) else None
        if found is not None and found == expected:
            if bool(mode & stat.S_IXUSR) == (path in executable):
                result.same.add(path)
        elif path == manifest.NAME or (found is not None and found == recorded.get(path)):
            if expected is None:
                result.removed.add(path)
        elif path in recorded or _in_the_way(path, mode, plan, folders):
            result.refused.add(path)
        else:
            result.kept.add(path)
    return result


def _recorded(directory: Path) -> dict[str, str]:
    """The sha256 that the manifest gives for each path; nothing for a folder that is absent or empty."""
    if not directory.exists() or {entry.name for entry in os.scandir(directory)} <= _HARMLESS:
        return {}
    try:
        found = manifest.load_manifest(directory)
    except ValueError as reason:
        message = f"'{directory}' is not empty and not an output folder of pipelift: {reason}"
        raise Refused("PL541", message) from None
    return {file.path: file.sha256 for file in found.files}


def _entries(directory: Path) -> Iterator[str]:
    """The relative paths of everything but folders with something in them; run state and caches left out."""
    for root, folders, files in os.walk(directory):
        here = Path(root)
        links = [name for name in folders if (here / name).is_symlink()]
        folders[:] = [name for name in folders if name != CACHE and (here != directory or name != STATE)]
        yield from ((here / name).relative_to(directory).as_posix() for name in (*files, *links))
        if here != directory and not folders and not files:
            yield here.relative_to(directory).as_posix()


def _in_the_way(path: str, mode: int, plan: Mapping[str, Content], folders: set[str]) -> bool:
    if path in plan or any(str(parent) in plan for parent in PurePosixPath(path).parents):
        return True
    return path in folders and not stat.S_ISDIR(mode)
