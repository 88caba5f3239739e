"""Walks through folders: charged by what they visit, never a part for the whole, and nothing of a tree in memory."""

from __future__ import annotations

import os
import subprocess
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelift.compiler.driver import analyse
from pipelift.compiler.evaluate.library import shutil as shutil_library
from pipelift.compiler.evaluate.library import walks
from pipelift.compiler.options import Options
from tests.compiler.lower.planted_programs import BEGINNING, ENDING, FILES
from tests.support.budgets import check_ends_in_time
from tests.support.folders import write_files

START = BEGINNING + "import glob, os, pathlib, shutil\n"
STEP = (
    'step = PythonScriptStep("a.py", name=str(found), source_directory="src", compute_target="cpu")' + ENDING
)

WAYS = {
    "read": "found = open('many/0001.txt').read()",
    "walk": "found = sum(len(files) for _, _, files in os.walk('many'))",
    "glob": "found = len(glob.glob('many/*.txt'))",
    "rglob": "found = len(list(pathlib.Path('many').rglob('*.txt')))",
    "Path.glob": "found = len(list(pathlib.Path('many').glob('**/*.txt')))",
    "copytree": "shutil.copytree('many', 'src/many')\nfound = 'copied'",
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_files(tmp_path_factory.mktemp("walks"), FILES)
    return write_files(folder, {f"many/{number:04}.txt": "x" for number in range(300)})


def codes(folder: Path, body: str) -> set[str]:
    (folder / "pipeline.py").write_text(START + body + "\n" + STEP)
    analysis = analyse(folder / "pipeline.py", Options(cwd=folder))
    return {one.code for one in analysis.reporter}


@pytest.mark.parametrize("way", [way for way in WAYS if way != "read"])
def test_a_folder_that_is_too_large_is_unknown_and_no_part_of_it_stands_for_the_whole(
    way: str, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not codes(project, WAYS[way]) & {"PL110", "PL320"}
    monkeypatch.setattr(walks, "MAX_WALKED", 200)
    monkeypatch.setattr(shutil_library, "MAX_COPIED", 200)
    assert codes(project, WAYS[way]) & {"PL110", "PL112", "PL320"}


@pytest.mark.parametrize("way", WAYS)
def test_a_walk_without_end_uses_up_the_budget(way: str, project: Path) -> None:
    told: set[str] = set()
    body = f"while True:\n    {WAYS[way].splitlines()[0]}"
    check_ends_in_time(lambda: told.update(codes(project, body)))
    assert told & {"PL107", "PL108"}  # the whole budget, or that of a loop


def test_a_copied_tree_is_not_held_in_memory(tmp_path: Path) -> None:
    write_files(tmp_path, FILES)
    for number in range(10):
        write_files(tmp_path, {f"data/{number}.bin": bytes([number]) * 2_000_000})
    codes(tmp_path, "found = 1")
    tracemalloc.start()
    try:
        codes(tmp_path, "shutil.copytree('data', 'src/data')\nfound = 1")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 10_000_000


@pytest.fixture
def deep(tmp_path: Path) -> Iterator[Path]:
    """A project whose source directory has 1,500 folders in one another; Python's own clearing up cannot take them."""
    write_files(tmp_path, FILES)
    handle = os.open(tmp_path / "src", os.O_RDONLY)
    for _ in range(1_500):
        os.mkdir("deep", dir_fd=handle)
        inner = os.open("deep", os.O_RDONLY, dir_fd=handle)
        os.close(handle)
        handle = inner
    os.close(handle)
    yield tmp_path
    subprocess.run(["rm", "-rf", str(tmp_path / "src")], check=True)


def test_1500_nested_folders_end_in_an_answer(deep: Path) -> None:
    before = time.process_time()
    told = codes(deep, "list(os.walk('src'))\nlist(pathlib.Path('src').rglob('*'))\nfound = 1")
    assert "PL312" in told and "PL110" not in told
    assert time.process_time() - before < 10
