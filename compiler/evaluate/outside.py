"""The world around the program as pipelift lets it be seen: given values, and files read through an overlay."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from pipelift.compiler.evaluate.absent import Absent
from pipelift.compiler.evaluate.containers import Touch
from pipelift.compiler.evaluate.unknown import Unknown
from pipelift.compiler.reading.contents import Content, StoredFile, read_whole
from pipelift.compiler.reading.reach import OutOfReach, Reach, project_root
from pipelift.runtime.contract.digests import digest
from pipelift.runtime.contract.paths import STATE

MAX_READ = 20_000_000
"""The largest file, in bytes, that a program may read while it is evaluated."""

MAX_DEPTH = 200
"""How deep folders are followed: where each path really leads takes longer, the deeper it lies."""

NEVER = frozenset({".git", STATE, "__pycache__"})
"""Folders that walks do not enter: what tools keep there is not the program's."""


class TooManyFiles(Exception):
    """A folder holds more than a program may walk through: a part of them would be taken for all."""


@dataclass(slots=True)
class Outside:
    """What a program sees of its surroundings.

    `start` is where relative paths begin, as under ``python FILE``; `folder` is the pipeline file's, tried where a
    path does not exist from there. `start_given` says that the user has named `start`: then no path is in doubt.
    `python_path` are folders of modules that the user names, `project_folders` those that the project's files tell
    of. `given` are files that the user gives, by the name under which the program reads them. `spellings` says how
    the program writes the source folders, `guessed` which of them stand for what is not known. `environment` and
    `arguments` are what the command line gives, `absent` the arguments that it might give. `written` and `created`
    are the overlay: the program's files and folders, by absolute path; nothing is ever written to disk. Of the disk
    it sees its project and the folders `readable`; asked for anything else, it says so.
    """

    start: Path
    folder: Path
    main: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()
    written: dict[str, Content] = field(default_factory=dict)
    created: dict[str, None] = field(default_factory=dict)
    moved: list[Path] = field(default_factory=list)
    readable: tuple[Path, ...] = ()
    start_given: bool = False
    given: Mapping[str, Path] = field(default_factory=dict)
    spellings: dict[str, str] = field(default_factory=dict)
    guessed: set[str] = field(default_factory=set)
    python_path: tuple[Path, ...] = ()
    project_folders: tuple[Path, ...] | None = None
    absent: Absent = field(default_factory=Absent)
    reach: Reach = field(init=False)
    _unknown: dict[str, Unknown] = field(default_factory=dict)

    def __post_init__(self) -> None:
        folders = (self.start / path for path in self.readable)
        self.reach = Reach((project_root(self.folder), *folders, *self.given.values()))
        if not self.start_given and not self.reach.holds(self.start):
            self.start = self.folder

    @property
    def cwd(self) -> Path:
        """The current directory: where the program starts, or what it changes to."""
        return self.moved[-1] if self.moved else self.start

    def resolve(self, path: str) -> Path:
        """The absolute path that `path` means: from the working directory, else beside the pipeline file.

        A backslash separates folders where no file has it in its name: programs are written on Windows, too.
        """
        paths = self.list_meanings(path)
        if len(paths) == 1:
            return paths[0]
        last = path.replace("\\", "/")
        return next(filter(self._exists, paths), Path(os.path.normpath(self.cwd / last)))

    def _find_given(self, path: str) -> Path | None:
        """The file that the user gives for `path`: the name that he gives it for is the path's end."""
        parts = PurePosixPath(path.replace("\\", "/")).parts
        for name, file in self.given.items():
            wanted = PurePosixPath(name.replace("\\", "/")).parts
            if wanted and parts[-len(wanted) :] == wanted:
                return file
        return None

    def is_made(self, absolute: Path) -> bool:
        """Whether the program has made the file or folder."""
        return self._is_created(absolute)

    def list_places(self, path: str) -> list[Path]:
        """All that `path` may mean and that is there: what `resolve` takes comes first."""
        return list(filter(self._exists, self.list_meanings(path)))

    def list_meanings(self, path: str) -> list[Path]:
        """All that `path` may mean, in the order in which it is looked for."""
        given = self._find_given(path)
        if given is not None:
            return [given]
        spellings = dict.fromkeys((path, path.replace("\\", "/")))
        starts = (self.cwd,) if os.path.isabs(path) else (self.cwd, self.folder)
        return list(
            dict.fromkeys(
                Path(os.path.normpath(start / spelling)) for spelling in spellings for start in starts
            )
        )

    def _exists(self, path: Path) -> bool:
        if str(path) in self.written or str(path) in self.created:
            return True
        seen = self.reach.holds(path.parent) or self.reach.holds(
            path
        )  # of the project's top, only the latter
        return seen and _test_path(os.path.lexists, path)

    def refusal(self, path: str, *, folder: bool = False) -> OutOfReach | None:
        """Why nothing can be said of `path`, a file or a `folder`: it lies outside the project. None where it does
        not, or where the program has made it."""
        absolute = self.resolve(path)
        return None if self._is_created(absolute) else self.reach.refusal(absolute, folder=folder)

    def problem(self, path: str) -> str:
        """Why a file cannot be read."""
        refusal = self.refusal(path)
        return os.strerror(errno.ENOENT) if refusal is None else str(refusal.strerror)

    def is_file(self, path: str) -> bool:
        """Whether a file can be read: it is there, on disk or in the overlay."""
        absolute = self.resolve(path)
        return str(absolute) in self.written or self._on_disk(os.path.isfile, absolute)

    def is_dir(self, path: str) -> bool:
        """Whether a folder can be read: it is there, on disk or in the overlay."""
        absolute = self.resolve(path)
        return self._is_created(absolute) or self._on_disk(os.path.isdir, absolute)

    def _is_created(self, absolute: Path) -> bool:
        """Whether the program has made the file or folder."""
        name, inside = str(absolute), f"{absolute}{os.sep}"
        return (
            name in self.written
            or name in self.created
            or any(path.startswith(inside) for path in self.written)
        )

    def _on_disk(self, test: Callable[[Path], bool], path: Path) -> bool:
        return self.reach.holds(path) and _test_path(test, path)

    def read(self, path: str, limit: int = MAX_READ) -> bytes:
        """The bytes of a file of at most `limit` bytes. Raises `OSError` as opening it would."""
        absolute = self.resolve(path)
        if str(absolute) not in self.written:
            return self.reach.read(absolute, limit)
        content = self.written[str(absolute)]
        if len(content) > limit:
            raise OSError(errno.EFBIG, f"it is larger than {limit // 1_000_000} MB")
        return read_whole(content)

    def note_content(self, path: str, data: bytes) -> Content:
        """What to remember of a file that holds `data`: of one that lies on the disk, only where it is."""
        absolute = self.resolve(path)
        if str(absolute) in self.written:
            return self.written[str(absolute)]
        return StoredFile(os.path.realpath(absolute), digest(data), len(data))

    def write(self, absolute: str, content: Content, touch: Touch) -> None:
        """Make a file of the overlay hold `content`."""
        touch(self.written)
        self.written[absolute] = content

    def note_unknown(self, absolute: str, value: Unknown, touch: Touch) -> None:
        """Remember that a file of the overlay holds something unknown."""
        touch(self._unknown)
        self._unknown[absolute] = value

    def find_unknown_in(self, path: str) -> Unknown | None:
        """The unknown that the program wrote into the file, or copied into a folder of it; None where it did not."""
        if not self._unknown:
            return None
        absolute = self.resolve(path)
        unknowns = (self._unknown.get(str(holder)) for holder in (absolute, *absolute.parents))
        return next((unknown for unknown in unknowns if unknown is not None), None)

    def list_unknown_below(self, root: Path) -> dict[str, Unknown]:
        """What the program writes below `root` and is an `Unknown`, by relative path."""
        inside = f"{root}{os.sep}"
        return {
            name[len(inside) :].replace(os.sep, "/"): value
            for name, value in self._unknown.items()
            if name.startswith(inside)
        }

    def list_names(self, path: str) -> list[str]:
        """The names in a folder, sorted. Raises `OSError` as listing it would."""
        absolute = self.resolve(path)
        prefix = f"{absolute}{os.sep}"
        inside = [*self.written, *self.created]
        names = {name[len(prefix) :].split(os.sep, 1)[0] for name in inside if name.startswith(prefix)}
        refusal = self.reach.refusal(absolute, folder=True)
        if refusal is not None and str(absolute) not in self.created:
            raise refusal
        if refusal is None and (_test_path(os.path.isdir, absolute) or not names):
            try:
                names.update(os.listdir(absolute))
            except ValueError as error:
                raise FileNotFoundError(errno.ENOENT, str(error)) from None
        return sorted(names)

    def list_files_below(self, root: Path, most: int, spend: Callable[[int], None]) -> list[str]:
        """The files below `root`, relative and sorted. Each folder and file that is visited is charged to `spend`.

        Raises `OutOfReach`, and `TooManyFiles` where more than `most` are visited.
        """
        refusal = self.refusal(str(root), folder=True)
        if refusal is not None:
            raise refusal
        prefix = f"{root}{os.sep}"
        paths = {name[len(prefix) :].replace(os.sep, "/") for name in self.written if name.startswith(prefix)}
        visited = len(paths)
        for folder, folders, files in os.walk(root) if self._on_disk(os.path.isdir, root) else ():
            spend(1 + len(files))
            visited += 1 + len(files)
            if visited > most:
                raise TooManyFiles(f"there are more than {most:,} files and folders in it")
            if folder[len(prefix) :].count(os.sep) > MAX_DEPTH:
                raise TooManyFiles(f"its folders nest more than {MAX_DEPTH} deep")
            folders[:] = sorted(
                child for child in folders if child not in NEVER and self.reach.holds(f"{folder}/{child}")
            )
            inner = "" if folder == str(root) else f"{folder[len(prefix) :].replace(os.sep, '/')}/"
            paths.update(f"{inner}{name}" for name in files)
        return sorted(paths)


def _test_path(test: Callable[[Path], bool], path: Path) -> bool:
    """What `test` says; a path that the system refuses (too long, a null byte) is not there."""
    try:
        return test(path)
    except (OSError, ValueError):
        return False
