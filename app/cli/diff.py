"""``diff``: what differs between two versions of a pipeline, and what would run again."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipelift.app.cli.common import build_options, shared_options, show
from pipelift.app.cli.printing import echo, echo_json

if TYPE_CHECKING:
    from pipelift.compiler.ir import Pipeline

_PATH = click.Path(path_type=Path, exists=True)


@click.command()
@click.argument("old", type=_PATH)
@click.argument("new", type=_PATH)
@click.option("--json", "as_json", is_flag=True, help="Print JSON; docs/diff.md describes it.")
@shared_options
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def diff(old: Path, new: Path, as_json: bool, **common: Any) -> None:
    """Compare the pipelines of OLD and NEW, and say which steps would run again.

    Each is a pipeline file, a pipeline.ir.json, or an output folder of `compile`; the options apply to both files.

    Exit status: 0 nothing differs, 1 something differs, 2 OLD or NEW cannot be read.
    """
    from pipelift.app.diff import diff as compared

    report = compared(_read_pipelines(old, common), _read_pipelines(new, common))
    if as_json:
        echo_json(report.as_json())
    else:
        for line in report.lines():
            echo(line)
    sys.exit(0 if report.same else 1)


def _read_pipelines(path: Path, common: dict[str, Any]) -> tuple[Pipeline, ...]:
    """Read the pipelines of a path. Raises `Refused`, and `click.UsageError` for a file with errors."""
    from pipelift.app.diff.reading import is_source, read_compiled
    from pipelift.compiler.driver import analyse

    if not is_source(path):
        pipelines = read_compiled(path)
        name = common["pipeline"]
        return tuple(
            pipeline for pipeline in pipelines if name is None or name in (pipeline.name, pipeline.id)
        )
    analysis = analyse(path, build_options(common))
    if analysis.failed:
        show(analysis, path)
        raise click.UsageError(f"{path} has errors: its pipelines are not known")
    return analysis.pipelines
