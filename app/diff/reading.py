"""What `diff` can read: a pipeline file, a ``pipeline.ir.json``, or an output folder with one or several of those."""

from __future__ import annotations

from pathlib import Path

from pipelift.compiler import ir
from pipelift.compiler.diagnostics import Refused
from pipelift.compiler.output import IR_NAME
from pipelift.compiler.output.folder import read_pipeline


def is_source(path: Path) -> bool:
    """Whether `path` is a pipeline file, which has to be compiled first."""
    return path.is_file() and path.suffix != ".json"


def read_compiled(path: Path) -> tuple[ir.Pipeline, ...]:
    """The pipelines of an IR file or an output folder: its own, else those of its folders.

    Raises `Refused` (PL543).
    """
    if path.is_file():
        return (read_pipeline(path),)
    if (path / IR_NAME).is_file():
        return (read_pipeline(path / IR_NAME),)
    pipelines = tuple(read_pipeline(inner) for inner in sorted(path.glob(f"*/{IR_NAME}")))
    if not pipelines:
        raise Refused("PL543", f"{path} is no output folder of `pipelift compile`: it has no {IR_NAME}")
    return pipelines
