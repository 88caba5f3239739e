"""`compile_file`: from a pipeline file to a folder of artifacts, for use from Python."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipelift.compiler import ir
from pipelift.compiler.driver import Analysis, analyse
from pipelift.compiler.options import Options
from pipelift.compiler.output import Written, write
from pipelift.compiler.output.needs import needs
from pipelift.compiler.repository.provenance import git_facts
from pipelift.compiler.target import IR, Artifacts, Compilation, Compiles, load_compiler


@dataclass(frozen=True, slots=True)
class Compiled:
    """The outcome of `compile_file`: the analysis with all diagnostics, and what was written, a folder a pipeline."""

    analysis: Analysis
    written: tuple[Written, ...] = ()


def compile_file(
    path: Path,
    target: str,
    output: Path,
    options: Options | None = None,
    *,
    force: bool = False,
    verify: bool = True,
) -> Compiled:
    """Compile `path` to `target` (``ir`` or the name of a target) into the folder `output`.

    With errors in the analysis nothing is written. Raises `Refused`: PL505 and PL506 where the target or its library
    is not there, PL540 to PL542 where the folder cannot be written, or may not be.
    """
    backend = None if target == IR else load_compiler(target)
    analysis = analyse(path, options or Options())
    if analysis.failed:
        return Compiled(analysis)
    for name in sorted(analysis.withheld):
        message = (
            f"the value of parameter '{name}' is a secret, and stands in no output: give it when a run starts"
        )
        analysis.reporter.report("PL247", message)
    several = len(analysis.pipelines) > 1
    made = []
    for pipeline in analysis.pipelines:
        folder = output / pipeline.id if several else output
        made.append((folder, _artifacts(analysis, backend, pipeline, folder), pipeline))
    if analysis.failed:
        return Compiled(analysis)
    written = []
    for folder, artifacts, pipeline in made:
        check = backend if verify else None
        written.append(_write(analysis, artifacts, pipeline, target, folder, check, force))
    return Compiled(analysis, tuple(written))


def _artifacts(
    analysis: Analysis, backend: Compiles | None, pipeline: ir.Pipeline, folder: Path
) -> Artifacts:
    if backend is None:
        return Artifacts({})
    contents = analysis.contents[pipeline.id]
    compilation = Compilation(
        analysis.config, analysis.reporter, folder.absolute(), analysis.folder, contents
    )
    return backend.compile(pipeline, compilation)


def _write(
    analysis: Analysis,
    artifacts: Artifacts,
    pipeline: ir.Pipeline,
    target: str,
    folder: Path,
    backend: Compiles | None,
    force: bool,
) -> Written:
    def check(staged: Path) -> None:
        if backend is not None:
            backend.verify(staged, analysis.reporter)

    return write(
        folder,
        artifacts.files,
        artifacts.executable,
        pipeline,
        target,
        analysis.reporter,
        force=force,
        source=git_facts(analysis.folder, folder),
        verify=check,
        needs=needs(pipeline, analysis.config, target, folder, analysis.folder),
    )
