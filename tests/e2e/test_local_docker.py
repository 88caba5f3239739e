"""`pipelift run --docker`: the steps in their images give what processes give, and share their results with them."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import pytest

from tests.e2e import engines, projects
from tests.e2e.deployed import Done, statuses

pytestmark = pytest.mark.e2e


def run(folder: Path, *words: str) -> Done:
    command = [engines.PIPELIFT, "run", "pipeline.py", "--json", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)


def test_steps_in_their_images(tmp_path: Path) -> None:
    folder = projects.copy("supervised", tmp_path)
    done = run(folder, "--docker", "-p", "times=3")
    assert done.returncode == 0, done.stdout + done.stderr
    assert set(statuses(done).values()) == {"completed"}
    (moods,) = folder.rglob("moods.txt")
    assert moods.read_text() == "finefinefine"
    assert set(statuses(run(folder, "-p", "times=3")).values()) == {"reused"}
    failed = run(folder, "--docker", "-p", "mood=bad", "-p", "times=3")
    assert failed.returncode == 3
    assert statuses(failed) == {"write": "reused", "feel": "failed", "wait": "cancelled"}
    resumed = run(folder, "--docker", "--resume", "-p", "mood=good", "--only", "feel")
    assert statuses(resumed) == {"write": "reused", "feel": "completed"}


def test_interrupted_run_leaves_no_container(tmp_path: Path) -> None:
    folder = projects.copy("supervised", tmp_path)
    command = [engines.PIPELIFT, "run", "pipeline.py", "--docker", "-p", "mood=slow"]
    process = subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    next(line for line in process.stderr if "waiting" in line)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 130
    left = engines._call(["docker", "ps", "--all", "--format", "{{.Names}}"], folder)
    assert "pipelift-" not in left.stdout
