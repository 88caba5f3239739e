"""`compile_file` and `run_file`: what the commands do, for use from Python."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from pipelift.compiler import ir
from pipelift.compiler.driver import Analysis, analyse
from pipelift.compiler.needs import needs
from pipelift.compiler.options import Options
from pipelift.compiler.output import Written, write
from pipelift.compiler.parameters import typed_values
from pipelift.compiler.provenance import git_facts
from pipelift.compiler.running import Event, Forecast, RunRequest, RunSummary, load_runner
from pipelift.compiler.target import Artifacts, Backend, Compilation, load_backend


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
    """Compile `path` to `target` (``ir`` or the name of a backend) into the folder `output`.

    With errors in the analysis nothing is written. Raises `target.UnknownTarget`, `target.Missing` and
    `output.OutputRefused`: usage errors, exit status 2.
    """
    backend = None if target == "ir" else load_backend(target)
    analysis = analyse(path, options or Options())
    if analysis.failed:
        return Compiled(analysis)
    for name in sorted(analysis.withheld):
        message = f"the value of parameter '{name}' is a secret, and stands in no output: give it when a run starts"
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


def _artifacts(analysis: Analysis, backend: Backend | None, pipeline: ir.Pipeline, folder: Path) -> Artifacts:
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
    backend: Backend | None,
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


@dataclass(frozen=True, slots=True)
class Ran:
    """The outcome of `run_file`: the analysis, and the run's summary (None where errors stopped it)."""

    analysis: Analysis
    summary: RunSummary | None = None


def run_file(
    path: Path,
    options: Options | None = None,
    *,
    parameters: Mapping[str, str] | None = None,
    tell: Callable[[Event], None] = lambda event: None,
    python: str | None = None,
    jobs: int | None = None,
    reuse: bool = True,
    refresh: Collection[str] = (),
    environ: Mapping[str, str] | None = None,
) -> Ran:
    """Run the pipeline of `path` on this machine; `parameters` are texts by name, typed as the pipeline says.

    `tell` is called with each `Event`. What would make the run fail is found before it starts, and is in the
    analysis's reporter; then `summary` is None. A file with several pipelines needs `options.pipeline`.
    """
    analysis = analyse(path, options or Options())
    prepared = prepare_run(
        analysis,
        parameters or {},
        python=python,
        jobs=jobs,
        reuse=reuse,
        refresh=refresh,
        environ=environ or {},
    )
    if prepared is None:
        return Ran(analysis)
    pipeline, request = prepared
    return Ran(analysis, load_runner().run(pipeline, request, tell))


def prepare_run(
    analysis: Analysis,
    parameters: Mapping[str, str],
    *,
    python: str | None = None,
    jobs: int | None = None,
    reuse: bool = True,
    refresh: Collection[str] = (),
    environ: Mapping[str, str] | None = None,
) -> tuple[ir.Pipeline, RunRequest] | None:
    """The pipeline and the request of a local run; None, with the reason reported, where it cannot start."""
    reporter = analysis.reporter
    if analysis.failed:
        return None
    if len(analysis.pipelines) > 1:
        names = ", ".join(f"'{pipeline.name}'" for pipeline in analysis.pipelines)
        reporter.report("PL504", f"the file has several pipelines: {names}")
        return None
    (pipeline,) = analysis.pipelines
    request = RunRequest(
        base=analysis.folder,
        config=analysis.config,
        contents=analysis.contents[pipeline.id],
        parameters=typed_values(pipeline, {**analysis.withheld, **parameters}, reporter),
        python=python,
        jobs=jobs,
        reuse=reuse and not pipeline.regenerate,
        refresh=frozenset(refresh),
        environ=environ or {},
    )
    load_runner().check(pipeline, request, reporter)
    return None if reporter.errors else (pipeline, request)


def foresee(
    analysis: Analysis, pipeline: ir.Pipeline, *, reuse: bool = True, refresh: Collection[str] = ()
) -> dict[str, Forecast]:
    """What a local run of one of the analysis's pipelines would do with each step, by its id. Writes nothing."""
    request = RunRequest(
        base=analysis.folder,
        config=analysis.config,
        contents=analysis.contents[pipeline.id],
        reuse=reuse,
        refresh=frozenset(refresh),
    )
    return {one.step: one for one in load_runner().foresee(pipeline, request)}
