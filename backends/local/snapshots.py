"""Step sources on disk: each snapshot's files are laid out once per content, and never half."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from pipelift.app.history.left import open_leftover
from pipelift.compiler.diagnostics import Refused
from pipelift.compiler.output.swap import locked
from pipelift.compiler.reading.contents import Content, digest_file, digest_of, write_content


def materialise(folder: Path, digest: str, files: Mapping[str, Content]) -> Path:
    """Return the folder ``folder/digest`` that holds `files` (by path) and nothing else.

    What is there is compared with `files`, and laid out anew where it differs: a disk that was full, or a script, may
    have changed it. It appears by one rename, so that a run that was broken off leaves no half of it; of two steps at
    once one makes it, and the other waits for that: it must not take away what the first has begun to read. Raises
    `OSError`, and `Refused` (PL321) where a source file has changed meanwhile.
    """
    target = folder / digest
    if _holds(target, files):
        return target
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder):
        if not _holds(target, files):
            _lay_out(target, files)
    return target


def _lay_out(target: Path, files: Mapping[str, Content]) -> None:
    temporary = Path(tempfile.mkdtemp(prefix=".new-", dir=target.parent))
    try:
        for path, content in files.items():
            _write(temporary / path, content)
        temporary.chmod(0o755)
        _move_aside(target)
        temporary.rename(target)
    except (OSError, Refused):
        shutil.rmtree(temporary, ignore_errors=True)
        raise


def _holds(folder: Path, files: Mapping[str, Content]) -> bool:
    """Whether the files of `folder` are these, byte for byte, and can be run where they are meant to be."""
    present = {path.relative_to(folder).as_posix(): path for path in _list_entries(folder)}
    return present.keys() == files.keys() and all(
        _has_content(present[name], content) for name, content in files.items()
    )


def _list_entries(folder: Path) -> Iterator[Path]:
    """All that is no folder; links are entries too."""
    for root, folders, names in os.walk(folder):
        yield from (Path(root, name) for name in names)
        yield from (path for name in folders if (path := Path(root, name)).is_symlink())


def _has_content(path: Path, content: Content) -> bool:
    """Whether the file holds `content`, and can be run if it names its interpreter."""
    try:
        with open_leftover(path) as file:
            status = os.fstat(file.fileno())
            runs = bool(status.st_mode & 0o100) or file.read(2) != b"#!"
        return runs and status.st_size == len(content) and digest_file(path) == digest_of(content)
    except OSError:
        return False


def _move_aside(target: Path) -> None:
    """Take what differs out of the way in one move. Raises `OSError`."""
    if not os.path.lexists(target):
        return
    aside = Path(tempfile.mkdtemp(prefix=".old-", dir=target.parent))
    target.rename(aside / target.name)
    shutil.rmtree(aside, ignore_errors=True)


def _write(path: Path, content: Content) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_content(content, path)
    with open(path, "rb") as file:
        names_interpreter = file.read(2) == b"#!"
    if names_interpreter:  # the IR keeps no file modes; such a script is meant to run
        os.chmod(path, 0o755)
