"""The page of a run: every status, reason, metric, log and output of its records; hostile ones are only text."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelift.app.run_page import NAME, keep_pipeline, write_page
from pipelift.app.run_page.logs import HEAD, TAIL, read_log
from pipelift.app.run_page.metrics import IMAGE, POINTS, Images, metric_shapes
from pipelift.compiler.ir.wire import read_pipeline
from tests.support.pages import Page, data_of
from tests.support.reuse_project import Project
from tests.support.run_records import Records
from tests.support.samples import two_steps

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


@pytest.fixture
def records(tmp_path: Path) -> Records:
    return Records(tmp_path)


def page_of(records: Records, run: str = "r1") -> Any:
    page = Page(write_page(records.state, run).read_text("utf-8"))
    assert page.open == [] and page.events == []
    assert page.scripts == [("application/json",), ()]
    return data_of(page)


def metric(name: str, kind: str, value: object, **more: Any) -> dict[str, object]:
    return {"kind": kind, "name": name, "value": value, **more}


def shapes(folder: Path, *rows: dict[str, object]) -> list[Any]:
    (folder / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return metric_shapes(folder, {}, Images())


def test_a_run_on_this_machine_leaves_its_page(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.put("store/raw/a.txt", "a b")
    done = project.call("run", str(project.file))
    assert done.exit_code == 0, done.output
    (page,) = tmp_path.glob(f".pipelift/runs/*/{NAME}")
    assert str(page) in done.output
    told = data_of(Page(page.read_text("utf-8")))
    assert [(step["name"], step["status"], step["node"]) for step in told["steps"]] == [
        ("prep", "completed", "p1-step2"),
        ("train model", "completed", "p1-step1"),
    ]
    assert told["parameters"] == [["rate", "0.5"]]
    assert told["steps"][1]["outputs"][0]["place"].startswith("workspaceblobstore/models")
    assert {fact["name"] for fact in told["steps"][0]["facts"]} >= {"Arguments", "Environment", "Inputs"}


def test_a_second_run_tells_what_was_reused_and_why_the_rest_ran(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.put("store/raw/a.txt", "a b")
    project.call("run", str(project.file))
    project.put("train/train.py", (tmp_path / "train" / "train.py").read_text() + "# changed\n")
    project.call("run", str(project.file))
    latest = max(tmp_path.glob(f".pipelift/runs/*/{NAME}"), key=lambda path: path.stat().st_mtime_ns)
    prep, train = data_of(Page(latest.read_text("utf-8")))["steps"]
    assert prep["status"] == "reused" and prep["why"]["sentence"].startswith("reused the result of run")
    assert train["why"]["changed"] == ["file train.py changed"]


def test_a_page_that_cannot_be_written_does_not_fail_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pipelift.app.run_page.keep_pipeline", refuse)
    project = Project(tmp_path)
    project.put("store/raw/a.txt", "a b")
    done = project.call("run", str(project.file))
    assert done.exit_code == 0, done.output
    assert "the report of the run could not be written: [Errno 28] No space left on device" in done.output


def test_the_command_makes_the_page_of_an_earlier_run(records: Records, tmp_path: Path) -> None:
    records.step("r1", "prep")
    project = Project(tmp_path)
    done = project.call("runs", "r1", str(project.file), "--report")
    assert done.exit_code == 0 and (records.state / "runs" / "r1" / NAME).is_file(), done.output
    elsewhere = project.call("runs", "r1", str(project.file), "-o", str(tmp_path / "x.html"))
    assert elsewhere.exit_code == 0
    told = data_of(Page((tmp_path / "x.html").read_text("utf-8")))
    assert told["steps"][0]["log"]["link"] == ".pipelift/runs/r1/steps/prep/log.txt"
    assert project.call("runs", "r2", str(project.file), "--report").exit_code == 2


def test_records_alone_give_the_graph_of_what_has_started(records: Records) -> None:
    made = {
        "datasets": {"raw": {"dataset": "images", "locations": []}},
        "outputs": {"words": "mount"},
        "upstream": {},
    }
    records.step("r1", "prep", made_of=made)
    upstream = {"in": {"step": "prep", "port": "words", "result": "x"}}
    records.step("r1", "train", started=3.0, made_of={"datasets": {}, "upstream": upstream})
    text = write_page(records.state, "r1").read_text("utf-8")
    for link in ('data-from="p1-data1" data-to="p1-step1"', 'data-from="p1-output1.1" data-to="p1-step2"'):
        assert link in text


def test_steps_that_never_started_are_shown_as_skipped(records: Records) -> None:
    pipeline, _ = two_steps()
    steps = [{"name": "prepare.py", "status": "failed"}, {"name": "train model", "status": "skipped"}]
    folder = records.run(
        "r1", pipeline="P", status="failed", started="2026-01-01T00:00:00+00:00", steps=steps
    )
    records.step("r1", "prepare", name="prepare.py", status="failed", exit_code=4, reason="exit status 4")
    keep_pipeline(folder, pipeline)
    told = page_of(records)
    assert [(step["name"], step["status"]) for step in told["steps"]] == [
        ("prepare.py", "failed"),
        ("train model", "skipped"),
    ]
    assert "status-skipped" in (folder / NAME).read_text("utf-8")


def test_the_output_folder_of_an_engine_adds_what_never_started(records: Records, tmp_path: Path) -> None:
    project = Project(tmp_path)
    out = str(tmp_path / "out")
    assert project.call("compile", str(project.file), "-t", "ir", "-o", out).exit_code == 0
    records.step("r1", "prep", pipeline="reuse")
    done = project.call("runs", "r1", str(project.file), "--report", "--compiled", out)
    assert done.exit_code == 0, done.output
    told = data_of(Page((records.state / "runs" / "r1" / NAME).read_text("utf-8")))
    assert [(step["name"], step["status"]) for step in told["steps"]] == [
        ("prep", "completed"),
        ("train model", "skipped"),
    ]
    records.step("r2", "prep", pipeline="another")
    refused = project.call("runs", "r2", str(project.file), "--compiled", out)
    assert refused.exit_code == 2 and "holds no pipeline 'another'" in refused.output


def test_the_kept_pipeline_is_the_pipeline_without_lists_of_files(tmp_path: Path) -> None:
    pipeline, _ = two_steps()
    keep_pipeline(tmp_path, pipeline)
    kept = read_pipeline((tmp_path / "pipeline.json").read_bytes())
    assert kept.steps == pipeline.steps and not any(one.files for one in kept.snapshots)


HOSTILE = "</script><script>alert(1)</script>\u2028\u202e<!--"


def test_what_records_hold_is_only_text(records: Records) -> None:
    rows = [metric(HOSTILE, "scalar", HOSTILE), metric("x", "confusion matrix", HOSTILE)]
    folder = records.step("r1", "prep", HOSTILE, rows, name=HOSTILE, reason=HOSTILE, status="failed")
    (folder / "outputs").mkdir()
    (folder / "outputs" / "a'\"<b>.txt").write_text("x")
    (folder / "outputs" / os.fsdecode(b"z\xff.txt")).write_text("x")
    given = {"p": HOSTILE, "api_key": "canary-7"}
    records.run("r1", pipeline=HOSTILE, status="failed", parameters=given, withheld=["token"])
    told = page_of(records)
    assert told["steps"][0]["metrics"][0]["value"] == HOSTILE
    assert told["parameters"][1:] == [["api_key", "***"], ["token", "***"]]
    links = [file["link"] for file in told["steps"][0]["files"]]
    assert links == ["steps/prep/outputs/a%27%22%3Cb%3E.txt", "steps/prep/outputs/z%FF.txt"]
    assert "canary-7" not in (records.state / "runs" / "r1" / NAME).read_text("utf-8")


@settings(max_examples=60, deadline=None)
@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
        max_leaves=12,
    ),
    kind=st.sampled_from(["scalar", "list", "row", "table", "confusion matrix", "accuracy table", "residuals",
                          "predictions", "image", "of a later version"]),
)  # fmt: skip
def test_no_metric_breaks_a_page(tmp_path_factory: pytest.TempPathFactory, value: object, kind: str) -> None:
    records = Records(tmp_path_factory.mktemp("state"))
    rows = [metric("m", kind, value), metric("m", kind, {"data": value}), metric("n", kind, value)]
    records.step("r1", "prep", metrics=rows)
    assert len(page_of(records)["steps"][0]["metrics"]) == 2


DEEP = "[" * 3000 + "]" * 3000
HOSTILE_ROWS = {
    "kind is a list": '{"name": "m", "kind": ["x"], "value": 1}',
    "kind is an object": '{"name": ["m"], "kind": {"x": 1}, "value": 1}',
    "too deep": '{"name": "m", "kind": "scalar", "value": ' + DEEP + "}",
    "a file name without end": '{"name": "m", "kind": "image", "value": "' + "x" * 5000 + '.png"}',
    "beyond all floats": '{"name": "m", "kind": "list", "value": [1e999, -1e999, 1]}',
    "beyond all floats, in a table": '{"name": "m", "kind": "row", "value": {"a": [1e999, 2, 3], "b": [1, 2, 3]}}',
    "no float holds it": '{"name": "m", "kind": "row", "value": {"a": [1, 0.5, 1' + "0" * 400 + '], "b": [1, 2, 3]}}',
    "no float holds it, in a matrix": '{"name": "m", "kind": "confusion matrix", "value": {"data": {"class_labels": '
    '["a"], "matrix": [[1' + "0" * 400 + "]]}}}",
    "half a character": '{"name": "\\ud800", "kind": "row", "value": {"\\ud800": "\\ud800"}}',
}  # fmt: skip


@pytest.mark.parametrize("case", HOSTILE_ROWS)
def test_what_a_step_writes_as_a_metric_breaks_no_page(case: str, records: Records) -> None:
    records.step("r1", "prep", metrics=[metric("good", "scalar", 1)])
    (file,) = records.state.rglob("metrics.jsonl")
    file.write_text(file.read_text() + HOSTILE_ROWS[case] + "\n")
    page = (write_page(records.state, "r1")).read_text("utf-8")
    assert page_of(records)["steps"][0]["metrics"][0]["value"] == 1
    assert "Infinity," not in page and "Infinity]" not in page


def test_metrics_have_the_shapes_that_people_draw(tmp_path: Path) -> None:
    rows = [
        metric("loss", "scalar", 1.0),
        metric("loss", "scalar", "NaN"),
        metric("loss", "scalar", 0.5),
        metric("at steps", "scalar", 3, step=10),
        metric("at steps", "scalar", 4, step=20),
        *(metric("folds", "row", {"fold": n, "precision": n / 10}) for n in range(3)),
    ]
    loss, steps, folds = shapes(tmp_path, *rows)
    assert loss["lines"][0]["points"] == [[0, 1.0], [1, None], [2, 0.5]]
    assert steps["x"] == "step" and steps["lines"][0]["points"] == [[10, 3], [20, 4]]
    assert folds["x"] == "fold" and folds["lines"] == [
        {"name": "precision", "points": [[0, 0.0], [1, 0.1], [2, 0.2]]}
    ]


def test_a_long_series_is_thinned_and_says_so(tmp_path: Path) -> None:
    (series,) = shapes(tmp_path, metric("loss", "list", list(range(POINTS * 3 + 1))))
    points = series["lines"][0]["points"]
    assert len(points) <= POINTS + 1 and points[-1] == [POINTS * 3, POINTS * 3]
    assert series["count"] == POINTS * 3 + 1


def test_the_artifacts_of_the_sdk_are_drawn(tmp_path: Path) -> None:
    matrix = {"data": {"class_labels": ["a", "b"], "matrix": [[1, 2], [3, 4]]}}
    tables = {"data": {"class_labels": ["a"], "probability_tables": [[[8, 2, 2, 0], [0, 0, 4, 8]]]}}
    bins = {"data": {"bin_edges": [0, 1, 2], "bin_counts": [5, 6], "bin_averages": [0.4, 1.6]}}
    found = shapes(
        tmp_path,
        metric("c", "confusion matrix", matrix),
        metric("a", "accuracy table", tables),
        metric("r", "residuals", bins),
        metric("p", "predictions", bins),
        metric("odd", "confusion matrix", {"data": {"class_labels": ["a"], "matrix": [[1, 2]]}}),
    )
    assert found[0]["cells"] == [[1.0, 2.0], [3.0, 4.0]]
    assert found[1]["lines"] == [{"name": "a", "points": [[0.0, 0.0], [0.5, 1.0]]}]
    assert [bar["value"] for bar in found[2]["bars"]] == [5.0, 6.0]
    assert found[3]["lines"][0]["points"] == [[0.5, 0.4], [1.5, 1.6]]
    assert found[4]["kind"] == "raw"


def test_images_are_shown_up_to_a_limit_and_only_those_of_the_step(tmp_path: Path) -> None:
    step = tmp_path / "step"
    (step / "images").mkdir(parents=True)
    (step / "images" / "small.png").write_bytes(PNG)
    (step / "images" / "large.png").write_bytes(b"\0" * (IMAGE + 1))
    (tmp_path / "secret.png").write_bytes(PNG)
    names = ("images/small.png", "images/large.png", "../secret.png", "images/none.png", "images/page.html")
    found = shapes(step, *(metric(name, "image", name) for name in names))
    assert [one["kind"] for one in found] == ["image", "note", "note", "note", "note"]
    assert found[0]["uri"].startswith("data:image/png;base64,")
    assert "too large" in found[1]["text"]


def test_a_reused_step_has_the_metrics_and_the_log_of_the_run_it_stands_for(records: Records) -> None:
    records.step("r0", "prep", "trained", metrics=[metric("loss", "scalar", 2), metric("loss", "scalar", 1)])
    records.step("r1", "prep", status="reused", reused_from={"run": "r0", "step": "prep"}, started=9.0)
    (step,) = page_of(records)["steps"]
    assert step["metrics"][0]["kind"] == "lines"
    assert (step["log"]["text"], step["log"]["link"]) == ("trained", "../r0/steps/prep/log.txt")


def test_a_long_log_keeps_its_ends(tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    path.write_text("first\n" + "middle\n" * 100_000 + "last\n")
    text, left_out = read_log(path, 1)
    assert text.startswith("first\n") and text.endswith("last\n") and f"… {left_out} bytes left out …" in text
    assert len(text) <= HEAD + TAIL + 100
    assert len(read_log(path, 1000)[0]) < 8000


def test_a_log_says_what_a_terminal_would_show(tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    path.write_bytes(b"\x1b[31mred\x1b[0m\r\n10%\r50%\r100%\n\xff\x00\x1b]8;;x\x07end")
    assert read_log(path, 1)[0] == "red\n100%\n\ufffd\ufffdend"
    assert read_log(tmp_path / "none", 1) == ("", 0)


def test_a_page_costs_the_same_after_many_runs(records: Records) -> None:
    for number in range(60):
        records.step(f"old{number}", "prep")
    records.step("r1", "prep", started=100.0)
    read = [run.id for run in _recent(records)]
    assert "r1" in read and len(read) <= 41


def _recent(records: Records) -> Any:
    from pipelift.app.run_page.recent import RecentState

    return RecentState(records.state, "r1").runs
