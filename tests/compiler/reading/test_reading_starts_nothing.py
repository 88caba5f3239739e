"""No file of a project is executed by reading, checking, planning or compiling it, whatever its name."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipelift.backends.local.interpreter import Interpreter
from pipelift.backends.local.probe import ask

PIPELINE = """\
from azureml.core import Workspace
from azureml.pipeline.core import Pipeline
from azureml.pipeline.steps import PythonScriptStep
import helper
ws = Workspace.from_config()
step = PythonScriptStep("a.py", source_directory=".", compute_target="STANDARD_D2_V2")
pipeline = Pipeline(ws, steps=[step])
"""
NAMES = (
    "sitecustomize", "usercustomize", "yaml", "json", "kfp", "airflow", "click", "conftest", "importlib", "azureml",
    "helper", "setup", "google", "typing", "evil_dag", "pipelift", "docker", "subprocess",
)  # fmt: skip


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose every file leaves a mark beside it when it is executed."""
    folder = tmp_path / "project"
    (folder / "a.py").parent.mkdir()
    mark = f"# airflow dag\nopen({str(tmp_path / 'executed')!r}, 'a').write(__name__ + chr(10))\n"
    for name in (*NAMES, "a"):
        (folder / f"{name}.py").write_text(mark)
    (folder / "pipeline.py").write_text(
        mark.replace("open(", "(lambda *_: __import__('helper'))(") + PIPELINE
    )
    (folder / ".env").write_text("COMPOSE_FILE=/nothing\nDOCKER_HOST=tcp://nowhere:1\n")
    (folder / "docker").write_text(f"#!/bin/sh\necho docker >> '{tmp_path}/executed'\n")
    (folder / "git").write_text(f"#!/bin/sh\necho git >> '{tmp_path}/executed'\n")
    for name in ("docker", "git"):
        (folder / name).chmod(0o755)
    subprocess.run(["git", "init", "-q", "."], cwd=folder, check=True)
    with (folder / ".git" / "config").open("a") as config:
        config.write(f"[core]\n\tfsmonitor = echo git >> '{tmp_path}/executed'\n")
    return folder


COMMANDS = {
    "check": "check pipeline.py",
    "graph": "graph pipeline.py --format html",
    "plan": "plan pipeline.py",
    "diff": "diff pipeline.py pipeline.py",
    "init": "init pipeline.py",
    "ir": "compile pipeline.py -t ir -o out",
    "compose": "compile pipeline.py -t compose -o out",
    "kubeflow": "compile pipeline.py -t kubeflow -o out",
    "airflow": "compile pipeline.py -t airflow -o out",
}


def test_the_python_of_a_project_is_not_started_by_a_plan(project: Path) -> None:
    (project / "pipelift.toml").write_text('[local]\npython = "./docker"\n')
    test_no_file_of_a_project_is_executed(project, "plan")


def test_asking_a_python_for_its_modules_runs_none_of_the_folder(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    answer = ask(Interpreter(sys.executable, "ours"), ["json", "nothing_of_that_name", "helper"])
    assert answer.missing == {"nothing_of_that_name", "helper"}
    assert not (project.parent / "executed").exists()


@pytest.mark.parametrize("command", COMMANDS)
def test_no_file_of_a_project_is_executed(project: Path, command: str) -> None:
    words = COMMANDS[command].split()
    pipelift = Path(sys.executable).with_name("pipelift")
    environment = {**os.environ, "HOME": str(project.parent)}
    done = subprocess.run([pipelift, *words], cwd=project, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    executed = project.parent / "executed"
    assert not executed.exists(), executed.read_text()
