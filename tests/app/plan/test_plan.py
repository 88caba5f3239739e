"""The plan of a run, as text and as data."""

from __future__ import annotations

import json
from dataclasses import replace

from pipelift.app.plan.stages import plan_data, render_plan
from pipelift.compiler import ir
from tests.conftest import Golden
from tests.support.samples import two_steps


def test_the_text_says_what_would_run(golden: Golden) -> None:
    pipeline, _ = two_steps()
    golden("plan", {"two_steps.txt": render_plan(pipeline, {"rate": 1.5})})


def test_the_data_has_the_same_steps_and_is_json() -> None:
    pipeline, _ = two_steps()
    data = json.loads(json.dumps(plan_data(pipeline, {})))
    assert data["parameters"] == {"rate": 0.5}
    assert [[step["name"] for step in stage] for stage in data["stages"]] == [["prepare.py"], ["train model"]]
    train = data["stages"][1][0]
    assert train["command"][-2:] == ["--rate", "0.5"]
    assert train["inputs"] == [
        {"port": "output_data1", "origin": "<prepare.py.output_data1>", "mode": "mount"}
    ]
    assert not train["reuse"]


def test_steps_that_do_not_wait_for_each_other_share_a_stage() -> None:
    pipeline, _ = two_steps()
    prepare = pipeline.steps[0]
    other = replace(prepare, id="other", name="other")
    text = render_plan(replace(pipeline, steps=(*pipeline.steps, other)), {})
    assert "stage 1: 2 steps side by side" in text


def test_regenerate_says_that_all_steps_run() -> None:
    pipeline, _ = two_steps()
    text = render_plan(replace(pipeline, regenerate=True), {})
    assert "allowed\n" not in text.replace("not allowed", "")


def test_arguments_are_shown_as_a_shell_takes_them() -> None:
    pipeline, _ = two_steps()
    words = ir.Concatenation(parts=(ir.Literal(value="a b="), ir.ParameterValue(parameter="rate")))
    step = replace(pipeline.steps[1], arguments=(words, ir.Literal(value="$(rm)")))
    text = render_plan(replace(pipeline, steps=(pipeline.steps[0], step)), {})
    assert "train.py 'a b=0.5' '$(rm)'" in text


def test_a_dataset_known_by_name_and_one_of_several_places() -> None:
    pipeline, _ = two_steps()
    two = ir.Dataset(
        id="train-images",
        locations=(ir.Location(store="s", path="/a"), ir.Location(store=None, path="https://x/y.csv")),
    )
    assert "<s/a, https://x/y.csv>" in render_plan(replace(pipeline, datasets=(two,)), {})
    named = ir.Dataset(id="train-images", name="titanic")
    assert "<dataset titanic>" in render_plan(replace(pipeline, datasets=(named,)), {})


def test_a_parameter_that_is_a_secret_is_told_as_one() -> None:
    pipeline, _ = two_steps()
    secret = ir.Parameter(name="rate", type="string", secret="rate-key")
    pipeline = replace(pipeline, parameters=(secret,))
    text = render_plan(pipeline, {})
    assert "parameter rate = <secret rate-key>\n" in text and "None" not in text
    assert plan_data(pipeline, {})["parameters"] == {"rate": "<secret rate-key>"}
    assert "parameter rate = '<given>'\n" in render_plan(pipeline, {"rate": "<given>"})
    assert render_plan(pipeline, {"rate": None}) == text
