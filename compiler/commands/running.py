"""``run`` and ``plan``: a pipeline on this machine, and what a run would do."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import click

from pipelift.compiler.commands.common import common, options, show


@click.command()
@common
@click.option("--dry-run", is_flag=True, help="Show what would run; write nothing.")
@click.option("--json", "as_json", is_flag=True, help="JSON lines on standard output, the summary last.")
@click.option("--python", metavar="PATH", help="The Python that runs the steps.")
@click.option("--jobs", "-j", type=click.IntRange(min=1), help="How many steps may run at once.")
@click.option("--no-reuse", is_flag=True, help="Run every step, whatever earlier runs left.")
@click.option("--refresh", multiple=True, metavar="STEP", help="Run this step in any case.")
def run(
    file: Path,
    dry_run: bool,
    as_json: bool,
    python: str | None,
    jobs: int | None,
    no_reuse: bool,
    refresh: tuple[str, ...],
    **shared: Any,
) -> None:
    """Run FILE's pipeline on this machine."""
    import json

    from pipelift.compiler.api import prepare_run
    from pipelift.compiler.driver import analyse
    from pipelift.compiler.progress import open_progress
    from pipelift.compiler.running import load_runner

    if dry_run:
        _print_plan(file, as_json, shared, reuse=not no_reuse, refresh=refresh)
        return
    analysis = analyse(file, options(shared))
    prepared = prepare_run(
        analysis, {}, python=python, jobs=jobs, reuse=not no_reuse, refresh=refresh, environ=dict(os.environ)
    )
    show(analysis, file)
    if prepared is None:
        sys.exit(1)
    pipeline, request = prepared
    stream = sys.stdout if as_json else sys.stderr
    with open_progress(len(pipeline.steps), stream, as_json=as_json) as progress:
        summary = load_runner().run(pipeline, request, progress.tell)
        progress.finish(summary)
    if as_json:
        click.echo(json.dumps(summary.as_json(), ensure_ascii=False))
    sys.exit({"completed": 0, "failed": 3, "cancelled": 130}[summary.status])


@click.command()
@common
@click.option("--json", "as_json", is_flag=True, help="The plan as JSON.")
def plan(file: Path, as_json: bool, **shared: Any) -> None:
    """Show what a run of FILE would do; the same as `run --dry-run`."""
    _print_plan(file, as_json, shared)


def _print_plan(
    file: Path, as_json: bool, shared: dict[str, Any], *, reuse: bool = True, refresh: tuple[str, ...] = ()
) -> None:
    """The plan, with what earlier runs would spare."""
    import json

    from pipelift.compiler.api import foresee
    from pipelift.compiler.driver import analyse
    from pipelift.compiler.plan import plan_data, plan_lines
    from pipelift.compiler.reuse.explain import tell_forecasts

    analysis = analyse(file, options(shared))
    show(analysis, file)
    if analysis.failed:
        sys.exit(1)
    foreseen = [
        (one, tell_forecasts(analysis.folder, one, foresee(analysis, one, reuse=reuse, refresh=refresh)))
        for one in analysis.pipelines
    ]
    if as_json:
        data = [plan_data(pipeline, {}, told) for pipeline, told in foreseen]
        click.echo(json.dumps(data, indent=2, ensure_ascii=False))
        return
    for pipeline, told in foreseen:
        click.echo(plan_lines(pipeline, {}, told))
