"""Reading a pipeline's source: .py files and notebooks become text, a libcst tree, and spans."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import libcst
from libcst.metadata import CodeRange, MetadataWrapper, PositionProvider

from pipelift.compiler.diagnostics import Reporter
from pipelift.compiler.span import Span

MAX_BYTES = 20_000_000
"""A larger file is no pipeline: reading it would only exhaust memory."""


@dataclass(slots=True)
class SourceFile:
    """One parsed file. `name` is how spans call it: relative to the folder compiled from, with ``/``."""

    path: Path
    name: str
    text: str
    tree: libcst.Module
    _positions: Mapping[libcst.CSTNode, CodeRange] = field(repr=False)

    def span(self, node: libcst.CSTNode) -> Span:
        """Where `node` stands. libcst counts columns from 0, spans from 1."""
        where = self._positions[node]
        return Span(self.name, where.start.line, where.start.column + 1, where.end.line, where.end.column + 1)


def read(path: Path, name: str, reporter: Reporter) -> SourceFile | None:
    """Read and parse `path`; what makes that impossible is reported, and None returned."""
    text = read_text(path, name, reporter)
    return None if text is None else parse(text, path, name, reporter)


def read_text(path: Path, name: str, reporter: Reporter) -> str | None:
    """The Python text of `path`: a notebook's code cells joined, their magics commented out."""
    here = Span(name, 1, 1, 1, 1)
    try:
        if path.stat().st_size > MAX_BYTES:
            reporter.report(
                "PL101", f"{name} is larger than {MAX_BYTES // 1_000_000} MB: no pipeline is", here
            )
            return None
        data = path.read_bytes()
    except OSError as error:
        reporter.report("PL101", f"{name} cannot be read: {error.strerror}", here)
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        reporter.report("PL101", f"{name} is not Python source: byte {error.start} is not UTF-8", here)
        return None
    if "\0" in text:
        reporter.report("PL101", f"{name} is not Python source: it holds null bytes", here)
        return None
    if path.suffix == ".ipynb":
        return _notebook_text(text, name, reporter)
    return text


def parse(text: str, path: Path, name: str, reporter: Reporter) -> SourceFile | None:
    """Parse `text`; a syntax error is reported at its place, and None returned."""
    try:
        wrapper = MetadataWrapper(libcst.parse_module(text), unsafe_skip_copy=True)
        positions = wrapper.resolve(PositionProvider)
    except libcst.ParserSyntaxError as error:
        line, column = max(error.raw_line, 1), error.raw_column + 1
        reporter.report(
            "PL102",
            f"{name} is not Python: {_first_sentence(error.message)}",
            Span(name, line, column, line, column + 1),
        )
        return None
    except (RecursionError, ValueError, MemoryError, OverflowError) as error:
        reporter.report("PL102", f"{name} cannot be parsed: {type(error).__name__}", Span(name, 1, 1, 1, 1))
        return None
    return SourceFile(path, name, text, wrapper.module, positions)


def _first_sentence(message: str) -> str:
    """libcst's message without its list of the tokens that it had hoped for."""
    return message.split("\n", 1)[0].split(". ", 1)[0].rstrip(".").lower() or "syntax error"


def _notebook_text(text: str, name: str, reporter: Reporter) -> str | None:
    try:
        cells = json.loads(text)["cells"]
        sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        reporter.report("PL101", f"{name} is not a notebook: {error}", Span(name, 1, 1, 1, 1))
        return None
    return "\n".join(_without_magics(source) for source in sources) + "\n"


def _without_magics(cell: str) -> str:
    """A cell's source with ``%magic`` and ``!shell`` lines as comments, so that line numbers stay."""
    lines = cell.splitlines()
    if lines and lines[0].startswith("%%"):
        return "\n".join("# " + line for line in lines)
    return "\n".join("# " + line if line.lstrip().startswith(("%", "!")) else line for line in lines)
