"""`run_file`: run a pipeline file on this machine, for use from Python."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from pipelift.app.preparing import RunOptions, prepare_run
from pipelift.app.running import Event, Forecast, RunRequest, RunSummary, load_runner
from pipelift.app.selection import Wanted
from pipelift.compiler import ir
from pipelift.compiler.diagnostics import Refused
from pipelift.compiler.driver import Analysis, analyse
from pipelift.compiler.options import Options


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
    try:
        pipeline, request = prepare_run(analysis, wishes)
        return Ran(analysis, load_runner().run(pipeline, request, tell))
    except Refused as refused:
        analysis.reporter.add(refused.diagnostics)
        return Ran(analysis)


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
