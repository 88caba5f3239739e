"""A third party's target (examples/argo-target), installed as a foreign distribution: the door opens all the way."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.support.folders import ROOT

SOURCE = ROOT / "examples" / "argo-target"
PIPELINE = """\
from azureml.core import Workspace
from azureml.core.runconfig import RunConfiguration
from azureml.pipeline.core import Pipeline, PipelineData, PipelineParameter
from azureml.pipeline.steps import PythonScriptStep

workspace = Workspace.from_config()
data = PipelineData("data")
rate = PipelineParameter("learning rate", 0.5)
first = PythonScriptStep("a.py", name="first", source_directory="src", compute_target="c", outputs=[data])
words = ["--data", data, "--rate", rate]
common = {"source_directory": "src", "compute_target": "c"}
second = PythonScriptStep("a.py", name="second", arguments=words, inputs=[data], **common)
pipeline = Pipeline(workspace, [second])
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that pip has installed the distribution into."""
    copy = tmp_path_factory.mktemp("source")
    for file in SOURCE.iterdir():
        if file.is_file():
            (copy / file.name).write_bytes(file.read_bytes())
    folder = tmp_path_factory.mktemp("installed")
    options = ("--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--target", str(folder))
    pip = subprocess.run(
        [sys.executable, "-m", "pip", "install", *options, str(copy)], capture_output=True, text=True
    )
    assert pip.returncode == 0, pip.stderr
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.py").write_text("print(1)\n")
    (tmp_path / "pipeline.py").write_text(PIPELINE)
    return tmp_path


def python(installed: Path, *words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {"PYTHONPATH": str(installed), "PATH": "/usr/local/bin:/usr/bin:/bin"}
    return subprocess.run(
        [sys.executable, *words], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )


def pipelift(installed: Path, *words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return python(installed, "-c", "from pipelift.app.cli.main import main; main()", *words, cwd=cwd)


def test_it_is_small() -> None:
    lines = (SOURCE / "pipelift_argo.py").read_text("utf-8").splitlines()
    assert len(lines) <= 150 and max(map(len, lines)) <= 120


def test_it_is_listed(installed: Path, tmp_path: Path) -> None:
    listed = pipelift(installed, "targets", cwd=tmp_path)
    assert "argo       Argo Workflows: one Workflow, a pod a step [ready]" in listed.stdout.splitlines()
    refused = pipelift(installed, "deploy", ".", cwd=tmp_path)
    assert refused.returncode == 2 and "no output folder" in refused.stderr


def test_a_workflow_is_written_with_its_settings_and_its_losses(installed: Path, project: Path) -> None:
    (project / "pipelift.toml").write_text(
        '[argo]\nnamespace = "ml"\nclaim = "shared"\n[stores.workspaceblobstore.argo]\nurl = "pvc:blobs"\n'
    )
    done = pipelift(installed, "compile", "pipeline.py", "-t", "argo", "-o", "out", cwd=project)
    assert done.returncode == 0, done.stderr
    assert "warning[ARGO01]: the parameter 'learning rate' is called 'parameter-0'" in done.stderr
    workflow = yaml.safe_load((project / "out/workflow.yaml").read_text())
    assert workflow["metadata"]["namespace"] == "ml"
    assert workflow["spec"]["arguments"]["parameters"] == [{"name": "parameter-0", "value": "0.5"}]
    graph, *templates = workflow["spec"]["templates"]
    tasks = {task["name"]: task["dependencies"] for task in graph["dag"]["tasks"]}
    assert tasks == {"first": [], "second": ["first"]}
    containers = {one["name"]: one["container"] for one in templates}
    mounts = {mount["mountPath"]: mount["name"] for mount in containers["first"]["volumeMounts"]}
    assert mounts == {"/pipelift/state": "claim-shared", "/pipelift/stores/workspaceblobstore": "claim-blobs"}
    assert "--parameter=learning rate={{workflow.parameters.parameter-0}}" in containers["second"]["args"]
    report = (project / "out/REPORT.md").read_text()
    assert "ARGO01" in report and "what argo keeps" in report
    losses = json.loads((project / "out/manifest.json").read_text())["losses"]
    assert {"code": "ARGO01", "fidelity": "approximated"}.items() <= losses[0].items()


def test_what_it_cannot_do_is_refused_with_those_that_can(installed: Path, project: Path) -> None:
    assert (
        pipelift(installed, "compile", "pipeline.py", "-t", "argo", "-o", "out", cwd=project).returncode == 0
    )
    for command, work in (("deploy", "deploy"), ("doctor", "examine")):
        refused = pipelift(installed, command, "out", cwd=project)
        assert refused.returncode == 2
        assert (
            f"the target 'argo' has nothing to {work}; these have: airflow, compose, kubeflow"
            in refused.stderr
        )


def test_every_command_knows_it(installed: Path, project: Path) -> None:
    explained = pipelift(installed, "explain", "ARGO02", cwd=project)
    assert explained.stdout.startswith("ARGO02 (error): a store that pods cannot mount")
    planned = pipelift(installed, "plan", "pipeline.py", "-t", "argo", cwd=project)
    assert planned.returncode == 0 and "workflow.yaml" in planned.stdout
    started = pipelift(installed, "init", "pipeline.py", cwd=project)
    assert started.returncode == 0, started.stderr
    assert '# [argo]\n# namespace = "argo"' in (project / "pipelift.toml").read_text()
    (project / "pipelift.toml").write_text("[argo]\nname_space = 'x'\n")
    refused = pipelift(installed, "check", "pipeline.py", "--format", "sarif", cwd=project)
    assert "do you mean 'namespace'?" in refused.stdout


def test_a_loss_that_is_an_error_stops_the_output_until_it_is_allowed(installed: Path, project: Path) -> None:
    (project / "pipelift.toml").write_text('[stores.workspaceblobstore]\nurl = "volume:blobs"\n')
    words = ("compile", "pipeline.py", "-t", "argo", "-o", "out")
    refused = pipelift(installed, *words, cwd=project)
    assert refused.returncode == 1 and "error[ARGO02]" in refused.stderr and not (project / "out").exists()
    assert pipelift(installed, *words, "--allow", "ARGO02", cwd=project).returncode == 0


def test_the_readme_holds_as_it_is_written(installed: Path, tmp_path: Path) -> None:
    for name in ("argo-target", "iris"):
        shutil.copytree(
            ROOT / "examples" / name, tmp_path / name, ignore=shutil.ignore_patterns("build", "*.egg-info")
        )
    readme = (SOURCE / "README.md").read_text(encoding="utf-8")
    blocks = dict(re.findall(r"```(\w+)\n(.*?)```", readme, re.DOTALL))
    offline = {
        "PIP_TARGET": str(tmp_path / "site"),
        "PIP_NO_INDEX": "1",
        "PIP_NO_DEPS": "1",
        "PIP_QUIET": "1",
    }
    path = f"{Path(sys.executable).parent}{os.pathsep}/usr/bin:/bin"
    environ = {**offline, "PIP_NO_BUILD_ISOLATION": "0", "PYTHONPATH": str(tmp_path / "site"), "PATH": path}
    done = subprocess.run(
        ["bash", "-ec", blocks["bash"]],
        cwd=tmp_path / "argo-target",
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "argo       Argo Workflows" in done.stdout
    assert (tmp_path / "argo-target/build/iris/workflow.yaml").is_file()
    (tmp_path / "iris/pipelift.toml").write_text(blocks["toml"])
    words = ("compile", "pipeline.py", "-t", "argo", "-o", "out")
    compiled = pipelift(installed, *words, cwd=tmp_path / "iris")
    assert compiled.returncode == 0, compiled.stderr
    assert yaml.safe_load((tmp_path / "iris/out/workflow.yaml").read_text())["metadata"]["namespace"] == "ml"


def test_it_conforms_as_the_readme_calls_it(installed: Path, tmp_path: Path) -> None:
    readme = (SOURCE / "README.md").read_text(encoding="utf-8")
    (script,) = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    done = python(installed, "-c", script, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "()\n"), done.stderr
