"""How runs in containers end on the real engine, whoever ends them: what they say, and that nothing is left."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from pipelift.app.interrupts import SIGNALS
from pipelift.backends.supervision import recorded
from tests.e2e import engines
from tests.support.ended import PIPELIFT, PIPELINE, Project, eventually, start
from tests.support.images import images_folder

pytestmark = pytest.mark.e2e

PLAIN = """\
from azureml.core.conda_dependencies import CondaDependencies
from azureml.core.runconfig import RunConfiguration
plain = RunConfiguration()
plain.environment.python.conda_dependencies = CondaDependencies.create(python_version="3.10")
"""
SIDE = """\
side = PythonScriptStep("main.py", name="side", arguments=["fine"], source_directory="src", compute_target="c",
                        runconfig=plain, allow_reuse=False)
"""
COMMANDS = {
    "deploy": [PIPELIFT, "deploy", "build/compose", "-p", "mood=slow"],
    "run --docker": [PIPELIFT, "run", "pipeline.py", "--docker", "-p", "mood=slow"],
}
"""Ways to run the step in a container, where it waits to be ended."""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The pipeline with a second step beside the first, compiled, its images built once."""
    project = Project(tmp_path_factory.mktemp("ends") / "ends")
    text = PIPELINE.replace("mood =", PLAIN + "mood =").replace("allow_reuse", "runconfig=plain, allow_reuse")
    text = text.replace("ws =", SIDE + "ws =").replace("[step]", "[step, side]")
    (project.folder / "pipeline.py").write_text(text)
    engines._build(engines._compile(project.folder, "compose"))
    return project


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    yield
    assert listed("{{.Names}}") == []


def listed(shown: str) -> list[str]:
    """The containers of the step, running or not."""
    found: list[str] = []
    for label in ("pipelift.run", "com.docker.compose.project"):
        done = engines._call(
            ["docker", "ps", "--all", "--filter", f"label={label}", "--format", shown], Path.cwd()
        )
        found += [line for line in done.stdout.splitlines() if "-act" in line]
    return found


def working(project: Project, command: str) -> tuple[subprocess.Popen[bytes], str]:
    """The command, with the step at work, and the name of the step's container."""
    process = start(COMMANDS[command], project.folder)
    assert process.stderr is not None
    said = b""
    for line in process.stderr:
        said += line
        if b"pids" in line:
            (name,) = listed("{{.Names}}")
            return process, name
    raise AssertionError(said.decode())


def run_of(project: Project) -> dict[str, object]:
    """What the last run says about itself."""
    newest = max(
        (project.folder / ".pipelift/runs").glob("*/run.json"), key=lambda path: path.stat().st_mtime
    )
    found: dict[str, object] = json.loads(newest.read_text())
    return found


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("command", COMMANDS)
def test_signal_stops_the_container(project: Project, command: str, number: signal.Signals) -> None:
    process, _ = working(project, command)
    os.killpg(process.pid, number)
    process.communicate(timeout=60)
    assert process.returncode == 130
    assert run_of(project)["status"] == "cancelled"


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(("act", "reason"), [("stop", recorded.STOPPED), ("kill", recorded.KILLED)])
def test_container_that_somebody_else_ends_has_failed(
    project: Project, command: str, act: str, reason: str
) -> None:
    process, name = working(project, command)
    engines._call(["docker", act, name], Path.cwd())
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 3, errors
    assert run_of(project)["status"] == "failed"
    assert reason in errors.decode()


def test_script_without_memory_has_failed_for_that(project: Project) -> None:
    script = project.folder / "src/main.py"
    before = script.read_text()
    script.write_text("hog = [bytes(range(256)) * 4096 for _ in range(1000)]\n")
    try:
        engines._build(engines._compile(project.folder, "compose"))
        limited = project.folder / "build/compose/compose.yaml"
        text = limited.read_text()
        limited.write_text(
            text.replace("  act:\n", "  act:\n    mem_limit: 64m\n    memswap_limit: 64m\n", 1)
        )
        done = engines._call([PIPELIFT, "deploy", "build/compose"], project.folder)
    finally:
        script.write_text(before)
        limited.write_text(text)
        engines._compile(project.folder, "compose")
    assert done.returncode == 3, done.stdout
    assert "the memory of its container is used up" in done.stdout


@pytest.mark.parametrize(("mood", "status"), [("fine", 0), ("bad", 1)])
def test_docker_compose_up_ends_as_its_last_steps_do(project: Project, mood: str, status: int) -> None:
    output = project.folder / "build/compose"
    compose = ["docker", "compose", "-p", f"ends-up-{os.getpid()}"]
    try:
        done = engines._call([*compose, "up"], output, {**os.environ, "PARAM_mood": mood})
    finally:
        engines._call([*compose, "down", "--volumes", "--remove-orphans"], output)
    assert done.returncode == status, done.stdout


def test_reader_that_goes_away_does_not_end_a_deployment(project: Project) -> None:
    process = start([PIPELIFT, "deploy", "build/compose", "--json", "-p", "mood=bad"], project.folder)
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(60) == 3
    assert run_of(project)["status"] == "failed"
    assert eventually(lambda: not listed("{{.Names}}"))


def sleeping(seconds: str) -> bool:
    """Whether the engine, which is on this machine, still does that line of a Dockerfile."""
    return f"sleep\0{seconds}\0".encode() in _command_lines()


def _command_lines() -> Iterator[bytes]:
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # it has just ended
            yield path.read_bytes()


@pytest.mark.parametrize("number", SIGNALS)
def test_signal_ends_what_the_engine_builds(tmp_path: Path, number: signal.Signals) -> None:
    seconds = f"{600 + number}"
    dockerfile = "environments/slow/Dockerfile"
    image = {"reference": "ends/slow:1", "dockerfile": dockerfile, "arguments": {}}
    (images_folder(tmp_path) / "images.json").write_text(json.dumps([image]))
    (tmp_path / dockerfile).parent.mkdir(parents=True)
    (tmp_path / dockerfile).write_text(f'FROM python:3.10-slim\nRUN ["sleep", "{seconds}"]\n')
    process = start([PIPELIFT, "build", "."], tmp_path)
    assert eventually(lambda: sleeping(seconds), 60)
    os.killpg(process.pid, number)
    process.communicate(timeout=60)
    assert process.returncode == 130
    assert eventually(lambda: not sleeping(seconds))
