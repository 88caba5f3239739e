"""On every engine a step's container writes into its own folder of the state and into the registries, nowhere else."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.e2e import engines, projects

pytestmark = pytest.mark.e2e

OWN = ("models", "datasets", "mlruns")
"""What all steps may write to, beside their own folders."""


def _contents(state: Path) -> dict[str, str]:
    """A digest of everything in the state folder but what all steps may write."""
    found = {}
    for path in sorted(state.rglob("*")):
        name = path.relative_to(state).as_posix()
        if not name.startswith(OWN) and not path.is_dir():
            data = os.readlink(path).encode() if path.is_symlink() else path.read_bytes()
            found[name] = hashlib.sha256(data).hexdigest()
    return found


def _told(state: Path) -> dict[str, Any]:
    """What the trespassing step of the last run has tried, and how each attempt ended."""
    files = sorted(
        state.glob("runs/*/steps/trespass/outputs/tried.json"), key=lambda path: path.stat().st_mtime
    )
    told: dict[str, Any] = json.loads(files[-1].read_text())
    return told


def _check(state: Path, before: dict[str, str]) -> None:
    told = _told(state)
    assert set(told["outside"].values()) == {"EROFS"}, told
    assert len(told["outside"]) > 10
    assert set(told["own"].values()) == {"written"}, told
    after = _contents(state)
    assert {name: after.get(name) for name in before} == before
    (own,) = {name.rpartition("/")[0] for name in after if name.endswith("/trespassed")}
    assert own.startswith("runs/") and own.endswith("/steps/trespass"), own


def _victim(folder: Path) -> Path:
    """A state with an earlier run in it."""
    done = subprocess.run(
        [engines.PIPELIFT, "run", "pipeline.py", "-p", "round=0"], cwd=folder, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / ".pipelift"


def _check_reused(folder: Path, count: str) -> None:
    """What the containers made is known to the next run."""
    command = [engines.PIPELIFT, "run", "pipeline.py", "--json", "-p", f"round={count}"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)
    statuses = {one["name"]: one["status"] for one in json.loads(done.stdout.splitlines()[-1])["steps"]}
    assert statuses == {"first": "reused", "trespass": "reused"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return projects.copy("trespassing", tmp_path)


def test_in_local_containers(folder: Path) -> None:
    state = _victim(folder)
    before = _contents(state)
    command = [engines.PIPELIFT, "run", "pipeline.py", "--docker", "-p", "round=1"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    _check(state, before)
    _check_reused(folder, "1")


def test_in_a_deployment(folder: Path) -> None:
    state = _victim(folder)
    before = _contents(state)
    done = subprocess.run(
        [engines.PIPELIFT, "compile", "pipeline.py", "-t", "compose", "-o", "build/compose"],
        cwd=folder, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    command = [engines.PIPELIFT, "deploy", "build/compose", "-p", "round=2"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    _check(state, before)
    _check_reused(folder, "2")


def test_under_docker_compose_up(folder: Path) -> None:
    """What a run has left on its desks is put away and taken over by the next one, and seen by a local run before."""
    state = _victim(folder)
    before = _contents(state)
    outcome = engines.run_compose(folder, {"round": 3})
    assert outcome.succeeded, outcome.log
    _check_reused(folder, "3")
    assert engines.run_compose(folder, {"round": 3}).succeeded
    _check(state, before)
    assert not [path for path in state.glob("desks/*/*") if (path / "log.txt").exists()]


def test_under_airflow(folder: Path, tmp_path: Path) -> None:
    state = _victim(folder)
    before = _contents(state)
    home = tmp_path / "airflow"
    home.mkdir()
    engines.migrate_airflow(home)
    outcome = engines.run_airflow(folder, {"round": 4}, home)
    assert outcome.succeeded, outcome.log
    _check(state, before)
    _check_reused(folder, "4")
