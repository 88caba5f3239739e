"""`Output`: a folder that `pipelift compile` wrote, as everything that works with such folders reads it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from pipelift.compiler.diagnostics import Refused
from pipelift.compiler.ir import Pipeline, wire
from pipelift.compiler.output import IR_NAME
from pipelift.compiler.output.manifest import Manifest, read_manifest
from pipelift.compiler.reading.reach import read_regular

MAX_BYTES = 200_000_000
"""The largest file of a pipeline that is read."""


@dataclass(frozen=True, slots=True)
class Output:
    """An output folder: its place (absolute), its manifest, and the pipeline that was compiled into it."""

    directory: Path
    manifest: Manifest
    pipeline: Pipeline


def read_output(directory: Path) -> Output:
    """The output folder `directory`. Raises `Refused` (PL543) where it is none."""
    manifest = read_manifest(directory)
    return Output(directory.absolute(), manifest, read_pipeline(directory / IR_NAME))


def read_pipeline(path: Path) -> Pipeline:
    """The pipeline of the file `path`, a ``pipeline.ir.json``. Raises `Refused` (PL543) where it holds none."""
    try:
        return wire.read_pipeline(read_regular(path, MAX_BYTES))
    except OSError as error:
        raise Refused("PL543", f"{path} cannot be read: {error.strerror}") from None
    except ValidationError:
        raise Refused("PL543", f"{path} is no {IR_NAME} that this version of pipelift reads") from None
