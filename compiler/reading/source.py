"""Reading a pipeline's source: .py files and notebooks become text, a libcst tree, and spans."""

from __future__ import annotations

import io
import tokenize
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import libcst

from pipelift.compiler.diagnostics import Diagnostic, Reporter
from pipelift.compiler.diagnostics.span import Span
from pipelift.compiler.reading.positions import Range, locate_nodes
from pipelift.compiler.reading.reach import read_regular
from pipelift.compiler.reading.syntax import find_syntax_problem

MAX_BYTES = 20_000_000
"""The largest file that is read, in bytes: a larger one is no pipeline and would only exhaust memory."""

_NO_SOURCE = frozenset({"idna", "punycode", "undefined"})
"""Encodings that Python takes and nobody writes a program in: decoding takes quadratic time, or fails."""


@dataclass(slots=True)
class SourceFile:
    """One parsed file, or cell of a notebook. `name` is how spans call it: relative to the folder compiled from."""

    path: Path
    name: str
    text: str
    tree: libcst.Module
    _ranges: Mapping[libcst.CSTNode, Range] = field(repr=False)

    def span(self, node: libcst.CSTNode) -> Span:
        """Where `node` stands. libcst counts columns from 0, spans from 1."""
        (line, column), (end_line, end_column) = self._ranges[node]
        return Span(self.name, line, column + 1, end_line, end_column + 1)


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """A cell that writes a file (``%%writefile``): the file's path as written, its text, whether it is added."""

    path: str
    text: str
    append: bool


@dataclass(frozen=True, slots=True)
class BrokenCell:
    """A cell that is no Python, and what is wrong with it: as in a notebook, the others are none the worse for it."""

    problems: tuple[Diagnostic, ...]


Part: TypeAlias = SourceFile | WrittenFile | BrokenCell


@dataclass(frozen=True, slots=True)
class Program:
    """A program's parts in order: one for a .py file, one a cell for a notebook; and their texts by name."""

    name: str
    parts: tuple[Part, ...]
    texts: Mapping[str, str]


def read_text(path: Path, name: str, reporter: Reporter) -> str | None:
    """The text of `path`; None where it cannot be read, which is reported."""
    start = Span(name, 1, 1, 1, 1)
    try:
        data = read_regular(path, MAX_BYTES)
    except OSError as error:
        reporter.report("PL101", f"{name} cannot be read: {error.strerror}", start)
        return None
    return decode_source(data, name, reporter)


def decode_source(data: bytes, name: str, reporter: Reporter) -> str | None:
    """The text of a Python file, in its declared encoding; None where it is not text, which is reported."""
    start = Span(name, 1, 1, 1, 1)
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        if encoding in _NO_SOURCE:
            raise LookupError(f"pipelift reads no source in {encoding}")
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        reporter.report(
            "PL101", f"{name} is not Python source: byte {error.start} is not {error.encoding}", start
        )
        return None
    except (SyntaxError, LookupError, UnicodeError) as error:
        reporter.report("PL101", f"{name} is not Python source: {error}", start)
        return None
    if "\0" in text:
        reporter.report("PL101", f"{name} is not Python source: it holds null bytes", start)
        return None
    return text


def parse(text: str, path: Path, name: str, reporter: Reporter) -> SourceFile | None:
    """Parse `text`; a syntax error is reported at its place, and None returned."""
    problem = find_syntax_problem(text)
    if problem is not None:
        line, column = problem.line, problem.column
        lead = "is more than pipelift can parse" if problem.excess else "is not Python"
        message = f"{name} {lead}: {problem.message}"
        reporter.report("PL102", message, Span(name, line, column, line, column + 1))
        return None
    try:
        tree = libcst.parse_module(text)
        ranges = locate_nodes(tree)
    except libcst.ParserSyntaxError as error:
        line, column = max(error.raw_line, 1), error.raw_column + 1
        message = f"{name} is not Python that pipelift reads: {_cut_first_sentence(error.message)}"
        reporter.report("PL102", message, Span(name, line, column, line, column + 1))
        return None
    except (RecursionError, ValueError, MemoryError, OverflowError, libcst.CSTValidationError) as error:
        reporter.report("PL102", f"{name} cannot be parsed: {type(error).__name__}", Span(name, 1, 1, 1, 1))
        return None
    return SourceFile(path, name, text, tree, ranges)


def _cut_first_sentence(message: str) -> str:
    """libcst's message without its list of the tokens that it had hoped for."""
    return message.split("\n", 1)[0].split(". ", 1)[0].rstrip(".").lower() or "syntax error"
