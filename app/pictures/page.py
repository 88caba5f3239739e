"""HTML pages of one file: no network, no other files, and data that cannot become markup or script."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from html import escape
from string import Template

from pydantic import JsonValue

from pipelift.app.pictures.details import collect_details, facts_data, pipeline_facts
from pipelift.app.pictures.layout import lay_out
from pipelift.app.pictures.palette import read_part, render_variables
from pipelift.app.pictures.scene import build_scene
from pipelift.app.pictures.svg import render_svg_part
from pipelift.compiler.diagnostics.rendering.excerpt import visible
from pipelift.compiler.ir import Pipeline

_LINE_ENDS = {
    ord("<"): "\\u003c",
    ord(">"): "\\u003e",
    ord("&"): "\\u0026",
    0x2028: "\\u2028",
    0x2029: "\\u2029",
}


def render_graph_page(pipelines: Iterable[Pipeline]) -> str:
    """The page of `graph --format html`: the drawings of all pipelines, with the details of every shape."""
    all_pipelines = list(pipelines)
    drawings: list[str] = []
    entries: list[JsonValue] = []
    for number, pipeline in enumerate(all_pipelines, start=1):
        scene = build_scene(pipeline)
        drawings.append(render_svg_part(lay_out(scene), f"p{number}-"))
        entries.append(
            {
                "name": visible(pipeline.name),
                "source": pipeline.source,
                "facts": facts_data(pipeline_facts(pipeline)),
                "nodes": collect_details(pipeline, scene),
            }
        )
    title = ", ".join(pipeline.name for pipeline in all_pipelines) or "no pipeline"
    return render_page(title, "graph", {"pipelines": entries}, drawings)


def render_page(title: str, kind: str, data: Mapping[str, JsonValue], drawings: Iterable[str]) -> str:
    """A page of `kind` ``graph`` or ``report`` with its data and its drawings (SVG)."""
    styles = ("page.css", "drawing.css", "report.css")[: 3 if kind == "report" else 2]
    scripts = ("elements.js", "drawing.js", *(("charts.js",) if kind == "report" else ()), f"{kind}.js")
    return Template(read_part("page.html")).substitute(
        title=escape(visible(title)),
        kind=kind,
        style="\n".join([render_variables(), *(read_part(name) for name in styles)]),
        script="\n".join(read_part(name) for name in scripts),
        data=escape_script(data),
        drawings="\n".join(f'<section class="canvas" hidden>{drawing}</section>' for drawing in drawings),
    )


def escape_script(data: JsonValue | Mapping[str, JsonValue]) -> str:
    """Write JSON for a script element: nothing in it ends the element or begins a comment."""
    try:
        text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except ValueError:  # JSON has no such numbers: they become the texts that records use
        text = json.dumps(json.loads(json.dumps(data), parse_constant=str), ensure_ascii=False)
    return text.translate(_LINE_ENDS)
