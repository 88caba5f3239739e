"""What docs/testing.md shows runs as it stands there."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.folders import ROOT

BLOCKS = re.findall(r"```python\n(.*?)```", (ROOT / "docs/testing.md").read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture(scope="module")
def fresh_iris(tmp_path_factory: pytest.TempPathFactory) -> Path:
    left_out = shutil.ignore_patterns("store", ".pipelift", "build")
    folder = Path(
        shutil.copytree(ROOT / "examples/iris", tmp_path_factory.mktemp("made") / "iris", ignore=left_out)
    )
    subprocess.run([sys.executable, "make_data.py"], cwd=folder, check=True)
    return folder


@pytest.fixture
def iris(fresh_iris: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(fresh_iris, tmp_path / "iris"))


def test_recipe_for_tests(iris: Path) -> None:
    _, recipe = BLOCKS
    (iris / "test_pipeline.py").write_text(recipe, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "test_pipeline.py"], cwd=iris, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "4 passed" in done.stdout


def test_program(iris: Path) -> None:
    program, _ = BLOCKS
    whole = program.replace('only=["iris report"],', "")
    assert "PL531" in said(program, iris)
    said(whole, iris)
    assert "iris report completed" in said(program, iris)


def said(program: str, folder: Path) -> str:
    """What a program prints, which ends well."""
    done = subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
