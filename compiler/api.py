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
from pipelift.compiler.preparing import RunOptions, prepare_run
from pipelift.compiler.provenance import git_facts
from pipelift.compiler.running import CannotRun, Event, Forecast, RunRequest, RunSummary, load_runner
from pipelift.compiler.selection import Wanted
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
    only: Collection[str] = (),
    from_: Collection[str] = (),
    until: Collection[str] = (),
    resume: str | None = None,
    docker: bool = False,
    environ: Mapping[str, str] | None = None,
) -> Ran:
    """Run the pipeline of `path` on this machine; `parameters` are texts by name, typed as the pipeline says.

    `tell` is called with each `Event`. `only`, `from_` and `until` name steps, as the options of `pipelift run`
    do; `resume` is the run that goes on, an id or ``last``; with `docker` each step runs in its image. What would
    make the run fail is found before it starts, and is in the analysis's reporter; then `summary` is None. A file
    with several pipelines needs `options.pipeline`.
    """
    options = options or Options()
    analysis = analyse(path, options)
    wishes = RunOptions(
        parameters={**options.parameters, **(parameters or {})},
        python=python,
        jobs=jobs,
        reuse=reuse,
        refresh=frozenset(refresh),
        wanted=Wanted(only, from_, until),
        resume=resume,
        docker=docker,
        environ=environ or {},
    )
    prepared = prepare_run(analysis, wishes)
    return Ran(analysis, None if prepared is None else run_prepared(analysis, *prepared, tell))


def run_prepared(
    analysis: Analysis, pipeline: ir.Pipeline, request: RunRequest, tell: Callable[[Event], None]
) -> RunSummary | None:
    """Run what `prepare_run` gave; None, with the reason reported, where no step could be started."""
    try:
        return load_runner().run(pipeline, request, tell)
    except CannotRun as refusal:
        analysis.reporter.report(refusal.code, str(refusal))
        return None


def foresee(
    analysis: Analysis,
    pipeline: ir.Pipeline,
    *,
    reuse: bool = True,
    refresh: Collection[str] = (),
    taken: Collection[str] = (),
) -> dict[str, Forecast]:
    """What a local run of one of the analysis's pipelines would do with each step, by its id. Writes nothing.

    Of the steps `taken` (ids) the last result would be read.
    """
    request = RunRequest(
        base=analysis.folder,
        config=analysis.config,
        contents=analysis.contents[pipeline.id],
        reuse=reuse,
        refresh=frozenset(refresh),
        taken=frozenset(taken),
    )
    return {one.step: one for one in load_runner().foresee(pipeline, request)}
