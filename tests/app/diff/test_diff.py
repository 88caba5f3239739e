"""What differs between two pipelines: found, named, and nothing else; and which steps would run again."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelift.app.cli.main import main
from pipelift.app.diff import diff
from pipelift.compiler import ir
from pipelift.compiler.diagnostics import Reporter
from pipelift.compiler.diagnostics.rendering.excerpt import visible
from pipelift.compiler.passes.reuse_keys import add_reuse_keys
from tests.conftest import Golden
from tests.support.reuse_project import Project
from tests.support.samples import Contents, snapshot, two_steps
from tests.support.strategies import pipelines

SOME = settings(max_examples=60, deadline=None)


def sample() -> ir.Pipeline:
    """prepare -> train -> report: all may be reused."""
    pipeline, _ = two_steps()
    prepare, train = pipeline.steps
    train = replace(train, reuse=ir.Reuse())
    report = replace(
        train,
        id="report",
        name="report",
        label="report",
        run=ir.Script(path="report.py"),
        inputs=(ir.Input(name="model", source=ir.StepSource(step="train", port="training_results")),),
        arguments=(ir.Literal(value="--in"), ir.InputPath(port="model")),
        outputs=(),
        parameters=(),
    )
    return keyed(replace(pipeline, steps=(prepare, train, report), order=()))


def keyed(pipeline: ir.Pipeline) -> ir.Pipeline:
    return add_reuse_keys(pipeline, Reporter(()))


def with_step(pipeline: ir.Pipeline, step: str, **changes: Any) -> ir.Pipeline:
    steps = tuple(replace(one, **changes) if one.id == step else one for one in pipeline.steps)
    return keyed(replace(pipeline, steps=steps))


def text(old: ir.Pipeline, new: ir.Pipeline) -> str:
    return "\n".join(diff([old], [new]).lines()) + "\n"


def changes(old: ir.Pipeline, new: ir.Pipeline) -> list[str]:
    return [
        change.text
        for one in diff([old], [new]).pipelines
        for part in one.sections
        for change in part.changes
    ]


def again(old: ir.Pipeline, new: ir.Pipeline) -> dict[str, tuple[str, ...]]:
    return {each.step: each.why for one in diff([old], [new]).pipelines for each in one.again}


def test_a_whole_report_is_as_kept(golden: Golden) -> None:
    old = sample()
    prepare, train, report = old.steps
    environment = replace(old.environments[0], python="3.11", conda=("pandas=2", "numpy"), digest="f" * 64)
    sources = (snapshot("prep_src", {"prepare.py": b"new", "more.py": b""}), old.snapshots[1])
    evaluate = replace(report, id="evaluate", name="evaluate", label="evaluate", run=ir.Script(path="e.py"))
    changed = replace(
        train,
        arguments=(*train.arguments[:4], ir.Literal(value="--epochs"), ir.Literal(value="3")),
        resources=replace(train.resources, gpus=2),
        retries=3,
    )
    new = replace(
        old,
        description="nightly",
        steps=(prepare, changed, evaluate),
        environments=(environment,),
        snapshots=sources,
        parameters=(ir.Parameter(name="rate", type="float", default=0.7),),
        order=(ir.OrderEdge(before="prepare", after="evaluate"),),
        stores=(*old.stores, ir.Store(name="results", kind="blob")),
    )
    report_ = diff([old], [keyed(new)])
    data = json.dumps(report_.as_json(), indent=1, ensure_ascii=False) + "\n"
    golden("diff", {"report.txt": "\n".join(report_.lines()) + "\n", "report.json": data})


@SOME
@given(pipelines())
def test_a_pipeline_does_not_differ_from_itself(case: tuple[ir.Pipeline, Contents]) -> None:
    pipeline = keyed(case[0])
    report = diff([pipeline], [pipeline])
    assert report.same and report.as_json()["same"] is True
    assert all(
        each.why == ("it runs every time",) or "makes a new result" in each.why[-1]
        for each in report.pipelines[0].again
    )


@SOME
@given(pipelines(), pipelines())
def test_any_two_pipelines_can_be_compared(
    one: tuple[ir.Pipeline, Contents], other: tuple[ir.Pipeline, Contents]
) -> None:
    old, new = keyed(one[0]), keyed(other[0])
    report = diff([old], [new])
    assert json.loads(json.dumps(report.as_json())) == report.as_json()
    assert all(line == visible(line) for line in report.lines())
    assert report.same == diff([new], [old]).same


@SOME
@given(pipelines(), st.randoms(use_true_random=False))
def test_another_order_of_the_source_is_no_difference(
    case: tuple[ir.Pipeline, Contents], chance: random.Random
) -> None:
    pipeline = keyed(case[0])

    def mixed(nodes: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(chance.sample(nodes, len(nodes)))

    fields = ("steps", "parameters", "stores", "datasets", "environments", "snapshots", "order", "tags")
    changes: dict[str, Any] = {field: mixed(getattr(pipeline, field)) for field in fields}
    other = replace(pipeline, **changes)
    report = diff([pipeline], [other])
    assert report.same, list(report.lines())


def test_twins_that_change_places_keep_what_runs_before_them() -> None:
    pipeline = sample()
    twins = [replace(pipeline.steps[0], id=f"twin-{n}", name=f"twin ({n})", label="twin") for n in (1, 2)]
    edge = ir.OrderEdge(before="twin-1", after="twin-2")
    old, new = (
        replace(pipeline, steps=(*pipeline.steps, *twins[::turn]), order=(*pipeline.order, edge))
        for turn in (1, -1)
    )
    assert diff([keyed(old)], [keyed(new)]).same


def test_places_in_the_source_do_not_count() -> None:
    pipeline = sample()
    assert text(pipeline, with_step(pipeline, "train", span=None)) == "Compare_Models_Exp: no difference\n"


def test_equal_names_that_change_places_are_no_difference() -> None:
    old = sample()
    twin = replace(old.steps[2], id="report-2", name="report (2)", retries=2)
    old = keyed(replace(old, steps=(*old.steps, twin)))
    first, second = old.steps[2:]
    swapped = (
        replace(second, id="report", name="report"),
        replace(first, id="report-2", name="report (2)"),
    )
    assert changes(old, replace(old, steps=(*old.steps[:2], *swapped))) == []


def test_a_changed_step_and_what_follows_it_run_again() -> None:
    old = sample()
    new = with_step(old, "train", arguments=(*old.steps[1].arguments, ir.Literal(value="--fast")))
    assert changes(old, new) == ["argument 7 added: --fast"]
    assert again(old, new) == {
        "train model": ("its arguments changed",),
        "report": ("train model makes a new result",),
    }


def test_what_reuse_does_not_see_runs_nothing_again() -> None:
    old = sample()
    new = with_step(old, "train", retries=5, resources=ir.Resources(gpus=4), timeout=None)
    assert "resource gpus: 1 -> 4" in changes(old, new)
    assert again(old, new) == {}


def test_a_renamed_step_is_likely_the_same() -> None:
    old = sample()
    steps = (
        replace(old.steps[0], id="clean", name="clean", label="clean"),
        replace(
            old.steps[1],
            inputs=(ir.Input(name="output_data1", source=ir.StepSource(step="clean", port="output_data1")),),
        ),
        old.steps[2],
    )
    new = keyed(replace(old, steps=steps))
    assert changes(old, new) == ["step clean is likely 'prepare.py' renamed"]
    assert again(old, new)["clean"] == ("its name changed",)


def test_steps_that_are_not_alike_are_added_and_removed() -> None:
    old = sample()
    other = replace(old.steps[2], id="z", name="z", label="z", run=ir.Command(program="bash"))
    new = keyed(replace(old, steps=(*old.steps[:2], other)))
    assert changes(old, new) == ["step report removed", "step z added"]
    assert again(old, new) == {"z": ("it is new",)}


def test_a_default_a_dataset_and_another_upstream_run_again() -> None:
    old = sample()
    defaults = replace(old, parameters=(ir.Parameter(name="rate", type="float", default=0.7),))
    assert again(old, defaults)["train model"] == ("parameter rate has another default",)
    place = (ir.Location(store="workspaceblobstore", path="test-images/"),)
    moved = replace(old, datasets=(replace(old.datasets[0], locations=place),))
    assert changes(old, moved) == [
        "dataset test-images/: workspaceblobstore/train-images/ -> workspaceblobstore/test-images/"
    ]
    assert again(old, moved)["prepare.py"] == ("the dataset of input input1 changed",)
    rewired = (ir.Input(name="model", source=ir.StepSource(step="prepare", port="output_data1")),)
    assert again(old, with_step(old, "report", inputs=rewired)) == {
        "report": ("input model comes from elsewhere",)
    }


def test_a_step_that_is_never_reused_runs_again_in_any_case() -> None:
    pipeline = keyed(two_steps()[0])
    assert again(pipeline, pipeline) == {"train model": ("it runs every time",)}


def test_secrets_are_compared_and_never_shown() -> None:
    old = sample()
    secret = (ir.Literal(value="--api-key"), ir.Literal(value="canary-one"))
    variables = (ir.NamedValue(name="DB_PASSWORD", value="canary-two"),)
    token = (ir.Parameter(name="token", type="string", default="canary-five"),)
    first = with_step(replace(old, parameters=token), "train", arguments=secret, variables=variables)
    other = tuple(replace(one, value=one.value.replace("two", "four")) for one in variables)
    second = with_step(
        replace(old, parameters=(replace(token[0], default="canary-six"),)),
        "train",
        arguments=(secret[0], ir.Literal(value="canary-three")),
        variables=other,
    )
    shown = text(first, second) + json.dumps(diff([first], [second]).as_json())
    assert "canary" not in shown
    assert changes(first, second) == [
        "parameter token changed (***)",
        "argument changed (its value is secret)",
        "variable DB_PASSWORD changed (its value is secret)",
    ]


def test_hostile_names_cannot_steer_a_terminal() -> None:
    old = sample()
    new = with_step(old, "report", name="a\x1b[31m\nb", label="a\x1b[31m\nb", retries=9)
    assert "\x1b" not in text(old, new) and "a\\x1b[31m\\nb" in text(old, new)


PIPELINE = """
import os
from azureml.core import Workspace
from azureml.pipeline.core import Pipeline
from azureml.pipeline.steps import PythonScriptStep
ws = Workspace.from_config()
one = PythonScriptStep(name="one", script_name="a.py", source_directory="src", compute_target="cpu",
                       arguments=["--rate", os.environ["RATE"]])
pipeline = Pipeline(ws, steps=[one])
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.py").write_text("")
    (tmp_path / "p.py").write_text(PIPELINE)
    return tmp_path


def call(*arguments: str) -> Any:
    return CliRunner().invoke(main, list(arguments))


def test_files_irs_and_output_folders_can_be_compared(project: Path) -> None:
    assert call("compile", "p.py", "-t", "ir", "-o", "out", "-e", "RATE=1").exit_code == 0
    for old in ("p.py", "out", "out/pipeline.ir.json"):
        same = call("diff", old, "p.py", "-e", "RATE=1")
        assert same.exit_code == 0 and "no difference" in same.output, same.output
        differs = call("diff", old, "p.py", "-e", "RATE=2")
        assert differs.exit_code == (0 if old == "p.py" else 1)
    (project / "src" / "a.py").write_text("changed")
    told = json.loads(call("diff", "out", "p.py", "-e", "RATE=2", "--json").stdout)
    assert [change["text"] for change in told["pipelines"][0]["changes"]] == [
        "argument --rate: 1 -> 2",
        "src: a.py changed",
    ]
    assert told["pipelines"][0]["runs_again"] == [
        {"step": "one", "why": ["its arguments changed", "its source changed"]}
    ]


@pytest.mark.parametrize("content", ["", "[]", '{"schema_version": "9"}'])
def test_what_is_no_pipeline_is_a_usage_error(project: Path, content: str) -> None:
    (project / "x.json").write_text(content)
    (project / "empty").mkdir()
    for path in ("x.json", "empty", "none"):
        done = call("diff", path, "x.json")
        assert done.exit_code == 2 and "error" in done.output.lower()


def test_a_file_with_errors_cannot_be_compared(project: Path) -> None:
    done = call("diff", "p.py", "p.py")
    assert done.exit_code == 2, "RATE is not given"


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("prep/prep.py", "import argparse, os", "import os, argparse"),
        ("train/train.py", "import argparse, os", "import os, argparse"),
        ("pipeline.py", '"--mode", "fast"', '"--mode", "slow"'),
        ("pipeline.py", "tabulate==0.8", "tabulate==0.9"),
        ("pipeline.py", 'PipelineParameter("rate", 0.5)', 'PipelineParameter("rate", 0.7)'),
        ("pipeline.py", '(store, "raw/")', '(store, "raw")'),
        ("pipeline.py", 'name="prep"', 'name="prepare"'),
        ("pipeline.py", 'Pipeline(ws, [train])', 'Pipeline(ws, [train, prep], description="again")'),
    ],
)  # fmt: skip
def test_what_is_foretold_is_what_runs(tmp_path: Path, path: str, before: str, after: str) -> None:
    project = Project(tmp_path)
    project.put("store/raw/a.txt", "a b")
    compiled = project.call("compile", str(project.file), "-t", "ir", "-o", str(tmp_path / "old"))
    assert compiled.exit_code == 0, compiled.output
    project.run()
    project.edit(path, before, after)
    told = json.loads(project.call("diff", str(tmp_path / "old"), str(project.file), "--json").stdout)
    ran = {name for name, status in project.run().items() if status != "reused"}
    assert {each["step"] for each in told["pipelines"][0]["runs_again"]} == ran
    assert not told["same"]
