"""`pipelift deploy` on real Compose: success, failure, Ctrl-C, a killed deployment, resumption, nothing left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e import engines, projects
from tests.e2e.deployed import Done, statuses, summary
from tests.support.ended import signals_as_from_a_shell

pytestmark = pytest.mark.e2e

NAME = "supervised"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One compiled project for all tests: its images are built once, and its results are there to be reused."""
    folder = projects.copy(NAME, tmp_path_factory.mktemp("deploy"))
    engines._compile(folder, "compose")
    return folder


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    """No test may leave a container or a network."""
    yield
    assert left() == []


def left() -> list[str]:
    listed: list[str] = []
    for kind, shown in ((["ps", "--all"], "{{.Names}}"), (["network", "ls"], "{{.Name}}")):
        done = engines._call(["docker", *kind, "--format", shown], Path.cwd())
        listed += [name for name in done.stdout.split() if name.startswith(NAME)]
    return listed


def deploy(folder: Path, *words: str) -> Done:
    command = [engines.PIPELIFT, "deploy", "build/compose", "--json", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)


def started(folder: Path, *words: str) -> tuple[subprocess.Popen[str], str]:
    """A deployment whose step `wait` is at work, and the id of its run."""
    command = [engines.PIPELIFT, "deploy", "build/compose", "-p", "mood=slow", *words]
    process = subprocess.Popen(
        command, cwd=folder, stderr=subprocess.PIPE, text=True, preexec_fn=signals_as_from_a_shell
    )
    assert process.stderr is not None
    run = ""
    for line in process.stderr:
        run = line.split()[1].rstrip(",") if line.startswith("run ") else run
        if "waiting" in line:
            return process, run
    raise AssertionError("the step has not started")


def test_outputs_are_those_of_the_local_run_and_belong_to_the_user(folder: Path, tmp_path: Path) -> None:
    done = deploy(folder, "-p", "times=3")
    assert done.returncode == 0, done.stdout + done.stderr
    assert set(statuses(done).values()) == {"completed"}
    outputs = {port: Path(path) for step in summary(done)["steps"] for port, path in step["outputs"].items()}  # type: ignore[attr-defined]
    assert (outputs["moods"] / "moods.txt").read_text() == "finefinefine"
    assert outputs["moods"].stat().st_uid == os.getuid()
    local = engines.run_local(projects.copy(NAME, tmp_path), {"times": 3})
    assert local.outputs["feel", "moods"] == engines._tree(outputs["moods"])
    metrics = {step["name"]: step["metrics"] for step in summary(done)["steps"]}  # type: ignore[attr-defined]
    assert metrics == {"write": {}, "feel": {}, "wait": {"waited": 1}}
    assert {"event": "log", "step": "feel", "text": "my mood is fine"} in [
        {key: event[key] for key in ("event", "step", "text") if key in event}
        for event in map(json.loads, done.stdout.splitlines()[:-1])
    ]
    again = deploy(folder, "-p", "times=3")
    assert set(statuses(again).values()) == {"reused"}
    assert statuses(deploy(folder, "-p", "times=3", "--refresh", "feel")) == {
        "write": "reused",
        "feel": "completed",
        "wait": "reused",
    }


def test_failed_step_ends_the_run_which_can_be_resumed(folder: Path) -> None:
    begun = time.monotonic()
    done = deploy(folder, "-p", "mood=bad")
    assert done.returncode == 3, done.stdout + done.stderr
    assert time.monotonic() - begun < 60
    assert statuses(done) == {"write": "completed", "feel": "failed", "wait": "cancelled"}
    assert "step 'feel' failed with exit status 7" in done.stderr
    assert "my mood is bad" in done.stderr
    resumed = deploy(folder, "--set", "resume=last", "-p", "mood=fine")
    assert resumed.returncode == 0, resumed.stdout + resumed.stderr
    assert summary(resumed)["run_id"] == summary(done)["run_id"]
    assert statuses(resumed) == {"write": "reused", "feel": "completed", "wait": "completed"}
    refused = deploy(folder, "--set", "resume=last")
    assert (refused.returncode, "PL532" in refused.stderr) == (1, True)


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_deployment_stops_all_steps(folder: Path, signum: signal.Signals) -> None:
    process, run = started(folder)
    process.send_signal(signum)
    process.communicate(timeout=60)
    assert process.returncode == 130
    assert json.loads((folder / ".pipelift/runs" / run / "run.json").read_text())["status"] == "cancelled"


def test_killed_deployment_is_cleared_away_by_the_next_and_no_other_is(folder: Path) -> None:
    killed, dead = started(folder)
    living, alive = started(folder)
    killed.kill()
    killed.communicate()
    assert any(dead in name for name in left())
    try:
        assert deploy(folder, "--no-start").returncode == 0
        assert not any(dead in name for name in left())
        assert any(alive in name for name in left())
        assert living.poll() is None
    finally:
        living.send_signal(signal.SIGTERM)
        living.communicate(timeout=60)


def test_run_in_the_background(folder: Path, wait_for: Callable[[Callable[[], bool]], None]) -> None:
    done = deploy(folder, "--no-wait", "-p", "mood=slow")
    assert done.returncode == 0, done.stderr
    run, process = done.stderr.split("run ")[1].split()[0], int(done.stderr.split("kill ")[1])
    log = folder / ".pipelift/runs" / run / "deploy.log"
    wait_for(lambda: "[wait] waiting" in log.read_text())
    os.kill(process, signal.SIGTERM)
    wait_for(lambda: f"run {run} cancelled" in log.read_text() and not left())


@pytest.fixture
def wait_for() -> Callable[[Callable[[], bool]], None]:
    def wait(happened: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 60
        while not happened():
            assert time.monotonic() < deadline, "it has not happened in a minute"
            time.sleep(0.1)

    return wait


def test_wrong_wishes_are_refused_before_anything_runs(folder: Path) -> None:
    for words, code in (
        (["-p", "times=many"], "PL503"),
        (["-p", "tmies=3"], "PL502"),
        (["--refresh", "wirte"], "PL530"),
        (["--set", "gpu=maybe"], "PL554"),
    ):
        done = deploy(folder, *words)
        assert (done.returncode, code in done.stderr) == (1, True), done.stderr
