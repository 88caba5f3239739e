"""The graph as JSON (a contract), Mermaid and DOT."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

from hypothesis import given, settings

from pipelift.app.pictures.formats import graph_data, render_dot, render_mermaid
from pipelift.compiler import ir
from tests.support.samples import Contents, two_steps
from tests.support.strategies import pipelines

SOME = settings(max_examples=40, deadline=None)

TEXT = r"(?:[\w ./,:()→×-]|#\d+;|<br/>)*"
MERMAID_LINES = (
    "flowchart TD",
    rf' {{4}}step\d+\["{TEXT}"\](?::::gpu)?',
    rf' {{4}}data\d+\[/"{TEXT}"/\]',
    rf' {{4}}store\d+\[\("{TEXT}"\)\]',
    rf' {{4}}\w+ (?:-->|-\.->)(?:\|"{TEXT}"\|)? \w+',
    " {4}classDef gpu stroke-width:3px",
)
QUOTED = r'"(?:[^"\\\n]|\\\\|\\"|\\n)*"'
DOT_LINES = (
    rf"digraph {QUOTED} {{",
    r" {4}rankdir=TB",
    r' {4}(?:node|edge) \[fontname="Helvetica"(?:, fontsize=10)?\]',
    rf" {{4}}\w+ \[label={QUOTED}, shape=(?:box|note|cylinder)(?:, peripheries=2)?\]",
    rf" {{4}}\w+ -> \w+(?: \[(?:label={QUOTED}|style=dashed)\])?",
    "}",
)


def with_step_names(*names: str) -> ir.Pipeline:
    pipeline, _ = two_steps()
    steps = tuple(replace(step, name=name) for step, name in zip(pipeline.steps, names, strict=True))
    return replace(pipeline, steps=steps)


def test_the_graph_is_the_contract_to_the_letter() -> None:
    assert graph_data([two_steps()[0]]) == {
        "pipelines": [
            {
                "name": "Compare_Models_Exp",
                "steps": [
                    {
                        "name": "prepare.py",
                        "type": "PythonScriptStep",
                        "script": "prepare.py",
                        "allow_reuse": True,
                    },
                    {
                        "name": "train model",
                        "type": "PythonScriptStep",
                        "script": "train.py",
                        "allow_reuse": False,
                    },
                ],
                "edges": [
                    {
                        "from": None,
                        "from_port": "input1",
                        "to": "prepare.py",
                        "to_port": "input1",
                        "kind": "source",
                        "mode": "download",
                    },
                    {
                        "from": "prepare.py",
                        "from_port": None,
                        "to": "train model",
                        "to_port": None,
                        "kind": "order",
                        "mode": None,
                    },
                    {
                        "from": "prepare.py",
                        "from_port": "output_data1",
                        "to": "train model",
                        "to_port": "output_data1",
                        "kind": "data",
                        "mode": "mount",
                    },
                ],
                "parameters": [{"name": "rate", "type": "float", "default": 0.5}],
            }
        ]
    }


def graph_of(pipeline: ir.Pipeline) -> Any:
    """The pipeline as data."""
    pipelines: Any = graph_data([pipeline])["pipelines"]
    (graph,) = pipelines
    return graph


def test_steps_and_parameters_are_sorted_and_types_are_the_sdk_words() -> None:
    pipeline = with_step_names("z", "a")
    declared = (
        ir.Parameter(name="s", type="string", default="x"),
        ir.Parameter(name="b", type="boolean", default=True),
        ir.Parameter(name="i", type="integer", default=3),
    )
    graph = graph_of(replace(pipeline, parameters=declared))
    assert [step["name"] for step in graph["steps"]] == ["a", "z"]
    assert graph["parameters"] == [
        {"name": "b", "type": "int", "default": True},
        {"name": "i", "type": "int", "default": 3},
        {"name": "s", "type": "string", "default": "x"},
    ]


def test_a_command_has_no_script() -> None:
    pipeline, _ = two_steps()
    step = replace(pipeline.steps[0], run=ir.Command(program="bash"))
    graph = graph_of(replace(pipeline, steps=(step, pipeline.steps[1])))
    assert graph["steps"][0]["script"] is None


@SOME
@given(pipelines())
def test_every_input_and_order_edge_is_in_the_graph(case: tuple[ir.Pipeline, Contents]) -> None:
    pipeline, _ = case
    graph = graph_of(pipeline)
    names = {step["name"] for step in graph["steps"]}
    assert len(names) == len(pipeline.steps)
    assert len(graph["edges"]) == sum(len(step.inputs) for step in pipeline.steps) + len(pipeline.order)
    for edge in graph["edges"]:
        assert edge["to"] in names
        assert (edge["from"] is None) == (edge["kind"] == "source")
        assert edge["from"] is None or edge["from"] in names
        ordered = edge["kind"] == "order"
        assert [edge[key] is None for key in ("from_port", "to_port", "mode")] == [ordered] * 3
    json.dumps(graph, allow_nan=False)


@SOME
@given(pipelines())
def test_both_drawings_hold_whatever_the_names_are(case: tuple[ir.Pipeline, Contents]) -> None:
    for text, forms in ((render_mermaid(case[0]), MERMAID_LINES), (render_dot(case[0]), DOT_LINES)):
        for line in text.removesuffix("\n").split("\n"):
            assert any(re.fullmatch(form, line) for form in forms), line


def test_mermaid_shows_stores_data_order_and_gpu() -> None:
    assert render_mermaid(two_steps()[0]) == (
        "flowchart TD\n"
        '    store1[("workspaceblobstore")]\n'
        '    data1[/"train-images/"/]\n'
        '    step1["prepare.py"]\n'
        '    step2["train model<br/>GPU"]:::gpu\n'
        "    store1 --> data1\n"
        '    data1 -->|"input1"| step1\n'
        '    step1 -->|"output_data1"| step2\n'
        "    step1 -.-> step2\n"
        "    classDef gpu stroke-width:3px\n"
    )


def test_dot_shows_stores_data_order_and_gpu() -> None:
    assert render_dot(two_steps()[0]) == (
        'digraph "Compare_Models_Exp" {\n'
        "    rankdir=TB\n"
        '    node [fontname="Helvetica"]\n'
        '    edge [fontname="Helvetica", fontsize=10]\n'
        '    store1 [label="workspaceblobstore", shape=cylinder]\n'
        '    data1 [label="train-images/", shape=note]\n'
        '    step1 [label="prepare.py", shape=box]\n'
        '    step2 [label="train model\\nGPU", shape=box, peripheries=2]\n'
        "    store1 -> data1\n"
        '    data1 -> step1 [label="input1"]\n'
        '    step1 -> step2 [label="output_data1"]\n'
        "    step1 -> step2 [style=dashed]\n"
        "}\n"
    )


def test_labels_cannot_break_out_of_their_quotes() -> None:
    pipeline = with_step_names('1. "a"\\', "`<b>`\nend")
    assert 'step1["1#46; #34;a#34;#92;"]' in render_mermaid(pipeline)
    assert 'step2["#96;#60;b#62;#96;#92;nend<br/>GPU"]' in render_mermaid(pipeline)
    assert 'step1 [label="1. \\"a\\"\\\\", shape=box]' in render_dot(pipeline)
    assert 'step2 [label="`<b>`\\\\nend\\nGPU"' in render_dot(pipeline)
    assert 'step1[" "]' in render_mermaid(with_step_names("", "b"))
