"""From an analysed file and a request to a run on this machine: checked, and ready to start."""

from __future__ import annotations

from dataclasses import replace

from pipelift.app.request.parts import select_part
from pipelift.app.request.request import RunRequest, check_request, resume_request, secret_values
from pipelift.app.running import LOCAL, LocalRun, load_runner
from pipelift.compiler import ir
from pipelift.compiler.diagnostics import Refused, Reporter, raise_errors
from pipelift.compiler.driver import Analysis
from pipelift.compiler.passes.losses import report_losses
from pipelift.compiler.passes.parameters import located
from pipelift.compiler.passes.store_paths import report_ways_out
from pipelift.compiler.target import load_target
from pipelift.runtime.contract.paths import STATE


def prepare_run(analysis: Analysis, request: RunRequest) -> LocalRun:
    """Prepare the run of the analysis's only pipeline. Warnings and notes go to the analysis's reporter.

    Raises `Refused` if the run cannot start, with the errors of the analysis too.
    """
    raise_errors(analysis.reporter)
    if len(analysis.pipelines) > 1:
        names = ", ".join(f"'{pipeline.name}'" for pipeline in analysis.pipelines)
        raise Refused("PL504", f"the file has several pipelines: {names}")
    run = make_run(analysis, analysis.pipelines[0], request)
    _report_losses(run, analysis.reporter)
    load_runner().check(run, analysis.reporter)
    raise_errors(analysis.reporter)
    return run


def _report_losses(run: LocalRun, reporter: Reporter) -> None:
    """Report what this machine does differently from what the steps to run ask for."""
    steps = tuple(step for step in run.pipeline.steps if step.id not in run.taken)
    pipeline = replace(run.pipeline, steps=steps)
    report_losses(pipeline, LOCAL, load_target(LOCAL).keeps, reporter)


def make_run(analysis: Analysis, pipeline: ir.Pipeline, request: RunRequest) -> LocalRun:
    """Make the run of one of the analysis's pipelines, or of the part that is asked for, without a look at the machine.

    Raises `Refused` for parameters, steps and runs of `request` that do not exist.
    """
    analysis.reporter.secrets.give(secret_values(request))
    parameters = {**analysis.values.get(pipeline.id, {}), **request.parameters}
    reuse = request.reuse and not pipeline.regenerate
    checked = check_request(pipeline, replace(request, parameters=parameters, reuse=reuse))
    checked = resume_request(pipeline, checked, analysis.folder / STATE)
    reporter = Reporter()
    pipeline = report_ways_out(located(pipeline, checked.parameters), reporter)
    raise_errors(reporter)
    part = select_part(pipeline, checked.only, checked.from_, checked.until)
    contents = analysis.contents[pipeline.id]
    return LocalRun(part.pipeline, checked, analysis.folder, analysis.config, contents, part.taken)
