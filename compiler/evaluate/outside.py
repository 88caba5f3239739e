"""The world around the program as pipelift lets it be seen: given values, and files read through an overlay."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

MAX_READ = 20_000_000
"""The largest file, in bytes, that a program may read while it is evaluated."""


@dataclass(slots=True)
class Outside:
    """What a program sees of its surroundings.

    `cwd` is where relative paths start, as under ``python FILE``; `folder` is the pipeline file's, tried where a path
    does not exist from `cwd`. `environment` and `arguments` are what the command line gives. `written` is the
    overlay: files that the program has made, by absolute path; nothing is ever written to disk.
    """

    cwd: Path
    folder: Path
    main: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()
    written: dict[str, bytes] = field(default_factory=dict)
    made: dict[str, None] = field(default_factory=dict)

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
        return str(path) in self.written or str(path) in self.made or os.path.lexists(path)

    def is_file(self, path: str) -> bool:
        """Whether a file is there, on disk or in the overlay."""
        absolute = self.resolve(path)
        return str(absolute) in self.written or os.path.isfile(absolute)

    def is_dir(self, path: str) -> bool:
        """Whether a folder is there, on disk or in the overlay."""
        absolute = self.resolve(path)
        inside = str(absolute) + "/"
        overlaid = str(absolute) in self.made or any(name.startswith(inside) for name in self.written)
        return overlaid or os.path.isdir(absolute)

    def read(self, path: str) -> bytes:
        """The bytes of a file. Raises `OSError` as opening it would."""
        absolute = self.resolve(path)
        if str(absolute) in self.written:
            return self.written[str(absolute)]
        if absolute.is_file() and absolute.stat().st_size > MAX_READ:
            raise OSError(27, "File too large to read while evaluating")
        return absolute.read_bytes()

    def listing(self, path: str) -> list[str]:
        """The names in a folder, sorted. Raises `OSError` as listing it would."""
        absolute = self.resolve(path)
        prefix = str(absolute) + "/"
        inside = [*self.written, *self.made]
        names = {name[len(prefix) :].split("/", 1)[0] for name in inside if name.startswith(prefix)}
        if absolute.is_dir() or not names:
            names.update(os.listdir(absolute))
        return sorted(names)
