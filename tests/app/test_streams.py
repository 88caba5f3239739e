"""What becomes of the standard streams changes nothing about how a run ends, and no printed result is lost silently.

Each case is the real command in a process of its own, whose stream is left by its reader, closed, or full.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from pipelift.app.streams import open_steady
from tests.support.ended import PIPELIFT, Project, start

WAYS = ("left", "closed", "full")
NAMES = {1: "stdout", 2: "stderr"}


def ended(command: list[str], folder: Path, way: str, descriptor: int, **more: Any) -> tuple[int, str]:
    """The exit status of a command that this happens to, and what it says on its other stream."""
    name = NAMES[descriptor]
    with open("/dev/full", "wb") as full:
        streams: dict[str, Any] = {name: full} if way == "full" else {}
        closed = (descriptor,) if way == "closed" else ()
        process = start(command, folder, closed=closed, **streams, **more)
    if way == "left":
        leaving = getattr(process, name)
        leaving.readline()
        leaving.close()
        setattr(process, name, None)
    said = process.communicate(timeout=60)[2 - descriptor]
    assert b"Traceback" not in said and b"Exception ignored" not in said
    return process.returncode, said.decode()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("words", [("--json",), ()])
@pytest.mark.parametrize(("mood", "status"), [("fine", 0), ("bad", 3)])
def test_run_goes_on_to_its_end_and_says_how_it_was(
    project: Project, way: str, words: tuple[str, ...], mood: str, status: int
) -> None:
    descriptor = 1 if words else 2
    got, said = ended(project.command(*words, mood=mood), project.folder, way, descriptor)
    assert got == status, said
    about = json.loads((project.run_folder / "run.json").read_text())
    assert about["status"] == ("failed" if status else "completed")
    assert (project.run_folder / "report.html").is_file()
    log = (project.run_folder / "steps/act/log.txt").read_text()
    assert log == "".join(f"line {number}\n" for number in range(2000))
    if words:
        assert ("standard output cannot be written: No space left on device" in said) == (way == "full")


def test_run_with_all_streams_closed(project: Project) -> None:
    process = start(project.command(mood="bad"), project.folder, closed=(0, 1, 2))
    process.communicate(timeout=60)
    assert process.returncode == 3
    assert json.loads((project.run_folder / "run.json").read_text())["status"] == "failed"


PRINTING = {
    "check": (1, ["check", "pipeline.py"]),
    "graph": (0, ["graph", "good.py", "--format", "json"]),
    "run --dry-run": (0, ["run", "good.py", "--dry-run"]),
    "diff": (1, ["diff", "good.py", "other.py"]),
    "runs": (0, ["runs", "good.py"]),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("command", PRINTING)
def test_what_only_prints_has_its_status_unless_its_result_is_lost(
    project: Project, way: str, command: str
) -> None:
    good = (project.folder / "pipeline.py").read_text()
    (project.folder / "good.py").write_text(good)
    (project.folder / "other.py").write_text(good.replace('name="act"', 'name="do"'))
    (project.folder / "pipeline.py").write_text(good.replace("main.py", "nothing.py"))
    (project.folder / ".pipelift/runs").mkdir(parents=True)
    status, words = PRINTING[command]
    got, said = ended([PIPELIFT, *words], project.folder, way, 1)
    assert got == (74 if way == "full" else status), said
    assert ("standard output cannot be written: No space left on device" in said) == (way == "full")


@pytest.mark.parametrize("way", WAYS)
def test_what_makes_files_has_made_them(project: Project, way: str) -> None:
    command = [PIPELIFT, "compile", "pipeline.py", "-t", "ir", "-o", "out"]
    assert ended(command, project.folder, way, 1)[0] == 0
    assert (project.folder / "out/manifest.json").is_file()


def test_no_file_gets_the_number_of_a_closed_stream(project: Project) -> None:
    """What a child prints on its standard error must not land in a file that was opened as number 2."""
    process = start(project.command(), project.folder, closed=(2,))
    process.communicate(timeout=60)
    assert process.returncode == 0
    for path in project.run_folder.rglob("*.json"):
        json.loads(path.read_text())


def test_non_blocking_pipe_gets_everything(project: Project) -> None:
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    process = start([PIPELIFT, "schema"], project.folder, stdout=writing)
    os.close(writing)
    assert process.stderr is not None
    with os.fdopen(reading, "rb") as stream:
        json.loads(stream.read())
    assert process.stderr.read() == b""
    assert process.wait(60) == 0


def test_log_on_a_full_disk_falls_silent(tmp_path: Path) -> None:
    (tmp_path / "log").symlink_to("/dev/full")
    with open_steady(tmp_path / "log") as stream:
        for _ in range(2):
            stream.write("a line\n")
            stream.flush()
    with open_steady(tmp_path / "new") as stream:
        stream.write("é\n")
    assert (tmp_path / "new").read_text(encoding="utf-8") == "é\n"


def test_streams_of_the_shell_arrive_as_before(project: Project) -> None:
    done = subprocess.run([PIPELIFT, "explain", "PL101"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("PL101") and done.stderr == ""
