"""From an analysis and what the user wants of a local run to the pipeline and the request that the runner takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from pipelift.app.history.resuming import find_earlier
from pipelift.app.running import RunRequest, load_runner
from pipelift.app.selection import Wanted, known_steps, part_of
from pipelift.compiler import ir
from pipelift.compiler.diagnostics import Refused, raise_errors
from pipelift.compiler.driver import Analysis
from pipelift.compiler.passes.parameters import located, typed_values
from pipelift.compiler.passes.store_paths import report_ways_out
from pipelift.runtime.contract.paths import STATE


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How a pipeline is run here.

    `parameters` are texts by name. `python` and `jobs` are None where nobody says. With `reuse` False every step
    runs; `refresh` names steps that run in any case. `wanted` is the part to run. `resume` is the earlier run
    that goes on: an id, or ``last``. With `docker` each step runs in its image. `environ` are the variables of
    the shell.
    """

    parameters: Mapping[str, str] = field(default_factory=dict)
    python: str | None = None
    jobs: int | None = None
    reuse: bool = True
    refresh: frozenset[str] = frozenset()
    wanted: Wanted = field(default_factory=Wanted)
    resume: str | None = None
    docker: bool = False
    environ: Mapping[str, str] = field(default_factory=dict)


def prepare_run(analysis: Analysis, options: RunOptions) -> tuple[ir.Pipeline, RunRequest]:
    """The pipeline (or the part that is wanted) and the request. Raises `Refused` where a run cannot start."""
    reporter = analysis.reporter
    raise_errors(reporter)
    if len(analysis.pipelines) > 1:
        names = ", ".join(f"'{pipeline.name}'" for pipeline in analysis.pipelines)
        raise Refused("PL504", f"the file has several pipelines: {names}")
    (pipeline,) = analysis.pipelines
    request = _request(analysis, pipeline, options)
    raise_errors(reporter)
    given = report_ways_out(located(pipeline, request.parameters), reporter)
    part = part_of(given, options.wanted, reporter)
    raise_errors(reporter)
    request = replace(request, taken=part.taken)
    load_runner().check(part.pipeline, request, reporter)
    raise_errors(reporter)
    return part.pipeline, request


def _request(analysis: Analysis, pipeline: ir.Pipeline, options: RunOptions) -> RunRequest:
    reporter = analysis.reporter
    given = typed_values(pipeline, {**analysis.withheld, **options.parameters}, reporter)
    known_steps(pipeline, options.refresh, "--refresh", reporter)
    request = RunRequest(
        base=analysis.folder,
        config=analysis.config,
        contents=analysis.contents[pipeline.id],
        parameters=given,
        python=options.python,
        jobs=options.jobs,
        reuse=options.reuse and not pipeline.regenerate,
        refresh=options.refresh,
        environ=options.environ,
        docker=options.docker,
    )
    if options.resume is None:
        return request
    earlier = find_earlier(analysis.folder / STATE, pipeline, options.resume, given)
    return replace(request, resume=earlier.run_id, parameters=earlier.parameters)
