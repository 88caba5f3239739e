"""``run`` and ``plan``: a pipeline on this machine, and what a run would do."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipelift.app.cli.common import Ended, build_options, common, show, showing
from pipelift.app.cli.printing import echo, echo_json

if TYPE_CHECKING:
    from pipelift.app.request import RunRequest
    from pipelift.app.running import LocalRun


@click.command()
@common
@click.option("--dry-run", is_flag=True, help="Show what would run; write nothing.")
@click.option("--json", "as_json", is_flag=True, help="JSON lines on standard output, the summary last.")
@click.option("--python", metavar="PATH", help="The Python that runs the steps.")
@click.option("--jobs", "-j", type=click.IntRange(min=1), help="How many steps may run at once.")
@click.option("--no-reuse", is_flag=True, help="Run every step; reuse no result of an earlier run.")
@click.option(
    "--refresh", multiple=True, metavar="STEP", help="Run this step even if its result can be reused."
)
@click.option(
    "--only", multiple=True, metavar="STEP", help="Run only this step, on the results of earlier runs."
)
@click.option("--from", "from_", multiple=True, metavar="STEP", help="Run this step and all steps after it.")
@click.option("--until", multiple=True, metavar="STEP", help="Run this step and all steps that it needs.")
@click.option(
    "--resume",
    is_flag=False,
    flag_value="last",
    metavar="[RUN]",
    help="Resume a run that failed or was interrupted; without RUN, the last one.",
)
@click.option("--docker", is_flag=True, help="Run each step in the image of its environment.")
def run(file: Path, dry_run: bool, as_json: bool, **option_values: Any) -> None:
    """Run FILE's pipeline on this machine.

    Exit status: 0 the run completed, 1 it cannot start, 3 a step failed, 130 it was cancelled.
    """

    from pipelift.app.progress import open_progress
    from pipelift.app.request.preparation import prepare_run
    from pipelift.app.running import EXIT_STATUS, load_runner
    from pipelift.compiler.driver import analyse

    request = _build_request(option_values)
    if dry_run:
        _print_plan(file, as_json, option_values, request)
        return
    analysis = analyse(file, build_options(option_values))
    with showing(analysis.reporter, lambda: show(analysis, file)):
        prepared = prepare_run(analysis, request)
    stream = sys.stdout if as_json else sys.stderr
    with open_progress(len(prepared.pipeline.steps), stream, as_json=as_json) as progress:
        summary = load_runner().run(prepared, progress.tell)
        progress.finish(summary)
    if as_json:
        echo_json(summary.as_json(), indent=None)
    raise Ended(EXIT_STATUS[summary.status])


def _build_request(option_values: dict[str, Any]) -> RunRequest:
    """Build the request of the options; `build_options` takes the values of parameters."""
    from pipelift.app.request import RunRequest

    return RunRequest(
        reuse=not option_values["no_reuse"],
        refresh=option_values["refresh"],
        environ=dict(os.environ),
        only=option_values["only"],
        from_=option_values["from_"],
        until=option_values["until"],
        resume=option_values["resume"],
        python=option_values["python"],
        jobs=option_values["jobs"],
        docker=option_values["docker"],
    )


@click.command()
@common
@click.option(
    "--target",
    "-t",
    metavar="TARGET",
    help="Show also what compiling for TARGET would write and lose.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the plan as JSON.")
def plan(file: Path, target: str | None, as_json: bool, **shared: Any) -> None:
    """Show what a run of FILE would do, and what it still needs; the same as `run --dry-run`.

    It writes nothing, and asks no engine and no network.
    """
    from pipelift.app.request import RunRequest

    _print_plan(file, as_json, shared, RunRequest(environ=dict(os.environ)), target)


def _print_plan(
    file: Path, as_json: bool, shared: dict[str, Any], request: RunRequest, target: str | None = None
) -> None:
    """Print the plan: the steps, the results of earlier runs that they reuse, and what is still missing."""
    from dataclasses import asdict

    from pipelift.app.plan.open_needs import find_open_needs, render_open_needs
    from pipelift.app.plan.stages import plan_data, render_plan
    from pipelift.app.request.preparation import make_run
    from pipelift.app.running import LOCAL
    from pipelift.compiler.diagnostics import raise_errors
    from pipelift.compiler.driver import analyse

    analysis = analyse(file, build_options(shared))
    with showing(analysis.reporter, lambda: show(analysis, file)):
        raise_errors(analysis.reporter)
        runs = [make_run(analysis, pipeline, request) for pipeline in analysis.pipelines]
        open_needs = [find_open_needs(run, target or LOCAL, analysis.reporter) for run in runs]
    foreseen = [
        (run.pipeline, _describe_steps(run), needs) for run, needs in zip(runs, open_needs, strict=True)
    ]
    if as_json:
        data = [
            {**plan_data(pipeline, {}, sentences), "needs": asdict(needs)}
            for pipeline, sentences, needs in foreseen
        ]
        echo_json(data)
    else:
        for pipeline, sentences, needs in foreseen:
            echo(render_plan(pipeline, {}, sentences), nl=False)
            echo("".join(f"\n{line}" for line in render_open_needs(needs)))
    if analysis.failed:  # the target cannot keep something
        sys.exit(1)


def _describe_steps(run: LocalRun) -> dict[str, str]:
    """Describe for each step, by its id, whether an earlier result would be reused."""
    from pipelift.app.api import foresee
    from pipelift.app.history.explain import describe_forecasts

    foreseen = foresee(run)
    sentences = describe_forecasts(run.base, run.pipeline, foreseen)
    for step in run.taken & set(sentences):
        earlier = foreseen[step].reused_from
        sentences[step] = f"not run: what it left in run {earlier} is read" if earlier else sentences[step]
    return dict(sentences)
