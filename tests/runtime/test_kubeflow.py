"""A step on Kubeflow Pipelines: artifacts in, artifacts out, and the answer that the engine reads."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from pipelift.compiler import ir
from pipelift.runtime import kubeflow
from pipelift.runtime.errors import LauncherError
from tests.support.folders import read_texts
from tests.support.runtime_world import STORE, World, launcher

SCRIPT = """
import os, sys
from azureml.core import Run
seen, made, rate = sys.argv[1:]
os.makedirs(made)
open(os.path.join(made, "b.txt"), "w").write(open(os.path.join(seen, "a.txt")).read() * int(float(rate)))
run = Run.get_context()
run.log("rate", float(rate))
run.log("steps", 1)
run.log("steps", 2)
run.log("infinite", float("inf"))
print(run.id)
"""


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    world.put("raw/a.txt", "source ")
    world.parameter("learn-rate", 2.0, "float")
    source = ir.StepSource(step="get-data", port="prepped.data")
    world.step("", id="get-data", outputs=[ir.Output(name="prepped.data", store=STORE, path="x")])
    world.step(
        SCRIPT,
        id="train",
        inputs=[ir.Input(name="prepped.data", source=source), world.dataset("raw")],
        outputs=[ir.Output(name="trained model", store=STORE, path="azureml/{run-id}/{output-name}")],
        arguments=[
            ir.InputPath(port="prepped.data"),
            ir.OutputPath(port="trained model"),
            ir.ParameterValue(parameter="learn-rate"),
        ],
    )
    return world


def executor_input(root: Path, **changes: Any) -> dict[str, Any]:
    """As `kfp.local` writes it for a container component."""
    task = root / "task"
    artifact = {"schemaTitle": "system.Artifact", "schemaVersion": "0.0.1"}
    scalars = {"schemaTitle": "system.Metrics", "schemaVersion": "0.0.1"}

    def one(name: str, uri: Path, type: dict[str, str], **more: Any) -> dict[str, Any]:
        return {"artifacts": [{"name": name, "type": type, "uri": str(uri), "metadata": {}, **more}]}

    return {
        "inputs": {
            "parameterValues": {"learn_rate": 3, "get_data_result": "abc"},
            "artifacts": {"prepped_data": one("prepped_data", root / "before" / "prepped_data", artifact)},
            **changes,
        },
        "outputs": {
            "parameters": {"result": {"outputFile": str(task / "result")}},
            "artifacts": {
                "trained_model": one("trained_model", task / "trained_model", artifact),
                "metrics": one("metrics", task / "metrics", scalars),
            },
            "outputFile": str(task / "executor_output.json"),
        },
    }


def run(world: World, message: dict[str, Any], *more: str) -> subprocess.CompletedProcess[str]:
    spec = world.write_spec("train")
    command = launcher(
        "step",
        "--executor-input",
        json.dumps(message),
        f"--spec={spec}",
        f"--source={world.root / 'source/train'}",
        f"--stores={world.store.parent}",
        *more,
    )
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_task_answers_with_artifacts_result_and_metrics(world: World) -> None:
    before = world.root / "before" / "prepped_data"
    before.mkdir(parents=True)
    (before / "a.txt").write_text("x")
    done = run(world, executor_input(world.root), "--run=job-1")
    assert (done.returncode, done.stderr, done.stdout) == (0, "", "job-1_train\n")
    task = world.root / "task"
    assert read_texts(task / "trained_model") == {"b.txt": "xxx"}
    answer = json.loads((task / "executor_output.json").read_text())
    result = (task / "result").read_text()
    assert answer["parameterValues"] == {"result": result}
    model = answer["artifacts"]["trained_model"]["artifacts"][0]
    assert (model["uri"], model["metadata"]) == (str(task / "trained_model"), {"result": result})
    scores = answer["artifacts"]["metrics"]["artifacts"][0]
    assert scores["metadata"] == {"rate": 3.0, "infinite": "Infinity"}
    full = {"rate": 3.0, "steps": [1, 2], "infinite": "Infinity"}
    assert json.loads((task / "metrics").read_text()) == full
    assert not world.state.exists()
    assert read_texts(world.store) == {"raw/a.txt": "source "}


def test_an_empty_artifact_is_an_empty_folder(world: World) -> None:
    world.step("import os, sys; print(os.listdir(sys.argv[1]))", id="train", **_ports(world))
    done = run(world, executor_input(world.root))
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, "[]")
    assert (world.root / "task" / "trained_model").is_dir()


def test_other_names_and_explicit_values_win(world: World) -> None:
    message = executor_input(world.root, parameterValues={"learn_rate": 3, "upstream": "abc"})
    message["inputs"]["artifacts"]["data_in"] = message["inputs"]["artifacts"].pop("prepped_data")
    message["outputs"]["artifacts"]["data_out"] = message["outputs"]["artifacts"].pop("trained_model")
    before = world.root / "before" / "prepped_data"
    before.mkdir(parents=True)
    (before / "a.txt").write_text("x")
    names = [
        "--input=prepped.data=data_in",
        "--output=trained model=data_out",
        "--upstream=get-data=upstream",
    ]
    done = run(world, message, *names, "--parameter=learn-rate=5")
    assert done.returncode == 0, done.stderr
    assert read_texts(world.root / "task" / "trained_model") == {"b.txt": "xxxxx"}
    answer = json.loads((world.root / "task" / "executor_output.json").read_text())
    assert sorted(answer["artifacts"]) == ["data_out", "metrics"]


def test_a_failed_task_answers_nothing(world: World) -> None:
    world.step("import sys; sys.exit(4)", id="train", **_ports(world))
    done = run(world, executor_input(world.root))
    assert done.returncode == 4
    assert "pipelift: step 'train' failed: the script ended with exit status 4" in done.stderr
    assert not (world.root / "task" / "executor_output.json").exists()


def test_a_message_of_another_shape_is_wrong_usage() -> None:
    for text in ("{", "[]", '{"inputs": {}}'):
        with pytest.raises(LauncherError) as caught:
            kubeflow.ExecutorInput(text)
        assert caught.value.status == 64


@pytest.mark.parametrize(
    ("artifact", "path"),
    [
        ({"uri": "/local/task/out"}, "/local/task/out"),
        ({"uri": "gs://bucket/a/out"}, "/gcs/bucket/a/out"),
        ({"uri": "minio://mlpipeline/v2/out"}, "/minio/mlpipeline/v2/out"),
        ({"uri": "s3://bucket/out"}, "/s3/bucket/out"),
        ({"uri": "s3://bucket/out", "customPath": "/mnt/out"}, "/mnt/out"),
    ],
)
def test_where_an_artifact_lies(artifact: dict[str, str], path: str) -> None:
    assert kubeflow.local_path(artifact) == path


def _ports(world: World) -> dict[str, Any]:
    step = next(step for step in world.steps if step.id == "train")
    return {"inputs": step.inputs, "outputs": step.outputs, "arguments": step.arguments}


def test_a_secret_of_the_cluster_is_an_argument(tmp_path: Path) -> None:
    """Kubernetes mounts a Secret as a folder with a file for each key."""
    world = World(tmp_path)
    parts = (ir.Literal(value="--key="), ir.SecretValue(secret="api-key"))
    script = "import sys\nprint(sys.argv[1][::-1], open('/proc/self/cmdline').read().split(chr(0))[3:4])"
    world.step(script, id="train", arguments=(ir.Concatenation(parts=parts),))
    folder = tmp_path / "secrets" / "api-key"
    folder.mkdir(parents=True)
    (folder / "value").write_text("canary-5\n")
    outputs = {"outputFile": str(tmp_path / "task" / "executor_output.json")}
    done = run(world, {"inputs": {}, "outputs": outputs}, f"--secrets={tmp_path / 'secrets'}")
    assert (done.returncode, done.stdout) == (0, "5-yranac=yek-- ['***']\n"), done.stderr
    assert "canary-5" not in done.stderr
