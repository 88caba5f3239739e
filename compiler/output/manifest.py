"""`manifest.json`: what an output folder holds, and where it came from. It is what makes a folder ours."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from pipelift.compiler.diagnostics import Diagnostic, Refused
from pipelift.compiler.diagnostics.rendering.data import as_data
from pipelift.compiler.ir import Pipeline
from pipelift.compiler.ir.writing import write_node
from pipelift.compiler.output.needs import NOTHING, Needs, Record
from pipelift.compiler.reading.contents import Content, digest_of
from pipelift.compiler.repository.provenance import GitFacts

NAME = "manifest.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class File(Record):
    """One file that we wrote: its path (``/``-separated), the sha256 of its bytes, its size in bytes."""

    path: str
    sha256: str
    size: int
    executable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss(Record):
    """Something that the target does not keep as it was; `step` is the step's name, if it concerns one."""

    code: str
    fidelity: Literal["approximated", "dropped"]
    step: str | None
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest(Record):
    """The whole file. `source` is the pipeline file; `files` are sorted, and leave out the manifest itself.

    `needs` is what has to be there when it runs. `diagnostics` are those of the compilation, as
    `check --format json` prints them; what the target's own loader says depends on the machine and is not among
    them.
    """

    schema_version: Literal["1"] = "1"
    pipelift: str
    target: str
    pipeline: str
    source: str
    git: GitFacts | None
    files: tuple[File, ...]
    diagnostics: tuple[object, ...]
    losses: tuple[Loss, ...]
    needs: Needs = NOTHING

    def text(self) -> str:
        """The manifest as it is written."""
        return write_node(self)


def losses(diagnostics: Iterable[Diagnostic]) -> tuple[Loss, ...]:
    """The diagnostics that are losses on the target."""
    return tuple(
        Loss(code=found.code, fidelity=found.fidelity, step=found.step, message=found.message)
        for found in diagnostics
        if found.fidelity is not None
    )


def make_manifest(
    pipeline: Pipeline,
    target: str,
    git: GitFacts | None,
    files: Mapping[str, Content],
    executable: Collection[str],
    diagnostics: Iterable[Diagnostic],
    needs: Needs,
) -> Manifest:
    """The manifest of an output folder that holds `files`."""
    found = list(diagnostics)
    return Manifest(
        pipelift=version("pipelift"),
        target=target,
        pipeline=pipeline.name,
        source=pipeline.source,
        git=git,
        files=tuple(
            File(path=path, sha256=digest_of(content), size=len(content), executable=path in executable)
            for path, content in sorted(files.items())
        ),
        diagnostics=tuple(as_data(found)),
        losses=losses(found),
        needs=needs,
    )


def read_manifest(directory: Path) -> Manifest:
    """The manifest of the output folder `directory`. Raises `Refused` (PL543) where it is none."""
    try:
        return load_manifest(directory)
    except ValueError as reason:
        message = f"{directory} is no output folder of `pipelift compile`: {reason}"
        raise Refused("PL543", message) from None


def load_manifest(directory: Path) -> Manifest:
    """The manifest in `directory`.

    Raises `ValueError` where it is missing, or of another program or version; the text says which.
    """
    from pydantic import TypeAdapter, ValidationError  # a first compilation reads none

    try:
        return TypeAdapter(Manifest).validate_json((directory / NAME).read_bytes())
    except FileNotFoundError:
        raise ValueError(f"it has no {NAME}") from None
    except (OSError, ValidationError):
        raise ValueError(f"its {NAME} is not one that this version of pipelift wrote") from None
