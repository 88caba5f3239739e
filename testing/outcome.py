"""What a target makes of a pipeline: its files, and what it says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from pydantic_core import to_json

from pipelift.compiler import ir
from pipelift.compiler.config import Config
from pipelift.compiler.diagnostics import Diagnostic, Reporter
from pipelift.compiler.passes.losses import report_losses
from pipelift.compiler.reading.contents import read_whole
from pipelift.compiler.target import Compilation, Target, compile_pipeline
from pipelift.testing.sample import Contents

PROJECT = Path("/project")
"""Where the pipeline is said to lie: nowhere, since compiling reads no file."""


@runtime_checkable
class Rehearses(Protocol):
    """A target that runs pipelines as they are, and can say what it would give each step."""

    def rehearse(self, pipeline: ir.Pipeline, compilation: Compilation) -> Mapping[str, object]:
        """What the steps of `pipeline` would be given, and how they would end where some fail, as plain data.

        Every parameter has a value, and there are as many GPUs as steps may ask for. Starts and writes nothing.
        """


@dataclass(frozen=True, slots=True)
class Outcome:
    """The files by path, which of them are programs, and the diagnostics."""

    files: Mapping[str, bytes]
    executable: frozenset[str]
    diagnostics: tuple[Diagnostic, ...]

    @property
    def artifacts(self) -> tuple[Mapping[str, bytes], frozenset[str]]:
        """All that is written."""
        return self.files, self.executable


def compile_sample(
    target: Target,
    pipeline: ir.Pipeline,
    contents: Contents,
    config: Config | None = None,
    base: Path = PROJECT,
) -> Outcome:
    """The outcome of compiling `pipeline`, which is said to lie in `base`, for `target`."""
    reporter = Reporter()
    config = config or Config(folder=base)
    compilation = Compilation(config, reporter, base / "build" / target.name, base, contents)
    artifacts = compile_pipeline(target.name, pipeline, compilation)
    files = {path: read_whole(content) for path, content in artifacts.files.items()}
    return Outcome(files, artifacts.executable, tuple(reporter))


def rehearse_sample(target: Target, pipeline: ir.Pipeline, contents: Contents) -> Outcome:
    """The outcome of running `pipeline` on `target`, which `Rehearses`: what its steps would be given, as one file."""
    assert isinstance(target, Rehearses)  # whoever calls has looked
    reporter = Reporter()
    report_losses(pipeline, target.name, target.keeps, reporter)
    compilation = Compilation(Config(folder=PROJECT), reporter, PROJECT, PROJECT, contents)
    run = target.rehearse(pipeline, compilation)
    return Outcome({"rehearsal.json": to_json(run)}, frozenset(), tuple(reporter))
