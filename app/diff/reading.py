"""What `diff` can read: a pipeline file, a ``pipeline.ir.json``, or an output folder with one or several of those."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from pipelift.compiler import ir
from pipelift.compiler.output import IR_NAME
from pipelift.compiler.reading.reach import read_regular

MAX_BYTES = 200_000_000
"""The largest file of a pipeline that is read."""


class Unreadable(Exception):
    """A path holds no pipelines; the message says which and why. A usage error, exit status 2."""


def is_source(path: Path) -> bool:
    """Whether it has to be compiled to know its pipelines."""
    return path.is_file() and path.suffix != ".json"


def read_compiled(path: Path) -> tuple[ir.Pipeline, ...]:
    """The pipelines of an IR file or an output folder (its own, else those of its folders). Raises `Unreadable`."""
    if path.is_file():
        return (_read(path),)
    if (path / IR_NAME).is_file():
        return (_read(path / IR_NAME),)
    found = tuple(_read(inner) for inner in sorted(path.glob(f"*/{IR_NAME}")))
    if not found:
        raise Unreadable(f"{path} is no output folder of `pipelift compile`: it has no {IR_NAME}")
    return found


def _read(path: Path) -> ir.Pipeline:
    try:
        return ir.Pipeline.model_validate_json(read_regular(path, MAX_BYTES))
    except OSError as error:
        raise Unreadable(f"{path} cannot be read: {error.strerror}") from None
    except ValidationError:
        raise Unreadable(f"{path} is no {IR_NAME} that this version of pipelift reads") from None
