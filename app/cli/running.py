"""``run`` and ``plan``: a pipeline on this machine, and what a run would do."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipelift.app.cli.common import Ended, common, options, pairs, show, showing

if TYPE_CHECKING:
    from pipelift.app.preparing import RunOptions
    from pipelift.app.selection import Part
    from pipelift.compiler.driver import Analysis


@click.command()
@common
@click.option("--dry-run", is_flag=True, help="Show what would run; write nothing.")
@click.option("--json", "as_json", is_flag=True, help="JSON lines on standard output, the summary last.")
@click.option("--python", metavar="PATH", help="The Python that runs the steps.")
@click.option("--jobs", "-j", type=click.IntRange(min=1), help="How many steps may run at once.")
@click.option("--no-reuse", is_flag=True, help="Run every step, whatever earlier runs left.")
@click.option("--refresh", multiple=True, metavar="STEP", help="Run this step in any case.")
@click.option(
    "--only", multiple=True, metavar="STEP", help="Run this step alone; read what earlier ones left."
)
@click.option(
    "--from", "from_", multiple=True, metavar="STEP", help="Run this step and all that come after it."
)
@click.option("--until", multiple=True, metavar="STEP", help="Run this step and all that it needs.")
@click.option(
    "--resume",
    is_flag=False,
    flag_value="last",
    metavar="[RUN]",
    help="Go on with a run that failed or was broken off; the last, if none is named.",
)
@click.option("--docker", is_flag=True, help="Run each step in the image of its environment.")
def run(file: Path, dry_run: bool, as_json: bool, **given: Any) -> None:
    """Run FILE's pipeline on this machine.

    Exit status: 0 the run completed, 1 it cannot start, 3 a step failed, 130 it was cancelled.
    """
    import json

    from pipelift.app.preparing import prepare_run
    from pipelift.app.progress import open_progress
    from pipelift.app.running import EXIT_STATUS, load_runner
    from pipelift.compiler.driver import analyse

    wishes = _wishes(given)
    if dry_run:
        _print_plan(file, as_json, given, wishes)
        return
    analysis = analyse(file, options(given))
    with showing(analysis.reporter, lambda: show(analysis, file)):
        pipeline, request = prepare_run(analysis, wishes)
    stream = sys.stdout if as_json else sys.stderr
    with open_progress(len(pipeline.steps), stream, as_json=as_json) as progress:
        summary = load_runner().run(pipeline, request, progress.tell)
        progress.finish(summary)
    if as_json:
        click.echo(json.dumps(summary.as_json(), ensure_ascii=False))
    raise Ended(EXIT_STATUS[summary.status])


def _wishes(given: dict[str, Any]) -> RunOptions:
    from pipelift.app.preparing import RunOptions
    from pipelift.app.selection import Wanted

    return RunOptions(
        parameters=pairs(given["params"], "--param"),
        python=given["python"],
        jobs=given["jobs"],
        reuse=not given["no_reuse"],
        refresh=frozenset(given["refresh"]),
        wanted=Wanted(given["only"], given["from_"], given["until"]),
        resume=given["resume"],
        docker=given["docker"],
        environ=dict(os.environ),
    )


@click.command()
@common
@click.option(
    "--target",
    "-t",
    default="local",
    metavar="TARGET",
    help="Add what compiling for TARGET would give and lose.",
)
@click.option("--json", "as_json", is_flag=True, help="The plan as JSON.")
def plan(file: Path, target: str, as_json: bool, **shared: Any) -> None:
    """Show what a run of FILE would do, and what it still needs; the same as `run --dry-run`.

    Writes nothing, and asks no engine and no network.
    """
    from pipelift.app.preparing import RunOptions

    _print_plan(file, as_json, shared, RunOptions(), target)


def _print_plan(
    file: Path, as_json: bool, shared: dict[str, Any], wishes: RunOptions, target: str = "local"
) -> None:
    """The plan of what is wanted, with what earlier runs would spare, and what is open."""
    import json
    from dataclasses import asdict

    from pipelift.app.plan import plan_data, plan_lines
    from pipelift.app.readiness import readiness, readiness_lines
    from pipelift.app.selection import part_of
    from pipelift.compiler.driver import analyse

    analysis = analyse(file, options(shared))
    parts = [part_of(pipeline, wishes.wanted, analysis.reporter) for pipeline in analysis.pipelines]
    if analysis.failed:
        show(analysis, file)
        sys.exit(1)
    needed = [readiness(analysis, one.pipeline, target, os.environ) for one in parts]
    show(analysis, file)
    foreseen = [
        (part.pipeline, _told(analysis, part, wishes), ready)
        for part, ready in zip(parts, needed, strict=True)
    ]
    if as_json:
        data = [
            {**plan_data(pipeline, {}, told), "needs": asdict(ready)} for pipeline, told, ready in foreseen
        ]
        click.echo(json.dumps(data, indent=2, ensure_ascii=False))
    else:
        for pipeline, told, ready in foreseen:
            click.echo(plan_lines(pipeline, {}, told), nl=False)
            click.echo("".join(f"\n{line}" for line in readiness_lines(ready)))
    if analysis.failed:  # the target cannot keep something
        sys.exit(1)


def _told(analysis: Analysis, part: Part, wishes: RunOptions) -> dict[str, str]:
    """A sentence about each step, by its id: what earlier runs would spare."""
    from pipelift.app.api import foresee
    from pipelift.app.history.explain import tell_forecasts

    foreseen = foresee(analysis, part.pipeline, reuse=wishes.reuse, refresh=wishes.refresh, taken=part.taken)
    told = tell_forecasts(analysis.folder, part.pipeline, foreseen)
    for step in part.taken & set(told):
        run = foreseen[step].reused_from
        told[step] = f"not run: what it left in run {run} is read" if run else told[step]
    return dict(told)
