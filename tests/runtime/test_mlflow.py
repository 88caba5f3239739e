"""Metrics go to MLflow where it has an address and the step has mlflow; it never fails a step."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.support.runtime_world import World

FAKE = """
import json, os

class _Info:
    run_id = "m1"
    experiment_id = "7"

class _Made:
    info = _Info()
    experiment_id = "7"

class MlflowClient:
    def __getattr__(self, name):
        def call(*arguments, **named):
            with open(os.environ["CALLS"], "a") as file:
                file.write(json.dumps([name, list(arguments), named]) + "\\n")
            if os.environ.get("BROKEN") == name:
                raise OSError("no route to it")
            return None if name == "get_experiment_by_name" else "7" if name == "create_experiment" else _Made()
        return call
"""
SCRIPT = """
from azureml.core import Run
run = Run.get_context()
run.log("acc@1", 0.5)
run.log("loss", 3)
run.log("loss", float("nan"))
run.log_list("curve", [1, 2])
run.log_row("point", x=1, y=2)
run.log("word", "text")
run.get_metrics()
"""
PACKAGE = {"mlflow/__init__.py": "", "mlflow/tracking.py": FAKE}


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setenv("CALLS", str(tmp_path / "calls"))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://localhost:1")
    return World(tmp_path)


def _calls(world: World) -> list[list[Any]]:
    path = world.root / "calls"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def test_metrics_go_to_mlflow_too(world: World) -> None:
    world.step(SCRIPT, files=PACKAGE)
    assert world.run().status == "completed"
    calls = _calls(world)
    assert [call[0] for call in calls[:3]] == ["get_experiment_by_name", "create_experiment", "create_run"]
    assert calls[0][1] == ["exp"]
    assert [call[1:] for call in calls if call[0] == "log_metric"][:2] == [
        [["m1", "acc_1", 0.5], {"step": 0}],
        [["m1", "loss", 3.0], {"step": 0}],
    ]
    assert [call[1][1] for call in calls if call[0] == "log_metric"] == [
        "acc_1",
        "loss",
        "loss",
        "curve",
        "curve",
    ]
    assert [call[1][2] for call in calls if call[0] == "log_dict"] == [
        "metrics/point.json",
        "metrics/word.json",
    ]
    assert calls[-1][0] == "set_terminated"
    assert json.loads((world.place() / "mlflow.json").read_text()) == {"run_id": "m1", "experiment_id": "7"}


@pytest.mark.parametrize("broken", ["get_experiment_by_name", "create_run", "log_metric", "set_terminated"])
def test_what_goes_wrong_there_is_said_once(
    world: World, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    monkeypatch.setenv("BROKEN", broken)
    world.step(SCRIPT, files=PACKAGE)
    result = world.run()
    assert (result.status, result.metrics["acc@1"]) == ("completed", 0.5)
    assert world.lines == ["pipelift: MLflow does not take the metrics: no route to it"]


def test_without_mlflow_or_its_address_nothing_is_sent(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.step(SCRIPT)
    assert (world.run().status, world.lines) == ("completed", [])
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    world.step(SCRIPT, files=PACKAGE)
    assert world.run("r2", reuse=False).status == "completed"
    assert _calls(world) == []
    assert "MLFLOW_TRACKING_URI" not in os.environ


def test_no_secret_leaves_the_machine(world: World) -> None:
    world.parameter("password", "canary-mlflow")
    script = """
    import os
    from azureml.core import Run
    value = os.environ["AML_PARAMETER_password"]
    run = Run.get_context()
    run.log(value, value)
    run.log_row("row", a=value, b=1)
    """
    world.step(script, files=PACKAGE)
    assert world.run().status == "completed", world.lines
    sent = json.dumps(_calls(world))
    assert "log_dict" in sent and "canary" not in sent
