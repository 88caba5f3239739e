"""Several runs at once on one state folder: none harms another, none waits for another, whatever they share."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

from tests.support.reuse_project import Project
from tests.support.runtime_world import PLAIN_PYTHON

LONGEST = 60.0  # seconds; a run alone takes about one


def _start(project: Project, *options: str) -> subprocess.Popen[str]:
    pipelift = "from pipelift.app.cli.main import main; main()"
    command = [
        sys.executable,
        "-c",
        pipelift,
        "run",
        str(project.file),
        "--json",
        "--python",
        PLAIN_PYTHON,
        *options,
    ]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def _statuses(process: subprocess.Popen[str], deadline: float) -> dict[str, str]:
    told, _ = process.communicate(timeout=max(1.0, deadline - time.monotonic()))
    assert process.returncode == 0
    return {step["name"]: step["status"] for step in json.loads(told.splitlines()[-1])["steps"]}


def test_runs_with_the_same_keys_all_end_well(tmp_path: Path) -> None:
    project = Project(tmp_path)
    deadline = time.monotonic() + LONGEST
    processes = [_start(project) for _ in range(3)]
    for process in processes:
        assert set(_statuses(process, deadline).values()) <= {"completed", "reused"}
    for path in project.state.glob("reuse/*.json"):
        for output in json.loads(path.read_text())["outputs"].values():
            assert (project.folder / "store" / output["path"] / "out.txt").is_file()
    assert (project.folder / "store/models/out.txt").read_text() == "hello --rate 0.5 --mode fast"
    assert not (project.folder / "store/.pipelift").exists()
    # Each may have published over the others' models; who did so last need not have made the `prep` that stands.
    assert project.run()["prep"] == "reused"
    assert set(project.run().values()) == {"reused"}


def test_runs_with_different_keys_do_not_mix(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.edit("pipeline.py", '(store, "models")', '(store, "models/{run-id}")')
    deadline = time.monotonic() + LONGEST
    processes = {rate: _start(project, "--param", f"rate={rate}") for rate in ("0.1", "0.2", "0.3")}
    for process in processes.values():
        _statuses(process, deadline)
    written = sorted(path.read_text() for path in (project.folder / "store/models").glob("*/out.txt"))
    assert written == [f"hello --rate {rate} --mode fast" for rate in processes]
    # Runs may each have made a result of `prep`; one of them stands, and with it what was made of it.
    again = [project.run("--param", f"rate={rate}") for rate in processes]
    assert {statuses["prep"] for statuses in again} == {"reused"}
    assert "reused" in {statuses["train model"] for statuses in again}
