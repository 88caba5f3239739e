"""`compile_file`: from a pipeline file to a folder of artifacts, for use from Python."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipelift.compiler import ir
from pipelift.compiler.driver import Analysis, analyse
from pipelift.compiler.options import Options
from pipelift.compiler.output import Content, Written, write
from pipelift.compiler.output.needs import needs
from pipelift.compiler.repository.provenance import read_git_facts
from pipelift.compiler.target import IR, Artifacts, Compilation, compile_pipeline, load_compiler


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
    compiler = None if target == IR else load_compiler(target)
    analysis = analyse(path, options or Options())
    if analysis.failed:
        return Compiled(analysis)
    for name in sorted(analysis.withheld):
        message = (
            f"the value of parameter '{name}' is a secret, and stands in no output: give it when a run starts"
        )
        analysis.reporter.report("PL247", message)
    several = len(analysis.pipelines) > 1
    folders = {output / one.id if several else output: one for one in analysis.pipelines}
    contents = {folder: _content(analysis, target, pipeline, folder) for folder, pipeline in folders.items()}
    if analysis.failed:
        return Compiled(analysis)
    verified = compiler.verify if compiler is not None and verify else None
    written = [
        write(folder, content, analysis.reporter, force=force, verify=verified)
        for folder, content in contents.items()
    ]
    return Compiled(analysis, tuple(written))


def _content(analysis: Analysis, target: str, pipeline: ir.Pipeline, folder: Path) -> Content:
    """What is to be written into `folder`. Losses go to the analysis's reporter."""
    artifacts = Artifacts({})
    if target != IR:
        contents = analysis.contents[pipeline.id]
        place = folder.absolute()
        compilation = Compilation(analysis.config, analysis.reporter, place, analysis.folder, contents)
        artifacts = compile_pipeline(target, pipeline, compilation)
    git = read_git_facts(analysis.folder, folder)
    wanted = needs(pipeline, analysis.config, target, folder, analysis.folder)
    return Content(pipeline, target, artifacts, git, wanted)
