"""Ctrl-C, SIGTERM and a closed terminal, at each moment of each command: its exit status, and nothing left behind.

The commands are real, in processes of their own that take signals as from a terminal's shell; docker is a stand-in,
which tests/e2e replaces by the engine.
"""

from __future__ import annotations

import json
import os
import pty
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipelift.app.interrupts import SIGNALS, caught
from tests.support.ended import PIPELIFT, Project, alive, eventually, signals_as_from_a_shell, start

Started = subprocess.Popen[bytes]


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    project = Project(tmp_path_factory.mktemp("ends") / "project")
    command = [PIPELIFT, "compile", "pipeline.py", "-t", "compose", "-o", "out", "--no-verify"]
    subprocess.run(command, cwd=project.folder, check=True, capture_output=True)
    return project.folder / "out"


@pytest.fixture
def compiled(project: Project, output: Path) -> Project:
    """The project with its output folder for Compose."""
    shutil.copytree(output, project.folder / "out")
    return project


@pytest.fixture
def as_from_a_shell() -> Iterator[None]:
    """Signals have their defaults, whoever has started the tests."""
    before = {number: signal.signal(number, signal.SIG_DFL) for number in SIGNALS}
    yield
    for number, old in before.items():
        signal.signal(number, old)


def working(project: Project, **fields: Any) -> tuple[Started, list[int]]:
    """A run whose step is at work, and the processes of the step."""
    process = start(project.command(mood="slow"), project.folder, **fields)
    log = project.folder / ".pipelift/runs"

    def pids() -> list[str]:
        found = [path.read_text() for path in log.glob("*/steps/act/log.txt")]
        return found[0].split()[1:3] if found and "\n" in found[0] else []

    assert eventually(lambda: len(pids()) == 2), process.communicate(timeout=5)
    return process, [int(pid) for pid in pids()]


def status(project: Project) -> str:
    return str(json.loads((project.run_folder / "run.json").read_text())["status"])


@pytest.mark.parametrize("to_all", [False, True], ids=["alone", "with its group"])
@pytest.mark.parametrize("number", SIGNALS)
def test_signal_ends_the_step_and_all_that_it_started(
    project: Project, number: signal.Signals, to_all: bool
) -> None:
    process, pids = working(project)
    (os.killpg if to_all else os.kill)(process.pid, number)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130, errors
    assert status(project) == "cancelled"
    assert not any(alive(pid) for pid in pids)
    assert (project.run_folder / "report.html").is_file()


def test_second_signal_while_the_step_stops_changes_nothing(project: Project) -> None:
    process, pids = working(project)
    log = project.run_folder / "steps/act/log.txt"
    for number in (signal.SIGINT, signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        process.send_signal(number)
        assert eventually(lambda: "asked" in log.read_text())
    _, errors = process.communicate(timeout=30)
    assert (process.returncode, status(project)) == (130, "cancelled")
    assert errors.count(b"interrupted") == 1
    assert not any(alive(pid) for pid in pids)


def test_closed_terminal_ends_the_run_in_order(project: Project) -> None:
    """Its streams are gone with it: what the run still says has nowhere to go."""
    master, slave = pty.openpty()

    def in_a_terminal() -> None:
        os.setsid()
        signals_as_from_a_shell()
        os.close(os.open(os.ttyname(slave), os.O_RDWR))  # which makes it the controlling terminal

    process = subprocess.Popen(
        project.command(mood="slow"),
        cwd=project.folder,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        preexec_fn=in_a_terminal,
    )
    os.close(slave)
    logs = (project.folder / ".pipelift/runs").glob
    assert eventually(lambda: any("\n" in path.read_text() for path in logs("*/steps/act/log.txt")))
    pids = [int(pid) for pid in (project.run_folder / "steps/act/log.txt").read_text().split()[1:3]]
    os.close(master)
    assert process.wait(30) == 130
    assert status(project) == "cancelled"
    assert not any(alive(pid) for pid in pids)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_ignored_signal_stays_ignored(project: Project, number: signal.Signals) -> None:
    """Under nohup, or in the background of a script, a run goes on."""
    process, _ = working(project, ignored=(number,))
    os.killpg(process.pid, number)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.5)
    process.terminate()
    process.communicate(timeout=30)
    assert process.returncode == 130


def test_step_of_a_killed_run_ends_too(project: Project) -> None:
    process, pids = working(project)
    process.kill()
    process.communicate()
    assert eventually(lambda: not any(alive(pid) for pid in pids))


MOMENTS = {
    "compose reads the project": ("config", {}),
    "an image is built": ("build", {"missing": "1"}),
    "the run begins": ("begin", {}),
    "a step runs": ("act", {}),
}


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("moment", MOMENTS)
def test_signal_ends_a_deployment_at_each_moment(
    compiled: Project, moment: str, number: signal.Signals
) -> None:
    word, variables = MOMENTS[moment]
    environ = compiled.docker(slow=word, **variables)
    process = start([PIPELIFT, "deploy", "out"], compiled.folder, environ=environ)
    docker = compiled.slow()
    os.killpg(process.pid, number)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130, errors
    assert not alive(docker)
    assert b"Traceback" not in errors
    runs = compiled.folder / "docker/state/runs"
    assert [json.loads(path.read_text())["status"] for path in runs.glob("*/run.json")] == (
        ["cancelled"] if word in ("begin", "act") else []
    )
    if word in ("begin", "act"):
        assert compiled.calls()[-1].startswith("network ls")


@pytest.mark.parametrize("number", SIGNALS)
def test_signal_does_not_disturb_the_clearing_away(compiled: Project, number: signal.Signals) -> None:
    environ = compiled.docker(slow="--quiet", seconds="1")
    process = start([PIPELIFT, "deploy", "out"], compiled.folder, environ=environ)
    compiled.slow()
    os.killpg(process.pid, number)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 0, errors
    assert compiled.calls()[-1].startswith("network ls --quiet")


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("command", [["build", "out"], ["run", "pipeline.py", "--docker"]])
def test_signal_ends_the_build_of_an_image(
    compiled: Project, command: list[str], number: signal.Signals
) -> None:
    environ = compiled.docker(slow="build", missing="1")
    process = start([PIPELIFT, *command], compiled.folder, environ=environ)
    docker = compiled.slow()
    os.killpg(process.pid, number)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130, errors
    assert not alive(docker)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_signal_ends_a_deployment_in_the_background(compiled: Project, number: signal.Signals) -> None:
    environ = compiled.docker(slow="act")
    command = [PIPELIFT, "deploy", "out", "--no-wait"]
    process = start(command, compiled.folder, environ=environ)
    said, errors = process.communicate(timeout=30)
    assert process.returncode == 0, errors
    background = int(said.split(b"kill ")[1])
    docker = compiled.slow()
    os.kill(background, number)
    assert eventually(lambda: not alive(background) and not alive(docker))
    (run,) = (compiled.folder / "docker/state/runs").iterdir()
    assert json.loads((run / "run.json").read_text())["status"] == "cancelled"
    assert "cancelled" in (run / "deploy.log").read_text()


def test_deployment_in_the_background_runs_no_file_of_the_current_folder(compiled: Project) -> None:
    mark = compiled.folder / "executed"
    for name in ("json", "subprocess", "pipelift", "rich", "pydantic"):
        (compiled.folder / f"{name}.py").write_text(f"open({str(mark)!r}, 'a').write(__name__)")
    command = [PIPELIFT, "deploy", "out", "--no-wait"]
    process = start(command, compiled.folder, environ=compiled.docker())
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 0, errors
    (run,) = (compiled.folder / "docker/state/runs").iterdir()
    assert eventually(lambda: json.loads((run / "run.json").read_text())["status"] == "completed")
    assert not mark.exists()


@pytest.mark.usefixtures("as_from_a_shell")
def test_interrupts_between_two_acts_are_not_lost() -> None:
    acts: list[str] = []
    with caught() as interrupts:
        os.kill(os.getpid(), signal.SIGTERM)
        assert interrupts.came
        with interrupts.calling(lambda: acts.append("one")):
            os.kill(os.getpid(), signal.SIGHUP)
        os.kill(os.getpid(), signal.SIGHUP)
        with pytest.raises(KeyboardInterrupt), interrupts.raising():
            raise AssertionError("it raises on the way in")
    assert acts == ["one", "one"]


@pytest.mark.usefixtures("as_from_a_shell")
def test_first_of_several_signals_raises_once() -> None:
    cleared = False
    with caught() as interrupts:
        try:
            with interrupts.raising():
                os.kill(os.getpid(), signal.SIGTERM)
        except KeyboardInterrupt:
            os.kill(os.getpid(), signal.SIGTERM)
            cleared = True
    assert cleared
