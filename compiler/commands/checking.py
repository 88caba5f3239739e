"""``check`` and ``graph``: what is wrong with a pipeline file, and what it builds."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from pipelift.compiler.commands.common import common, options, show


@click.command()
@common
@click.option("--format", "form", type=click.Choice(["text", "json", "sarif", "github"]), default="text")
def check(file: Path, form: str, **shared: Any) -> None:
    """Report everything that is wrong or worth knowing about FILE."""
    from pipelift.compiler.driver import analyse

    analysis = analyse(file, options(shared))
    show(analysis, file, form, to_stdout=True)
    if form == "text" and not list(analysis.reporter):
        click.echo("No findings.")
    sys.exit(1 if analysis.failed else 0)


_NOT_THE_GRAPH = frozenset({"PL112", "PL206", "PL207", "PL300", "PL304", "PL501"})
"""Errors that leave the graph known: `graph` prints it all the same."""


@click.command()
@common
@click.option("--format", "form", type=click.Choice(["json", "mermaid", "dot"]), default="mermaid")
def graph(file: Path, form: str, **shared: Any) -> None:
    """Print the graph of FILE: steps and edges."""
    import json

    from pipelift.compiler.driver import analyse
    from pipelift.compiler.pictures import dot, graph_data, mermaid

    analysis = analyse(file, options(shared), snapshots=False)
    show(analysis, file)
    if any(error.code not in _NOT_THE_GRAPH for error in analysis.reporter.errors):
        sys.exit(1)
    if form == "json":
        click.echo(json.dumps(graph_data(analysis.pipelines), indent=2, ensure_ascii=False))
        return
    draw = mermaid if form == "mermaid" else dot
    for pipeline in analysis.pipelines:
        click.echo(draw(pipeline))
