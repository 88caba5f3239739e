"""`subprocess`: what git says of the project's commit is read from the repository. No command is ever run."""

from __future__ import annotations

import shlex
from pathlib import Path

from pipelift.compiler.evaluate.library.models import partial_module
from pipelift.compiler.evaluate.library.registry import module
from pipelift.compiler.evaluate.machine import LibraryCall, Machine
from pipelift.compiler.evaluate.values import Model, Modelled, Module, Unknown, Value
from pipelift.compiler.repository.layout import Unreadable, find_repository, read_head

_WHY = "pipelift runs no commands"

_SHORT = 7
"""The letters of a short hash, in a repository of fewer objects than `_SMALL_INDEX` stands for (git's own rule)."""

_SMALL_INDEX = 16_384 * 28
"""The bytes of pack indexes from which on git's short hashes grow: 28 for each of 2^14 objects."""


class Completed(Modelled):
    """A `CompletedProcess`."""

    sdk_name = "subprocess.CompletedProcess"
    pure = True

    def __init__(self, call: LibraryCall, stdout: Value) -> None:
        self.span = call.span
        self.stdout = stdout
        self.stderr: Value = Unknown(_WHY, call.span)
        self.returncode: Value = 0 if not isinstance(stdout, Unknown) else Unknown(_WHY, call.span)

    def check_returncode(self, call: LibraryCall) -> Value:
        """A command that fails is not told from one that does not."""
        return None


@module("subprocess")
def subprocess_module(it: Machine) -> Module:
    """`subprocess`."""
    members: dict[str, Value] = {"PIPE": -1, "STDOUT": -2, "DEVNULL": -3}
    functions = {"check_output": _check_output, "run": _run, "getoutput": _getoutput}
    for name, function in functions.items():
        members[name] = Model(f"subprocess.{name}", function, external=True)
    return partial_module("subprocess", members)


def _check_output(call: LibraryCall, command: Value, **options: Value) -> Value:
    answer = _answer(call, command, options)
    if isinstance(answer, Unknown):
        return answer
    is_text = any(options.get(name) for name in ("text", "universal_newlines", "encoding"))
    return f"{answer}\n" if is_text else f"{answer}\n".encode()


def _run(call: LibraryCall, command: Value, **options: Value) -> Value:
    return Completed(call, _check_output(call, command, **options))


def _getoutput(call: LibraryCall, command: Value, **options: Value) -> Value:
    return _answer(call, command, options)


def _answer(call: LibraryCall, command: Value, options: dict[str, Value]) -> str | Unknown:
    """What git prints for a command that asks for the commit or the branch of the project."""
    words = shlex.split(command) if isinstance(command, str) else command
    if not isinstance(words, list) or words[:1] != ["git"]:
        return Unknown(_WHY, call.span)
    folder = options.get("cwd")
    found = call.outside.resolve(str(folder)) if folder is not None else call.outside.cwd
    answer = ask_repository(found, words[1:]) if call.outside.is_dir(str(found)) else None
    return (
        Unknown(f"{_WHY}, and does not read this from the repository", call.span)
        if answer is None
        else answer
    )


def ask_repository(folder: Path, words: list[Value]) -> str | None:
    """What git prints, read from the repository of `folder`; None where it is not read."""
    try:
        repository = find_repository(folder)
        head = None if repository is None else read_head(repository)
    except Unreadable:
        return None
    if repository is None or head is None:
        return None
    commit, branch = head
    match words:
        case ["rev-parse", "HEAD"] | ["rev-parse", "--verify", "HEAD"]:
            return commit
        case ["rev-parse", "--short", "HEAD"]:
            indexes = (repository.common / "objects" / "pack").glob("*.idx")
            return commit[:_SHORT] if sum(one.stat().st_size for one in indexes) < _SMALL_INDEX else None
        case ["rev-parse", "--abbrev-ref", "HEAD"]:
            return branch or "HEAD"
        case ["branch", "--show-current"]:
            return branch or ""
    return None
