"""Drawings and their pages: well-formed and harmless whatever the names are, the same every time, nothing overlaps."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import combinations
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner
from hypothesis import given, settings

from pipelift.app.cli.main import main
from pipelift.app.pictures.layers import arrange_layers
from pipelift.app.pictures.layout import lay_out
from pipelift.app.pictures.page import escape_script, render_graph_page
from pipelift.app.pictures.scene import build_scene
from pipelift.app.pictures.svg import render_svg_file
from pipelift.compiler import ir
from tests.conftest import Golden
from tests.support.pages import Page, data_of
from tests.support.samples import Contents, many_steps, named, two_steps
from tests.support.strategies import TRAPS, pipelines

SOME = settings(max_examples=40, deadline=None)
SVG = "{http://www.w3.org/2000/svg}"
RIGHT_TO_LEFT = "\u202egnp.exe \u05e9\u05dc\u05d5\u05dd"


def test_the_sample_is_drawn_as_kept(golden: Golden) -> None:
    golden("drawing", {"two_steps.svg": render_svg_file(lay_out(build_scene(two_steps()[0])))})


def test_a_drawing_shows_steps_data_stores_order_and_marks() -> None:
    root = ET.fromstring(render_svg_file(lay_out(build_scene(two_steps()[0]))))
    shapes = {node.get("id"): node for node in root.iter(f"{SVG}g") if "node" in (node.get("class") or "")}
    assert list(shapes) == ["store1", "data1", "step1", "step2", "output1", "output2"]
    texts = [text.text for text in shapes["step2"].iter(f"{SVG}text")]
    assert texts == ["train model", "train.py", "howto · Python 3.10", "GPU", "no reuse"]
    assert [one.get("class") for one in root.iter(f"{SVG}path")].count("link order") == 1


@SOME
@given(pipelines())
def test_every_drawing_is_well_formed_and_has_every_shape_and_line(
    case: tuple[ir.Pipeline, Contents],
) -> None:
    drawn = build_scene(case[0])
    text = render_svg_file(lay_out(drawn))
    root = ET.fromstring(text)
    assert sum("node" in (one.get("class") or "").split() for one in root.iter(f"{SVG}g")) == len(drawn.nodes)
    links = {(link.before, link.after) for link in drawn.links}
    assert sum("link" in (one.get("class") or "").split() for one in root.iter(f"{SVG}path")) == len(links)
    assert text == render_svg_file(lay_out(build_scene(case[0])))


@pytest.mark.parametrize("number", [3, 100])
def test_no_shape_lies_over_another_nor_outside(number: int) -> None:
    picture = lay_out(build_scene(many_steps(number)))
    for one, other in combinations(picture.shapes, 2):
        beside = abs(one.x - other.x) >= (one.width + other.width) / 2
        assert beside or abs(one.y - other.y) >= (one.height + other.height) / 2, (one.title, other.title)
    for shape in picture.shapes:
        assert shape.width / 2 <= shape.x <= picture.width - shape.width / 2
        assert shape.height / 2 <= shape.y <= picture.height - shape.height / 2


def test_lines_lead_down_and_pass_no_shape() -> None:
    picture = lay_out(build_scene(many_steps(100)))
    for line in picture.lines:
        ys = [y for _, y in line.points]
        assert ys == sorted(ys)
        for x, y in line.points[1:-1]:
            assert not [
                shape.title
                for shape in picture.shapes
                if abs(shape.x - x) < shape.width / 2 and abs(shape.y - y) < shape.height / 2 - 1
            ]


def test_a_wide_fan_is_broken_into_rows() -> None:
    pipeline, _ = two_steps()
    prepare, train = pipeline.steps
    fan = tuple(replace(train, id=f"t{n}", name=f"train {n}") for n in range(100))
    picture = lay_out(build_scene(replace(pipeline, steps=(prepare, *fan), order=())))
    assert picture.width < 4000


def test_a_cycle_is_drawn_too() -> None:
    widths = {"a": 1.0, "b": 1.0, "c": 1.0}
    edges = [("a", "b"), ("b", "c"), ("c", "a"), ("b", "b")]
    layers = arrange_layers(widths, frozenset(), edges, 10)
    assert layers.turned == {("c", "a")}
    assert ("b", "b") not in layers.chains
    assert sorted(point for row in layers.rows for point in row if point in widths) == ["a", "b", "c"]


@pytest.mark.parametrize("name", [*TRAPS, RIGHT_TO_LEFT, "<!--", "<script>", "]]>", "x" * 500])
def test_names_stay_text_in_pages(name: str) -> None:
    page = Page(render_graph_page([named(name)]))
    assert page.scripts == [("application/json",), ()], "the data and our own script"
    assert not page.events, "no element got a handler from a name"
    shown = data_of(page)["pipelines"][0]
    assert shown["nodes"]["step1"]["title"].endswith("prepare")
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", page.text)


@SOME
@given(pipelines())
def test_every_page_is_whole_and_tells_of_every_shape(case: tuple[ir.Pipeline, Contents]) -> None:
    page = Page(render_graph_page([case[0], case[0]]))
    assert page.open == []
    told = data_of(page)["pipelines"]
    assert len(told) == 2
    assert set(told[0]["nodes"]) == {node.id for node in build_scene(case[0]).nodes}


def test_a_page_asks_nothing_of_the_network() -> None:
    text = render_graph_page([two_steps()[0]])
    policy = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:"
    assert policy in text
    addresses = set(re.findall(r"https?://[^\s\"'<]+", text))
    assert addresses <= {"http://www.w3.org/2000/svg"}


def test_the_details_of_a_step_are_those_people_ask_for() -> None:
    step = data_of(Page(render_graph_page([two_steps()[0]])))["pipelines"][0]["nodes"]["step2"]
    facts = {fact["name"]: fact["values"] for fact in step["facts"]}
    assert facts["Runs"] == ["python train.py"]
    assert facts["Arguments"][-2:] == ["--rate", "<parameter rate>"]
    assert facts["Inputs"] == ["output_data1 ← prepare.py.output_data1 (mount)"]
    assert facts["Environment"] == ["howto, Python 3.10"]
    assert facts["Conda packages"] == ["pandas", "scikit-learn"] and facts["Pip packages"] == ["pyarrow"]
    assert "gpus: 1" in facts["Resources"] and "memory: 56 GiB" in facts["Resources"]
    assert facts["Reuse"] == ["not allowed: runs every time"]
    assert facts["In the source"] == ["pipeline.py:55"]


def test_what_sounds_secret_is_hidden() -> None:
    pipeline, _ = two_steps()
    prepare, train = pipeline.steps
    changed = replace(
        prepare,
        arguments=(ir.Literal(value="--api-key"), ir.Literal(value="hunter2canary")),
        variables=(ir.NamedValue(name="DB_PASSWORD", value="hunter2canary"),),
    )
    secret = ir.Parameter(name="token", type="string", default="hunter2canary")
    shown = replace(pipeline, steps=(changed, train), parameters=(secret,))
    assert "hunter2canary" not in render_graph_page([shown]) + render_svg_file(lay_out(build_scene(shown)))


def test_data_in_a_script_cannot_end_it() -> None:
    text = escape_script({"a": "</script><!--\u2028&"})
    assert not set("<>&\u2028") & set(text)
    assert json.loads(text) == {"a": "</script><!--\u2028&"}


def test_parsers_agree_that_hostile_text_is_text() -> None:
    parser = HTMLParser()
    parser.feed(render_graph_page([named("</title></style></script><img src=x onerror=alert(1)>")]))
    parser.close()
    assert "<img" not in render_graph_page([named("</title></style></script><img src=x onerror=alert(1)>")])


PIPELINE = """
from azureml.core import Workspace
from azureml.pipeline.core import Pipeline
from azureml.pipeline.steps import PythonScriptStep
ws = Workspace.from_config()
one = PythonScriptStep(script_name="a.py", source_directory="src", compute_target="cpu")
first = Pipeline(ws, steps=[one])
"""


def test_the_command_writes_files_and_wants_one_pipeline_for_svg(tmp_path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.py").write_text("")
    (tmp_path / "p.py").write_text(PIPELINE)
    done = CliRunner().invoke(main, ["graph", "p.py", "--format", "html", "-o", "p.html"])
    assert done.exit_code == 0, done.output
    assert Page((tmp_path / "p.html").read_text("utf-8")).open == []
    assert ET.fromstring(CliRunner().invoke(main, ["graph", "p.py", "--format", "svg"]).stdout)
    (tmp_path / "none.py").write_text("x = 1\n")
    refused = CliRunner().invoke(main, ["graph", "p.py", "--format", "svg", "-o", "missing/p.svg"])
    assert refused.exit_code == 2 and "cannot be written" in refused.output
