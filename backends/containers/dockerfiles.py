"""The user's own Dockerfile as the first stages of ours: its last stage gets a name, its files another folder."""

from __future__ import annotations

import csv
import io
import json
import posixpath
import re
from collections.abc import Iterable
from dataclasses import replace

from pipelift.backends.containers.dockerfile_syntax import (
    DockerfileError,
    Instruction,
    read_instructions,
    split_lines,
)

_ADDRESS = re.compile(r"https?://|git@|git://|ssh://|[^\s/]+\.git(#|$)", re.IGNORECASE)
_STAGE_NAME = re.compile(r"[a-z][a-z0-9_.-]*", re.IGNORECASE)
_STAGE = "environment"
_SOURCES = frozenset({"source", "src"})
_OUR_ARGUMENTS = frozenset({"SOURCE", "STEP"})


def as_first_stages(dockerfile: str, folder: str) -> tuple[str, str]:
    """`dockerfile` for a build context in which its own files lie in `folder`, and the name of its last stage.

    What needs no change stays as it is written, comments included. Raises `DockerfileError` for what BuildKit would
    refuse, and for the few forms whose meaning would change.
    """
    lines = split_lines(dockerfile)
    instructions = read_instructions(lines)
    stages = [
        instruction
        for instruction in instructions
        if instruction.keyword == "FROM" and not instruction.prefix
    ]
    if not stages:
        raise DockerfileError("has no FROM")
    names = [_stage_name(stage) for stage in stages]
    name = names[-1] or _free_name({each.lower() for each in names if each})
    printed: list[str] = []
    written = 0
    for instruction in instructions:
        printed += lines[written : instruction.start]
        changed = _move(instruction, folder)
        if instruction is stages[-1] and names[-1] is None:
            changed = replace(instruction, rest=f"{instruction.rest} AS {name}")
        is_as_written = changed == instruction and not instruction.is_open  # our lines would go on with it
        printed += lines[instruction.start : instruction.end] if is_as_written else changed.lines()
        written = instruction.end
    return "\n".join([*printed, *lines[written:]]) + "\n", name


def _stage_name(stage: Instruction) -> str | None:
    """The name in ``FROM image AS name``; None without one."""
    match stage.words():
        case (_,):
            return None
        case (_, word, name) if word.lower() == "as" and _STAGE_NAME.fullmatch(name):
            return name
        case _:
            raise DockerfileError(f"line {stage.start + 1} has no image, or no name that a stage can have")


def _free_name(taken: set[str]) -> str:
    number = 1
    while (name := _STAGE if number == 1 else f"{_STAGE}-{number}") in taken:
        number += 1
    return name


def _move(instruction: Instruction, folder: str) -> Instruction:
    """`instruction` with the folder before each of its sources in the build context."""
    if instruction.keyword == "ARG":
        _refuse_our_arguments(instruction)
    if instruction.keyword in {"COPY", "ADD"}:
        return _move_copy(instruction, folder)
    if instruction.keyword == "RUN" and instruction.flags:
        return replace(instruction, flags=tuple(_move_mount(flag, folder) for flag in instruction.flags))
    return instruction


def _refuse_our_arguments(instruction: Instruction) -> None:
    named = {word.partition("=")[0] for word in instruction.words()}
    if named & _OUR_ARGUMENTS:
        place = f"line {instruction.start + 1}"
        raise DockerfileError(
            f"{place} declares {' and '.join(sorted(named & _OUR_ARGUMENTS))}, which pipelift sets"
        )


def _move_copy(instruction: Instruction, folder: str) -> Instruction:
    if any(flag.lower().startswith("--from=") for flag in instruction.flags):
        return instruction
    if any(flag.lower().startswith("--exclude=") for flag in instruction.flags):
        raise DockerfileError(
            f"line {instruction.start + 1} excludes files of a folder that lies elsewhere here"
        )
    has_parents = any(flag.lower() in {"--parents", "--parents=true"} for flag in instruction.flags)
    is_list = instruction.json_words()
    *sources, target = is_list or instruction.words() or ("",)
    moved = [_move_source(instruction, source, folder, pivot=has_parents) for source in sources]
    rest = json.dumps([*moved, target], ensure_ascii=False) if is_list else " ".join([*moved, target])
    return instruction if moved == sources else replace(instruction, rest=rest)


def _move_source(instruction: Instruction, source: str, folder: str, *, pivot: bool) -> str:
    if source.startswith("<<") or (instruction.keyword == "ADD" and _ADDRESS.match(source)):
        return source
    if instruction.keyword == "ADD" and source.startswith("$"):
        raise DockerfileError(
            f"line {instruction.start + 1} adds {source}, which may be a file or an address"
        )
    return _below(folder, source, "/./" if pivot and "/./" not in source else "/")


def _below(folder: str, source: str, between: str = "/") -> str:
    """`source` of the user's build context in `folder`, which it cannot leave: BuildKit stops at the context, too."""
    if "$" in source and ".." in source.split("/"):
        raise DockerfileError(f"takes a file from {source}, which may lead out of its build context")
    inside = posixpath.normpath(f"/{source}").lstrip("/") if ".." in source.split("/") else source.lstrip("/")
    return f"{folder}{between}{inside}"


def _move_mount(flag: str, folder: str) -> str:
    """``--mount=type=bind,source=a,target=/b`` reads from the build context where it has no ``from``."""
    start, _, value = flag.partition("=")
    if start.lower() != "--mount":
        return flag
    options = _split_options(value)
    keys = {key.lower(): given for key, given in options}
    if keys.get("type", "bind").lower() != "bind" or "from" in keys:
        return flag
    moved = [(key, _below(folder, given) if key.lower() in _SOURCES else given) for key, given in options]
    if not _SOURCES & keys.keys():
        moved.append(("source", folder))
    return f"{start}={_join_options(moved)}"


def _split_options(value: str) -> list[tuple[str, str]]:
    fields = next(csv.reader([value]), [])
    return [(key, given) for key, _, given in (field.partition("=") for field in fields)]


def _join_options(options: Iterable[tuple[str, str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(f"{key}={given}" if given else key for key, given in options)
    return text.getvalue()
