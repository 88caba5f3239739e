"""Reading a program from disk: a .py file is one part, a notebook one part a cell."""

from __future__ import annotations

from pathlib import Path

from pipelift.compiler.diagnostics import Reporter
from pipelift.compiler.reading.notebooks import read_cells
from pipelift.compiler.reading.source import Program, parse, read_text


def read(path: Path, name: str, reporter: Reporter) -> Program | None:
    """Read and parse `path`; what makes that impossible is reported, and None returned."""
    text = read_text(path, name, reporter)
    if text is None:
        return None
    if path.suffix == ".ipynb":
        return read_cells(text, path, name, reporter)
    source = parse(text, path, name, reporter)
    return Program(name, () if source is None else (source,), {name: text})
