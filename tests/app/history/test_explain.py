"""`pipelift explain STEP`, `runs` and `plan`: why a step ran, was reused, or would be."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pipelift.app.cli.main import main
from pipelift.app.history.compare import compare_ingredients
from tests.support.reuse_project import Project


def test_each_change_is_named(project: Project) -> None:
    assert set(project.run().values()) == {"completed"}
    project.put("prep/new.py", "")
    project.edit("prep/prep.py", "import argparse, os", "import argparse, os\n")
    project.edit("pipeline.py", "tabulate==0.8", "tabulate==0.9")
    project.edit("pipeline.py", '"fast"', '"slow"')
    planned = project.changes("prep", "--planned")
    project.run("--param", "rate=0.7")
    changes = project.changes("prep")
    assert changes == [
        "file new.py added",
        "file prep.py changed",
        "package tabulate: tabulate==0.8 -> tabulate==0.9",
    ]
    assert planned == changes
    assert project.changes("train model")[:4] == [
        "argument --mode: fast -> slow",
        "parameter rate: 0.5 -> 0.7",
        "step prep made a new result",
        "package tabulate: tabulate==0.8 -> tabulate==0.9",
    ]
    because = project.explain("train model")["because"]
    assert [(one["step"], len(one["changed"])) for one in because] == [("prep", 3)]


def test_a_reused_step_has_nothing_that_changed(project: Project) -> None:
    project.run()
    first = project.run_id
    assert set(project.run().values()) == {"reused"}
    explanation = project.explain("train model")
    assert explanation["sentence"] == f"reused the result of run {first}"
    assert explanation["changed"] == []
    assert {"source", "arguments", "parameters", "upstream results", "environment"} <= set(
        explanation["same"]
    )


def test_why_a_step_ran_though_nothing_changed(project: Project) -> None:
    project.run()
    assert "no result of an earlier run" in project.explain("prep")["sentence"]
    project.run("--refresh", "prep")
    assert "--refresh" in project.explain("prep")["sentence"]
    assert project.explain("train model")["because"][0]["step"] == "prep"
    project.run("--no-reuse")
    assert "--no-reuse" in project.explain("train model")["sentence"]
    kept = next((project.folder / "store/azureml").glob(f"{project.run_id}_prep/words/out.txt"))
    kept.unlink()
    project.run()
    assert f"output 'words' of run {kept.parts[-3][:-5]} is gone" in project.explain("prep")["sentence"]


def test_steps_that_run_every_time_say_so(project: Project) -> None:
    project.edit("pipeline.py", 'name="prep",', 'name="prep", allow_reuse=False,')
    project.run()
    assert project.run() == {"prep": "completed", "train model": "completed"}
    assert "allow_reuse=False" in project.explain("prep")["sentence"]
    assert "would run: it runs every time" in project.explain("prep", "--planned")["sentence"]
    planned = project.explain("train model", "--planned")
    assert planned["sentence"] == "would run: 'prep' would run before and make a new result"
    assert planned["because"][0]["step"] == "prep"


def test_a_run_can_be_named(project: Project) -> None:
    project.run()
    first = project.run_id
    project.run("--param", "rate=0.7")
    assert project.changes("train-model") == ["parameter rate: 0.5 -> 0.7"]
    assert project.explain("train-model", "--run", first)["run"] == first
    project.run("--param", "rate=0.7")
    assert project.explain("train-model")["status"] == "reused"
    state = str(project.state)
    assert CliRunner().invoke(main, ["explain", "train model", "--state", state]).exit_code == 0


def test_secrets_are_compared_and_never_shown(project: Project) -> None:
    project.edit("pipeline.py", '"--mode", "fast"', '"--api-key", "hush-1", "--token", rate')
    project.edit("pipeline.py", 'PipelineParameter("rate", 0.5)', 'PipelineParameter("my_token", "hush-3")')
    project.run("--allow", "PL246", "--param", "my_token=hush-3")
    project.edit("pipeline.py", "hush-1", "hush-2")
    project.run("--allow", "PL246", "--param", "my_token=hush-4")
    secret = "changed (its value is secret)"
    assert project.changes("train model")[:2] == [
        f"argument --api-key {secret}",
        f"parameter my_token {secret}",
    ]
    records = [path.read_text() for path in project.state.glob("runs/*/steps/*/record.json")]
    records += [path.read_text() for path in project.state.glob("reuse/*.json")]
    assert not any("hush-" in text for text in records)


def test_changed_data_is_named_where_content_counts(project: Project) -> None:
    project.put(
        "pipelift.toml", '[stores.workspaceblobstore]\nurl = "store"\n[reuse]\nidentity = "content"\n'
    )
    project.put("store/raw/b.txt", "b")
    project.run()
    for name in ("a.txt", "b.txt"):
        os.utime(project.folder / "store/raw" / name, (1, 1))
    assert set(project.run().values()) == {"reused"}
    project.put("store/raw/a.txt", "other")
    project.put("store/raw/c.txt", "c")
    assert project.run()["prep"] == "completed"
    assert project.changes("prep") == [
        "data file workspaceblobstore/raw/a.txt changed",
        "data file workspaceblobstore/raw/c.txt added",
    ]


def test_a_plan_says_what_earlier_runs_spare_and_writes_nothing(project: Project) -> None:
    def told(*options: str) -> list[str]:
        done = project.call("plan", str(project.file), "--json", *options)
        return [
            step["forecast"] for plan in json.loads(done.stdout) for stage in plan["stages"] for step in stage
        ]

    assert told() == [None, None]
    project.run()
    before = sorted(project.state.rglob("*"))
    assert told() == [f"would be reused (run {project.run_id})"] * 2
    assert "(parameter rate: 0.5 -> 0.7)" in told("--param", "rate=0.7")[1]
    dry = project.call("run", str(project.file), "--dry-run", "--refresh", "prep").stdout
    assert "reuse    would run: it was asked to (--refresh)" in dry
    (project.folder / "store/raw/a.txt").unlink()
    (project.folder / "store/raw").rmdir()
    assert told() == [f"would be reused (run {project.run_id})"] * 2
    assert sorted(project.state.rglob("*")) == before


def test_runs_are_listed_and_shown(project: Project) -> None:
    project.run()
    first = project.run_id
    project.put("train/train.py", "raise SystemExit('no luck')")
    assert project.call("run", str(project.file)).exit_code == 3
    listed = json.loads(project.call("runs", str(project.file), "--json").stdout)
    assert [run["status"] for run in listed] == ["failed", "completed"]
    assert [step["status"] for step in listed[0]["steps"]] == ["reused", "failed"]
    keys = ["name", "status", "seconds", "exit_code", "reason", "parameters", "metrics", "outputs"]
    assert [list(step) for step in listed[1]["steps"]] == [keys, keys]
    lines = project.call("runs", str(project.file)).stdout.splitlines()
    assert len(lines) == 3 and "1 reused, 1 failed" in lines[1]
    shown = project.call("runs", first, str(project.file)).stdout
    assert "parameter rate = 0.5" in shown and "output model: workspaceblobstore/models" in shown
    assert "and failed" in project.explain("train model")["sentence"]
    project.put("train/train.py", "")
    project.run()
    assert project.changes("train model") == ["file train.py changed"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["explain", "nobody"], "nor a known step; the steps are: 'prep', 'train model'"),
        (["explain", "prep", "--run", "2020"], "there is no run '2020'"),
        (["runs", "20201121-120000-abcd"], "there is no run '20201121-120000-abcd'"),
        (["explain", "nobody", "--planned"], "the steps are: 'train model', 'prep'"),
        (["cache", "prune"], "name what to remove"),
        (["cache", "prune", "--older-than", "soon"], "write a number"),
    ],
)
def test_wrong_usage_is_answered(project: Project, arguments: list[str], message: str) -> None:
    project.run()
    words = [*arguments[:2], str(project.file), *arguments[2:]]
    done = project.call(*words)
    assert (done.exit_code, message in done.output) == (2, True), done.output


def test_without_runs_there_is_nothing_to_explain(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["runs", "--state", str(tmp_path / "none")])
    assert done.exit_code == 2
    project = Project(tmp_path)
    for command in (["explain", "prep"], ["runs"], ["cache", "list"]):
        assert "nothing has run there" in project.call(*command, str(project.file)).output
    assert project.call("explain", "prep", "--planned").exit_code == 2


MADE: Any = {
    "name": "a",
    "command": "a.py",
    "interpreter": "python",
    "arguments": ["--x", "1"],
    "inputs": {"in": "mount"},
    "outputs": {"out": "mount to s/p"},
    "variables": {"A": "1"},
    "snapshot": "s1",
    "environment": "e1",
    "parameters": {"rate": "1"},
    "datasets": {
        "d": {"dataset": "data", "locations": [{"store": "s", "path": "p"}], "table": None, "version": "1"}
    },
    "upstream": {"in": {"step": "b", "port": "o", "result": "r1"}},
}
DATASET = {"dataset": "data", "locations": [{"store": "s", "path": "q"}], "table": None, "version": "2"}


@pytest.mark.parametrize(
    ("change", "texts"),
    [
        ({"name": "b"}, ["name: a -> b"]),
        ({"command": "b.py"}, ["script: a.py -> b.py"]),
        ({"arguments": ["--x", "2"]}, ["argument --x: 1 -> 2"]),
        ({"arguments": ["--x", "1", "--y"]}, ["argument 3 added: --y"]),
        ({"arguments": ["1"]}, ["argument 1 removed: --x"]),
        ({"inputs": {"in": "download"}}, ["input in: mount -> download"]),
        ({"outputs": {}}, ["output out removed: mount to s/p"]),
        ({"variables": {"A": "1", "B": "2"}}, ["variable B added: 2"]),
        ({"variables": {"A": {"secret": "1"}}}, ["variable A changed (its value is secret)"]),
        ({"snapshot": "s2"}, ["file a.py changed"]),
        ({"snapshot": "s3"}, ["source changed (the list of its files is not kept)"]),
        ({"environment": "e2"}, ["environment python: 3.8 -> 3.9", "package b added: b"]),
        ({"environment": "e3"}, ["environment changed (its image, channels or other settings)"]),
        ({"upstream": {"in": {"step": "c", "port": "o", "result": "r1"}}}, ["input in, made by: b.o -> c.o"]),
        ({"upstream": {"in": {"step": "b", "port": "o", "result": "r2"}}}, ["step b made a new result"]),
        ({"upstream": {}}, ["input in from another step removed"]),
        ({"datasets": {}}, ["dataset of input d removed"]),
        (
            {"datasets": {"d": DATASET}},
            ["dataset 'data' of input d: s:p -> s:q", "dataset 'data' of input d, version: 1 -> 2"],
        ),
        (
            {"datasets": {"d": {**MADE["datasets"]["d"], "content": "c"}}},
            ["dataset 'data' of input d is judged by its content now"],
        ),
    ],
)
def test_ingredients_are_compared(change: Any, texts: list[str]) -> None:
    parts: dict[str, Any] = {
        "s1": {"a.py": "1"},
        "s2": {"a.py": "2"},
        "e1": {"python": "3.8", "pip": ["a==1"]},
        "e2": {"python": "3.9", "pip": ["a==1", "b"]},
        "e3": {"python": "3.8", "pip": ["a==1"]},
    }
    after: Any = {**MADE, **change}
    compared = compare_ingredients(MADE, after, parts.get)
    assert [one.text for one in compared.changes] == texts
    assert len(compared.same) == 10
