"""Where a repository keeps its files, and what its HEAD names."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from pipelift.compiler.reading.reach import project_root, read_regular

HASH = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_REF = re.compile(r"ref: (refs(?:/(?!\.)[^/\x00-\x20\x7f~^:?*\[\\]+)+)")
_SMALL, _LARGE = 100_000, 50_000_000
_DEEPEST = 5


class Unreadable(Exception):
    """The repository is damaged, or uses a format that is not read here."""


@dataclass(frozen=True, slots=True)
class Repository:
    """A working tree at `top`. `folder` has its HEAD and index; `common` has what all working trees share."""

    top: Path
    folder: Path
    common: Path


def find_repository(folder: Path) -> Repository | None:
    """The repository that holds `folder`; None where there is none, or one that does not know this working tree."""
    top = project_root(folder)
    entry = top / ".git"
    if entry.is_dir() and not entry.is_symlink():
        return Repository(top, entry, entry)
    words = _read_text(top, ".git").partition("gitdir: ")
    if words[0] or not words[2]:
        return None
    git_folder = Path(os.path.realpath(top / words[2].strip()))
    # Anybody can write such a file: the folder must name this working tree in turn.
    backlink = _read_text(git_folder, "gitdir").strip()
    if backlink and os.path.realpath(git_folder / backlink) == str(entry):
        common = Path(os.path.realpath(git_folder / _read_text(git_folder, "commondir").strip()))
        return Repository(top, git_folder, common) if git_folder.parent == common / "worktrees" else None
    tree = re.search(r"(?m)^\s*worktree\s*=\s*(.+)$", _read_text(git_folder, "config"))
    if tree is not None and os.path.realpath(git_folder / tree[1].strip()) == str(top):
        return Repository(top, git_folder, git_folder)
    return None


def read_head(repository: Repository) -> tuple[str, str | None] | None:
    """The commit of HEAD, and the branch (None for a detached one); None where there is no commit, or no such text."""
    text = _read_text(repository.folder, "HEAD").strip()
    if HASH.fullmatch(text):
        return text, None
    ref = _REF.fullmatch(text)
    commit = None if ref is None else _find_commit(repository, ref[1], 0)
    return (
        None if ref is None or commit is None else (commit, _print_name(ref[1].removeprefix("refs/heads/")))
    )


def is_set_to_false(repository: Repository, name: str) -> bool:
    """Whether the repository's own configuration says ``name = false``; files that it includes are not read."""
    return re.search(rf"(?im)^\s*{name}\s*=\s*false\s*$", _read_text(repository.common, "config")) is not None


def _find_commit(repository: Repository, ref: str, depth: int) -> str | None:
    """The commit that a reference names."""
    text = _read_text(repository.common, ref).strip()
    if HASH.fullmatch(text):
        return text
    further = _REF.fullmatch(text)
    if further is not None and depth < _DEEPEST:
        return _find_commit(repository, further[1], depth + 1)
    packed = (
        line.split(" ", 1) for line in _read_text(repository.common, "packed-refs", _LARGE).splitlines()
    )
    return next((words[0] for words in packed if words[1:] == [ref] and HASH.fullmatch(words[0])), None)


def _print_name(name: str) -> str:
    """A name as text: Git takes any bytes for one."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _read_text(folder: Path, name: str, limit: int = _SMALL) -> str:
    """The text of a file of a repository.

    Empty where it is not there, no regular file, too large, behind a link, or has a null byte, as no text of Git has.
    """
    path = os.path.join(os.path.realpath(folder), name)
    if os.path.realpath(path) != path:
        return ""
    try:
        text = read_regular(path, limit).decode("utf-8", "surrogateescape")
    except OSError:
        return ""
    return "" if "\0" in text else text
