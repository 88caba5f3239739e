"""Reading a pipeline's source: .py files and notebooks become text, a libcst tree, and spans."""

from __future__ import annotations

import ast
import io
import tokenize
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import libcst
from libcst.metadata import CodeRange, MetadataWrapper, PositionProvider

from pipelift.compiler.diagnostics import Reporter
from pipelift.compiler.diagnostics.span import Span
from pipelift.compiler.reading.reach import read_regular

MAX_BYTES = 20_000_000
"""The largest file that is read, in bytes: a larger one is no pipeline and would only exhaust memory."""

MAX_NESTING = 150
"""How deep expressions and blocks may nest: as deep as CPython's parser goes with brackets, less than libcst can."""


@dataclass(slots=True)
class SourceFile:
    """One parsed file, or cell of a notebook. `name` is how spans call it: relative to the folder compiled from."""

    path: Path
    name: str
    text: str
    tree: libcst.Module
    _positions: Mapping[libcst.CSTNode, CodeRange] = field(repr=False)

    def span(self, node: libcst.CSTNode) -> Span:
        """Where `node` stands. libcst counts columns from 0, spans from 1."""
        position = self._positions[node]
        return Span(
            self.name,
            position.start.line,
            position.start.column + 1,
            position.end.line,
            position.end.column + 1,
        )


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """A cell that writes a file (``%%writefile``): the file's path as written, its text, whether it is added."""

    path: str
    text: str
    append: bool


@dataclass(frozen=True, slots=True)
class Program:
    """A program's parts in order: one for a .py file, one a cell for a notebook; and their texts by name."""

    name: str
    parts: tuple[SourceFile | WrittenFile, ...]
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
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        reporter.report(
            "PL101", f"{name} is not Python source: byte {error.start} is not {error.encoding}", start
        )
        return None
    except (SyntaxError, LookupError) as error:
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
        message, line, column = problem
        reporter.report(
            "PL102", f"{name} is not Python: {message}", Span(name, line, column, line, column + 1)
        )
        return None
    try:
        wrapper = MetadataWrapper(libcst.parse_module(text), unsafe_skip_copy=True)
        positions = wrapper.resolve(PositionProvider)
    except libcst.ParserSyntaxError as error:
        line, column = max(error.raw_line, 1), error.raw_column + 1
        message = f"{name} is not Python that pipelift reads: {_cut_first_sentence(error.message)}"
        reporter.report("PL102", message, Span(name, line, column, line, column + 1))
        return None
    except (RecursionError, ValueError, MemoryError, OverflowError, libcst.CSTValidationError) as error:
        reporter.report("PL102", f"{name} cannot be parsed: {type(error).__name__}", Span(name, 1, 1, 1, 1))
        return None
    return SourceFile(path, name, text, wrapper.module, positions)


def find_syntax_problem(text: str) -> tuple[str, int, int] | None:
    """Why `text` is no Python, with line and column; None where it is.

    CPython's own parser is asked first: it says best what is wrong, and, unlike libcst's, it takes no harm from
    source that nests without end.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what Python warns of in the user's source is not ours to print
            tree = compile(
                text,
                "<source>",
                "exec",
                ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT,
                dont_inherit=True,
            )
        nesting = _measure_nesting(tree)
    except SyntaxError as error:
        return error.msg or "syntax error", max(error.lineno or 1, 1), max(error.offset or 1, 1)
    except (RecursionError, MemoryError):
        return "it nests too deeply", 1, 1
    except (ValueError, OverflowError) as error:
        return str(error), 1, 1
    return None if nesting <= MAX_NESTING else (f"it nests more than {MAX_NESTING} deep", 1, 1)


def _measure_nesting(tree: ast.AST) -> int:
    """The depth of the tree, walked without recursion."""
    deepest = 0
    pending: list[tuple[ast.AST, int]] = [(tree, 0)]
    while pending:
        node, depth = pending.pop()
        deepest = max(deepest, depth)
        pending.extend((child, depth + 1) for child in ast.iter_child_nodes(node))
    return deepest


def _cut_first_sentence(message: str) -> str:
    """libcst's message without its list of the tokens that it had hoped for."""
    return message.split("\n", 1)[0].split(". ", 1)[0].rstrip(".").lower() or "syntax error"
