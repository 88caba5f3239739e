"""The world around the program as pipelift lets it be seen: given values, and files read through an overlay."""

from __future__ import annotations

import errno
import os
import posixpath
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

MAX_READ = 20_000_000
"""The largest file, in bytes, that a program may read while it is evaluated."""


@dataclass(slots=True)
class Outside:
    """What a program sees of its surroundings.

    `start` is where relative paths begin, as under ``python FILE``; `folder` is the pipeline file's, tried where a
    path does not exist from there. `environment` and `arguments` are what the command line gives. `written` and `made`
    are the overlay: files and folders that the program has made, by absolute path; nothing is ever written to disk.
    """

    start: Path
    folder: Path
    main: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()
    written: dict[str, bytes] = field(default_factory=dict)
    made: dict[str, None] = field(default_factory=dict)
    moved: list[Path] = field(default_factory=list)
    _unknown: dict[str, None] = field(default_factory=dict)

    @property
    def cwd(self) -> Path:
        """The current directory: where the program starts, or what it changes to."""
        return self.moved[-1] if self.moved else self.start

    def resolve(self, path: str) -> Path:
        """The absolute path that `path` means: from the working directory, else beside the pipeline file."""
        if os.path.isabs(path):
            return Path(posixpath.normpath(path))
        here = Path(os.path.normpath(self.cwd / path))
        if self._known(here):
            return here
        beside = Path(os.path.normpath(self.folder / path))
        return beside if self._known(beside) else here

    def _known(self, path: Path) -> bool:
        return str(path) in self.written or str(path) in self.made or _lexists(path)

    def is_file(self, path: str) -> bool:
        """Whether a file is there, on disk or in the overlay."""
        absolute = self.resolve(path)
        return str(absolute) in self.written or _is(os.path.isfile, absolute)

    def is_dir(self, path: str) -> bool:
        """Whether a folder is there, on disk or in the overlay."""
        absolute = self.resolve(path)
        inside = str(absolute) + "/"
        overlaid = str(absolute) in self.made or any(name.startswith(inside) for name in self.written)
        return overlaid or _is(os.path.isdir, absolute)

    def read(self, path: str, limit: int = MAX_READ) -> bytes:
        """The bytes of a file of at most `limit` bytes. Raises `OSError` as opening it would."""
        absolute = self.resolve(path)
        if str(absolute) in self.written:
            return self.written[str(absolute)]
        try:
            state = absolute.stat()
            if not stat.S_ISREG(state.st_mode):
                raise IsADirectoryError(errno.EISDIR, "It is no file")
            if state.st_size > limit:
                raise OSError(errno.EFBIG, f"it is larger than {limit // 1_000_000} MB")
            return absolute.read_bytes()
        except ValueError as error:  # a path with a null byte
            raise FileNotFoundError(errno.ENOENT, str(error)) from None

    def write(self, absolute: str, data: bytes, touch: Callable[[Any], None]) -> None:
        """Make a file of the overlay hold `data`."""
        touch(self.written)
        self.written[absolute] = data

    def note_unknown(self, absolute: str, touch: Callable[[Any], None]) -> None:
        """Remember that a file of the overlay holds something unknown."""
        touch(self._unknown)
        self._unknown[absolute] = None

    def holds_unknown(self, path: str) -> bool:
        """Whether the program wrote something unknown into the file."""
        return bool(self._unknown) and str(self.resolve(path)) in self._unknown

    def listing(self, path: str) -> list[str]:
        """The names in a folder, sorted. Raises `OSError` as listing it would."""
        absolute = self.resolve(path)
        prefix = str(absolute) + "/"
        inside = [*self.written, *self.made]
        names = {name[len(prefix) :].split("/", 1)[0] for name in inside if name.startswith(prefix)}
        if _is(os.path.isdir, absolute) or not names:
            try:
                names.update(os.listdir(absolute))
            except ValueError as error:
                raise FileNotFoundError(errno.ENOENT, str(error)) from None
        return sorted(names)

    def files_below(self, root: Path, most: int) -> list[str]:
        """The files below `root`, relative and sorted, at most so many."""
        prefix = f"{root}/"
        found = {name[len(prefix) :] for name in self.written if name.startswith(prefix)}
        for folder, folders, files in os.walk(root) if _is(os.path.isdir, root) else ():
            folders[:] = sorted(one for one in folders if one not in (".git", ".pipelift", "__pycache__"))
            found.update(Path(folder, name).relative_to(root).as_posix() for name in files)
            if len(found) > most:
                break
        return sorted(found)[:most]


def _is(test: Callable[[Path], bool], path: Path) -> bool:
    """What `test` says; a path that the system refuses (too long, a null byte) is not there."""
    try:
        return test(path)
    except (OSError, ValueError):
        return False


def _lexists(path: Path) -> bool:
    return _is(os.path.lexists, path)
