"""Notebooks: cells become parts of a program, their magics calls that mean what the magic does."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from pipelift.compiler.diagnostics import Reporter
from pipelift.compiler.diagnostics.span import Span
from pipelift.compiler.diagnostics.spelling import spell_out
from pipelift.compiler.reading.source import BrokenCell, Part, Program, WrittenFile, parse
from pipelift.compiler.reading.syntax import is_python

_RUNS_PYTHON = frozenset({"time", "timeit", "capture", "prun", "python", "python3"})
"""Cell magics after which the cell is Python, run in the notebook."""

_WRITES = frozenset({"writefile", "file"})
"""Cell magics that write the rest of the cell to a file."""

_MAGIC = re.compile(r"\s*%%(\w+)[ \t]*(.*)")

_ASSIGNED = re.compile(r"^(?P<indent>\s*)(?P<target>[\w.,\s]+?)\s*=\s*(?P<mark>[%!])(?P<rest>.+)$")


def read_cells(text: str, path: Path, name: str, reporter: Reporter) -> Program | None:
    """The code cells of a notebook, in order."""
    try:
        cells = json.loads(text)["cells"]
        sources = [(i, _read_source(cell)) for i, cell in enumerate(cells, 1) if cell["cell_type"] == "code"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        problem = f"{type(error).__name__}: {error}"
        reporter.report("PL101", f"{name} is not a notebook ({problem})", Span(name, 1, 1, 1, 1))
        return None
    parts: list[Part] = []
    texts: dict[str, str] = {}
    for number, source in sources:
        cell = f"{name}#cell-{number}"
        texts[cell] = spell_out(source)
        part = _read_part(source, path, cell)
        if part is not None:
            parts.append(part)
    return Program(name, tuple(parts), texts)


def read_written_files(text: str, name: str) -> list[tuple[str, WrittenFile]]:
    """The cells of a notebook that write files, by the cells' names; none of what is no notebook."""
    try:
        cells = json.loads(text)["cells"]
        sources = [(i, _read_source(cell)) for i, cell in enumerate(cells, 1) if cell["cell_type"] == "code"]
    except (ValueError, KeyError, TypeError, AssertionError, RecursionError):
        return []
    found = ((f"{name}#cell-{number}", _read_written(source)) for number, source in sources)
    return [(cell, file) for cell, file in found if file is not None]


def _read_source(cell: object) -> str:
    assert isinstance(cell, dict)
    source = cell["source"]
    joined = source if isinstance(source, str) else "".join(source)
    return str(joined).replace("\0", "")


def _read_part(source: str, path: Path, cell: str) -> Part | None:
    if spell_out(source) != source:
        reporter = Reporter()
        message = f"{cell} holds half a character (a lone surrogate), which no file can hold"
        reporter.report("PL102", message, Span(cell, 1, 1, 1, 1))
        return BrokenCell(tuple(reporter))
    magic = _MAGIC.match(source)
    if magic is None:
        return _parse_cell(without_magics(source), path, cell)
    word = magic[1]
    if word in _WRITES:
        return _read_written(source)
    if word not in _RUNS_PYTHON:
        return None
    blank = source[: magic.start(1)].count("\n") * "\n"
    return _parse_cell(blank + without_magics(source[magic.end() :]), path, cell)


def _read_written(source: str) -> WrittenFile | None:
    """The file that a cell writes; None for another cell, and where it names none."""
    magic = _MAGIC.match(source)
    if magic is None or magic[1] not in _WRITES:
        return None
    arguments = magic[2].split()
    words = [option for option in arguments if option not in ("-a", "--append")]
    target = " ".join(words).strip("'\"")
    body = source[magic.end() :].removeprefix("\n")
    return WrittenFile(target, body, append=len(words) < len(arguments)) if target else None


def _parse_cell(text: str, path: Path, cell: str) -> Part:
    reporter = Reporter()
    return parse(text, path, cell, reporter) or BrokenCell(tuple(reporter))


def without_magics(cell: str) -> str:
    """A cell as Python: a line with a magic or a shell command becomes the call that IPython makes of it.

    Line numbers stay. A cell that is Python as it stands is left alone: ``%`` may begin a line of an expression.
    """
    if is_python(cell):
        return cell
    lines = cell.split("\n")
    translated: list[str] = []
    state = _Lines()
    while len(translated) < len(lines):
        line = lines[len(translated)]
        call = _translate_line(line) if state.between_statements else None
        if call is None:
            state.read(line)
            translated.append(line)
            continue
        translated.append(call)
        while line.endswith("\\") and len(translated) < len(lines):
            line = lines[len(translated)]
            translated.append("")
    return "\n".join(translated)


def _translate_line(line: str) -> str | None:
    """What IPython would make of a line; None for one that is Python."""
    stripped = line.strip()
    indent = line[: len(line) - len(line.lstrip())]
    if stripped.startswith("!"):
        return f"{indent}get_ipython().system({stripped[1:]!r})"
    if stripped.startswith("%"):
        word, _, line_arguments = stripped.lstrip("%").partition(" ")
        if word == "time" and line_arguments:
            return indent + line_arguments
        return f"{indent}get_ipython().run_line_magic({word!r}, {line_arguments.strip()!r})"
    if stripped.startswith("?") or (stripped.endswith("?") and not stripped.startswith("#")):
        return f"{indent}pass"
    assignment = _ASSIGNED.match(line)
    if assignment is None:
        return None
    command = assignment["rest"]
    if assignment["mark"] == "!":
        return f"{assignment['indent']}{assignment['target']} = get_ipython().getoutput({command!r})"
    word, _, argument = command.partition(" ")
    return (
        f"{assignment['indent']}{assignment['target']} = get_ipython().run_line_magic({word!r}, {argument!r})"
    )


class _Lines:
    """Follows brackets and long texts from line to line, to know where a statement may begin."""

    def __init__(self) -> None:
        self._depth = 0
        self._quote = ""
        self._continued = False

    @property
    def between_statements(self) -> bool:
        """Whether the next line begins a statement."""
        return self._depth == 0 and not self._quote and not self._continued

    def read(self, line: str) -> None:
        """Take one line of Python."""
        for token in _tokens(line):
            if self._quote:
                self._quote = "" if token == self._quote else self._quote
            elif token == "#":
                break
            elif token[0] in "'\"":
                self._quote = token
            else:
                self._depth = max(0, self._depth + (1 if token in "([{" else -1))
        if self._quote and len(self._quote) == 1:
            self._quote = ""
        self._continued = line.endswith("\\")


def _tokens(line: str) -> Iterator[str]:
    for match in re.finditer(r"\\.|'''|\"\"\"|['\"#()\[\]{}]", line):
        if not match[0].startswith("\\"):
            yield match[0]
