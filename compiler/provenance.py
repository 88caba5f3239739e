"""Which commit a pipeline was compiled from, as git tells it."""

from __future__ import annotations

import subprocess
from pathlib import Path

from pydantic import BaseModel, ConfigDict

_SECONDS = 10


class GitFacts(BaseModel):
    """The commit (full hash), the branch (None for a detached head), and whether tracked files differ."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    commit: str
    branch: str | None
    dirty: bool


def git_facts(folder: Path, exclude: Path | None = None) -> GitFacts | None:
    """The facts about `folder`; None where it is in no repository, has no commit, or git is not there.

    Only files below `folder` count for `dirty`, and none below `exclude` (the output folder, which may be
    committed too and must not change what the next compilation says). Untracked files do not count: a second
    target's output would be one, and what steps really carry is in the digests of their snapshots.
    """
    git = ["git", "-C", str(folder), "--no-optional-locks", "-c", "core.fsmonitor=false"]
    command = [*git, "status", "--porcelain=v2", "--branch", "--untracked-files=no", "--", "."]
    if exclude is not None and exclude.resolve().is_relative_to(folder.resolve()):
        command.append(f":(exclude,literal){exclude.resolve().relative_to(folder.resolve())}")
    try:
        answer = subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
            timeout=_SECONDS,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return _facts(answer.stdout.splitlines()) if answer.returncode == 0 else None


def _facts(lines: list[str]) -> GitFacts | None:
    heads = dict(line[2:].split(" ", 1) for line in lines if line.startswith("# branch."))
    commit = heads.get("branch.oid", "(initial)")
    if commit == "(initial)":
        return None
    branch = heads.get("branch.head", "(detached)")
    dirty = any(not line.startswith("#") for line in lines)
    return GitFacts(commit=commit, branch=None if branch == "(detached)" else branch, dirty=dirty)
