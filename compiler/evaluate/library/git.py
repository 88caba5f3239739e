"""`git` (GitPython): the commit and the branch of the project, read from its repository."""

from __future__ import annotations

from pathlib import Path

from pipelift.compiler.evaluate.library.models import partial_module
from pipelift.compiler.evaluate.library.registry import module
from pipelift.compiler.evaluate.library.subprocess import ask_repository
from pipelift.compiler.evaluate.machine import Machine
from pipelift.compiler.evaluate.values import Call, Modelled, ModelledClass, Module, Unknown, Value


def _ask(call: Call, folder: Path, *words: str) -> Value:
    answer = ask_repository(folder, [*words]) if call.outside.is_dir(str(folder)) else None
    return Unknown("pipelift does not read this from the repository", call.span) if answer is None else answer


class Repo(Modelled):
    """A `git.Repo`."""

    sdk_name = "git.Repo"

    def __init__(
        self,
        call: Call,
        path: Value = None,
        odbt: Value = None,
        search_parent_directories: Value = False,
        expand_vars: Value = True,
    ) -> None:
        self.span = call.span
        folder = call.outside.cwd if path is None else call.outside.resolve(str(path))
        if isinstance(path, Unknown):
            self.head: Value = path
            self.active_branch: Value = path
            self.working_dir: Value = path
            return
        branch = _ask(call, folder, "branch", "--show-current")
        if not branch:
            branch = Unknown("the repository is on no branch", call.span)
        self.head = Head(call, folder)
        self.active_branch = branch if isinstance(branch, Unknown) else Branch(call, branch)
        self.working_dir = Unknown("where the repository lies is not known", call.span)
        self.git: Value = Unknown("pipelift runs no commands", call.span)


class Head(Modelled):
    """The head of a repository."""

    sdk_name = "git.HEAD"

    def __init__(self, call: Call, folder: Path) -> None:
        self.span = call.span
        commit = _ask(call, folder, "rev-parse", "HEAD")
        self.commit: Value = commit if isinstance(commit, Unknown) else Commit(call, commit)
        self.object: Value = self.commit


class Commit(Modelled):
    """A commit."""

    sdk_name = "git.Commit"

    def __init__(self, call: Call, digest: Value) -> None:
        self.span = call.span
        self.hexsha = digest

    def text_parts(self) -> tuple[Value, ...] | None:
        """Its digest."""
        return (self.hexsha,)


class Branch(Modelled):
    """A branch."""

    sdk_name = "git.Head"

    def __init__(self, call: Call, name: Value) -> None:
        self.span = call.span
        self.name = name

    def text_parts(self) -> tuple[Value, ...] | None:
        """Its name."""
        return (self.name,)


@module("git")
def git_module(it: Machine) -> Module:
    """`git`."""
    return partial_module("git", {"Repo": ModelledClass("git.Repo", Repo)})
