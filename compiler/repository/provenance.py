"""Which commit a pipeline was compiled from."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from pipelift.compiler.repository.changes import Area, has_changes
from pipelift.compiler.repository.layout import Repository, Unreadable, find_repository, read_head


@dataclass(frozen=True, slots=True, kw_only=True)
class GitFacts:
    """The commit (full hash), the branch (None for a detached head), and whether tracked files differ, or may."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    commit: str
    branch: str | None
    dirty: bool


def read_git_facts(folder: Path, exclude: Path | None = None) -> GitFacts | None:
    """The facts about `folder`; None where it is in no repository, or that has no commit.

    Only files below `folder` count for `dirty`, and none below `exclude` (the output folder, which may be
    committed too and must not change what the next compilation says). Untracked files do not count: a second
    target's output would be one, and what steps really carry is in the digests of their snapshots.

    Git itself is not asked: it would run what the repository configures. Where only that could tell whether a file
    differs (a filter, a kind of index that is not read here), `dirty` is True.
    """
    repository = find_repository(folder)
    head = None if repository is None else read_head(repository)
    if repository is None or head is None:
        return None
    commit, branch = head
    area = _make_area(repository, folder, exclude)
    try:
        dirty = has_changes(repository, commit, area, _has_module_changes)
    except (Unreadable, OSError, RecursionError):
        dirty = True
    return GitFacts(commit=commit, branch=branch, dirty=dirty)


def _make_area(repository: Repository, folder: Path, exclude: Path | None) -> Area:
    def from_top(path: Path) -> bytes:
        return b"/".join(os.fsencode(part) for part in path.resolve().relative_to(repository.top).parts)

    apart = exclude is not None and exclude.resolve().is_relative_to(folder.resolve())
    return Area(from_top(folder), from_top(exclude) if apart and exclude is not None else None)


def _has_module_changes(folder: Path, commit: str) -> bool:
    facts = read_git_facts(folder)
    return facts is None or facts.dirty or facts.commit != commit
