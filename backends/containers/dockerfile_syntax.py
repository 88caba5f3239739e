"""A Dockerfile as its instructions, line by line, as BuildKit's own parser takes it.

No library does: `dockerfile-parse` knows no heredocs, and `dockerfile`, which is BuildKit's parser, has no wheels for
every platform that pipelift is installed on. The tests hold what is read here against answers of that one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

_DIRECTIVE = re.compile(r"^#[ \t]*([a-zA-Z][a-zA-Z0-9]*)[ \t]*=[ \t]*(.+?)[ \t]*$")
_COMMENT = re.compile(r"^[ \t]*#")
_CONTINUED = re.compile(r"(?:(?<=[^\\])|^)\\[ \t]*$")
_HEREDOC = re.compile(r"^[0-9]*<<(?P<stripped>-?)(?P<name>[^<]+)$")
_PIECE = r"""\\.|'[^']*'|"(?:\\.|[^"\\])*"|[^\s\\'"]"""
_WORD = re.compile(rf"(?:{_PIECE}|\\$)+", re.DOTALL)
_FLAG = re.compile(rf"(--(?:{_PIECE})+|--)(?:\s+|$)", re.DOTALL)
_QUOTING = re.compile(r"""\\(.)|["']""", re.DOTALL)
_MAY_HAVE_HEREDOC = frozenset({"RUN", "COPY", "ADD"})


class DockerfileError(ValueError):
    """What is wrong with a Dockerfile, as the rest of a sentence ("line 3 …")."""


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction: `keyword` in capitals (without ONBUILD), its `flags` as written, the `rest` of its logical line.

    `start` and `end` are its lines, counted from 0, the end excluded; `body` are the lines of its heredocs, each with
    its last line. `prefix` is ``ONBUILD `` for an instruction that a later build runs. An instruction `is_open` if the
    file ends where it would go on.
    """

    keyword: str
    flags: tuple[str, ...]
    rest: str
    start: int
    end: int
    body: tuple[str, ...] = ()
    prefix: str = ""
    is_open: bool = False

    def words(self) -> tuple[str, ...]:
        """The rest, split as BuildKit does where a list of words is expected: at blanks, whatever the quotes."""
        return tuple(self.rest.split())

    def json_words(self) -> tuple[str, ...] | None:
        """The words of ``["a", "b"]``, whatever comes after it (so does BuildKit); None without such a list."""
        if not self.rest.startswith("["):
            return None
        try:
            value, _ = json.JSONDecoder().raw_decode(self.rest)
        except ValueError:
            return None
        return (
            tuple(value) if isinstance(value, list) and all(isinstance(each, str) for each in value) else None
        )

    def lines(self) -> list[str]:
        """The instruction as it is written on one line, and its heredocs."""
        words = [f"{self.prefix}{self.keyword}", *self.flags, *([self.rest] if self.rest else [])]
        return [" ".join(words), *self.body]


def split_lines(text: str) -> list[str]:
    """The lines of a Dockerfile, which end with a line feed, after a carriage return or without one."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").rstrip("\n").split("\n")


def read_instructions(lines: Sequence[str]) -> tuple[Instruction, ...]:
    """The instructions of a Dockerfile; comments, directives and empty lines are between them.

    Raises `DockerfileError` for a heredoc without an end, and for another escape character than the backslash.
    """
    if any("\0" in line for line in lines):
        raise DockerfileError("has a null byte")
    directives = dict(_directives(lines))
    if directives.get("escape", "\\") != "\\":
        raise DockerfileError("sets another escape character than the backslash")
    found: list[Instruction] = []
    number = 0
    while number < len(lines):
        if _is_between(lines[number]):
            number += 1
            continue
        instruction = _read_one(lines, number)
        if instruction.keyword:  # nothing but the end of lines is none
            found.append(instruction)
        number = instruction.end
    return tuple(found)


def _is_between(line: str) -> bool:
    """Whether a line is a comment or empty: it belongs to no instruction, even where it stands within one."""
    return _COMMENT.match(line) is not None or not line.strip()


def _directives(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    """``# escape=…`` and its like: only before all else, another comment included."""
    for line in lines:
        match = _DIRECTIVE.match(line)
        if match is None:
            return
        yield match[1].lower(), match[2]


def _read_one(lines: Sequence[str], start: int) -> Instruction:
    """The instruction that begins at line `start`: comments and empty lines within it are no part of it."""
    logical, number, continued = "", start, True
    while continued and number < len(lines):
        line = lines[number]
        number += 1
        if number - 1 > start and _is_between(line):
            continue
        mark = _CONTINUED.search(line)
        continued = mark is not None
        logical += line[: mark.start()] if mark else line
    prefix, keyword, flags, rest = _split_logical(logical.strip())
    instruction = Instruction(keyword, flags, rest, start, number, prefix=prefix, is_open=continued)
    if keyword not in _MAY_HAVE_HEREDOC or instruction.json_words() is not None:
        return instruction
    end = number
    for stripped, name in _heredocs(rest):
        end = _end_of_heredoc(lines, end, name, stripped=stripped)
    return replace(instruction, end=end, body=tuple(lines[number:end]))


def _split_logical(logical: str) -> tuple[str, str, tuple[str, ...], str]:
    """The ``ONBUILD`` before an instruction, its keyword, its flags, and the rest."""
    keyword, flags, rest = _split_flags(logical)
    if keyword == "ONBUILD" and rest:
        return "ONBUILD ", *_split_flags(rest)
    return "", keyword, flags, rest


def _split_flags(logical: str) -> tuple[str, tuple[str, ...], str]:
    """The first word in capitals, the words with two dashes after it (to one of dashes alone), and the rest."""
    keyword, *others = logical.split(maxsplit=1) or [""]
    rest = others[0] if others else ""
    flags: list[str] = []
    while (match := _FLAG.match(rest)) is not None:
        rest = rest[match.end() :]
        if match[1] == "--":
            break
        flags.append(match[1])
    return keyword.upper(), tuple(flags), rest


def _heredocs(rest: str) -> Iterator[tuple[bool, str]]:
    """Of each heredoc that a line opens: whether tabs are stripped from its lines, and the line that ends it."""
    if _WORD.sub("", rest).strip():
        return  # a quote without an end: BuildKit takes nothing on such a line for a heredoc
    for word in _WORD.findall(rest):
        match = _HEREDOC.match(word)
        if match is not None:
            yield bool(match["stripped"]), _QUOTING.sub(lambda quoting: quoting[1] or "", match["name"])


def _end_of_heredoc(lines: Sequence[str], start: int, name: str, *, stripped: bool) -> int:
    for number in range(start, len(lines)):
        if (lines[number].lstrip("\t") if stripped else lines[number]) == name:
            return number + 1
    raise DockerfileError(f"line {start} opens a heredoc that '{name}' ends, which does not come")
