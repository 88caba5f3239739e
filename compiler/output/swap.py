"""Putting a complete folder in the place of another.

Everything happens in the parent folder, under names made from the folder's own: ``.NAME.pipelift-new`` is
being built, ``.NAME.pipelift-old`` was there before. A process that is killed leaves the old folder or the
new one in place. Between the two renames of `swap` neither stands there; `repaired` then puts the old one
back, at the next call for the same folder and before anything else. The folder is another one afterwards: a
shell that stands in it needs ``cd .``, and a bind mount should name the parent.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from pipelift.compiler.diagnostics import Refused
from pipelift.compiler.output.survey import CACHE
from pipelift.compiler.reading.contents import Content, write_content
from pipelift.runtime.contract.paths import STATE


@contextmanager
def locked(parent: Path) -> Iterator[None]:
    """Keep other calls of ours out of `parent`. A file system, or a system, that cannot lock a folder does without."""
    try:
        import fcntl
    except ImportError:  # Windows
        yield
        return
    handle = os.open(parent, os.O_RDONLY)
    try:
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


@contextmanager
def repaired(directory: Path) -> Iterator[None]:
    """Finish, or undo, what a call that was killed has left, before and after the block. Raises `OSError`."""
    _repair(directory)
    yield
    _repair(directory)


@contextmanager
def staging_place(directory: Path) -> Iterator[Path]:
    """An empty folder beside `directory`, with its permissions if it exists; gone afterwards."""
    staged = _beside(directory, "new")
    if staged.exists():
        shutil.rmtree(staged)
    staged.mkdir()
    try:
        if directory.exists():
            shutil.copymode(directory, staged)
        yield staged
    finally:
        shutil.rmtree(staged, ignore_errors=True)


def stage(staged: Path, plan: Mapping[str, Content], executable: Collection[str]) -> None:
    """Write the files of `plan` into `staged`, with the permissions that the user's umask leaves.

    Raises `Refused` (PL321) where a source file has changed since it was read.
    """
    for folder in dict.fromkeys(path.rpartition("/")[0] for path in plan):
        os.makedirs(staged / folder, exist_ok=True)
    for path, content in plan.items():
        where = f"{staged}/{path}"  # pathlib's objects take as long as the writing of small files
        write_content(content, where)
        if path in executable:
            mode = os.stat(where).st_mode
            os.chmod(where, mode | (mode & 0o444) >> 2)


def drop_caches(staged: Path) -> None:
    """Remove the byte code that a check which imported the artifacts has left."""
    for cache in sorted(staged.rglob(CACHE)):
        shutil.rmtree(cache)


def swap(directory: Path, staged: Path, kept: Collection[str]) -> None:
    """Put `staged` in the place of `directory`, taking along the paths in `kept` and the run state.

    Raises `OSError`; the old folder is then in place. The old folder's remains go with the next repair.
    """
    for path in sorted(kept):
        _carry(directory / path, staged / path)
    aside = _beside(directory, "old")
    existed = directory.exists()
    if existed:
        _check_movable(directory / STATE)
        os.rename(directory, aside)
    try:
        os.rename(staged, directory)
    except OSError:
        if existed:
            os.rename(aside, directory)
        raise


def _repair(directory: Path) -> None:
    aside = _beside(directory, "old")
    gone = _beside(directory, "gone")
    shutil.rmtree(gone, ignore_errors=True)
    if not aside.exists():
        return
    if not directory.exists():
        os.rename(aside, directory)
        return
    state = aside / STATE
    if state.exists():
        if (directory / STATE).exists():
            message = (
                f"both '{directory / STATE}' and '{state}' hold run state; merge them, then remove '{aside}'"
            )
            raise Refused("PL542", message)
        os.rename(state, directory / STATE)
    # half removed it must never be taken for the old folder
    os.rename(aside, gone)
    shutil.rmtree(gone, ignore_errors=True)


def _check_movable(state: Path) -> None:
    """A folder's own permissions decide whether it may change its parent."""
    if state.is_dir() and not os.access(state, os.W_OK):
        raise Refused("PL542", f"'{state}' belongs to another user and cannot be moved")


def _carry(old: Path, new: Path) -> None:
    """The user's file, link or empty folder, in the new folder too: as a hard link where that is possible."""
    new.parent.mkdir(parents=True, exist_ok=True)
    if old.is_dir() and not old.is_symlink():
        new.mkdir(exist_ok=True)
        return
    try:
        os.link(old, new, follow_symlinks=False)
    except (OSError, NotImplementedError):
        _copy(old, new)


def _copy(old: Path, new: Path) -> None:
    """Copy a file or link; where Windows lets the user make no links, what the link leads to."""
    try:
        shutil.copy2(old, new, follow_symlinks=False)
    except OSError:
        if not old.is_file():
            raise
        shutil.copy2(old, new)


def _beside(directory: Path, word: str) -> Path:
    return directory.parent / f".{directory.name}.pipelift-{word}"
