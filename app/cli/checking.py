"""``check`` and ``graph``: what is wrong with a pipeline file, and what it builds."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipelift.app.cli.common import build_options, common, display_path, show
from pipelift.app.cli.printing import echo, echo_rendered

if TYPE_CHECKING:
    from pipelift.compiler.ir import Pipeline


@click.command()
@common
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "sarif", "github"]),
    default="text",
    help="The format of the findings.",
)
def check(file: Path, form: str, **shared: Any) -> None:
    """Report everything that is wrong or worth knowing about FILE.

    Exit status: 0 there is no error, 1 there are errors.
    """
    from pipelift.compiler.driver import analyse

    analysis = analyse(file, build_options(shared))
    show(analysis, file, form, to_stdout=True)
    if form == "text" and not list(analysis.reporter):
        echo("No findings.")
    sys.exit(1 if analysis.failed else 0)


@click.command()
@common
@click.option(
    "--format",
    "form",
    type=click.Choice(["json", "mermaid", "dot", "svg", "html"]),
    default="mermaid",
    help="json, mermaid and dot are text; svg is a drawing; html is an interactive page.",
)
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The file to write; default: standard output.",
)
def graph(file: Path, form: str, output: Path | None, **shared: Any) -> None:
    """Print or draw the graph of FILE: steps, data and stores.

    Exit status: 0 the graph is known, 1 errors hide a part of it.
    """
    from pipelift.compiler.driver import analyse
    from pipelift.runtime.contract.files import write_text

    analysis = analyse(file, build_options(shared), snapshots=False, purpose="graph")
    show(analysis, file)
    if analysis.failed:
        sys.exit(1)
    if form == "svg" and len(analysis.pipelines) != 1:
        names = ", ".join(f"'{pipeline.name}'" for pipeline in analysis.pipelines)
        raise click.UsageError(
            f"svg draws one pipeline: choose it with --pipeline, or use html; there are: {names}"
        )
    text = _render_graph(analysis.pipelines, form)
    if output is None:
        echo_rendered(text)
        return
    try:
        write_text(output, text)
    except OSError as error:
        raise click.UsageError(f"{output} cannot be written: {error.strerror}") from None
    echo(f"{display_path(output)} written")


def _render_graph(pipelines: tuple[Pipeline, ...], form: str) -> str:
    from pipelift.app.pictures import layout, page, scene, svg
    from pipelift.app.pictures.formats import graph_data, render_dot, render_mermaid
    from pipelift.compiler.diagnostics.rendering.data import printable_json

    if form == "json":
        return printable_json(graph_data(pipelines)) + "\n"
    if form == "html":
        return page.render_graph_page(pipelines)
    if form == "svg":
        return svg.render_svg_file(layout.lay_out(scene.build_scene(pipelines[0])))
    return "".join(
        f"{(render_mermaid if form == 'mermaid' else render_dot)(pipeline)}\n" for pipeline in pipelines
    )
