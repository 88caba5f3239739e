"""The runtime on the oldest and the newest Python at hand, laid out as in an image."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.folders import ROOT, read_texts
from tests.support.interpreters import OLDEST
from tests.support.runtime_world import COUNT, STORE, TO_OUT, World, output

RUNTIME = ROOT / "runtime"
HEAVY = ("asyncio", "email", "http", "multiprocessing", "ssl", "tempfile", "urllib.request", "uuid", "xml")


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """The import path of an image: nothing but ``pipelift/runtime``."""
    folder = tmp_path / "image"
    shutil.copytree(RUNTIME, folder / "pipelift" / "runtime", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def _modules() -> list[Path]:
    return sorted(RUNTIME.rglob("*.py"))


@pytest.mark.parametrize("path", _modules(), ids=lambda path: path.relative_to(RUNTIME).as_posix())
def test_every_module_is_python_3_6(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"), feature_version=OLDEST)
    newer = (getattr(ast, "NamedExpr", ()), getattr(ast, "Match", ()))
    assert not [node for node in ast.walk(tree) if isinstance(node, newer)]
    named = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    named |= {
        node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and not node.level
    }
    ours = {name for name in named if name.split(".")[0] in ("azureml", "pipelift")}
    assert {name.split(".")[0] for name in named - ours} <= {*sys.stdlib_module_names, "pandas", "mlflow"}
    assert "__future__" not in named and "dataclasses" not in named


def test_steps_run_from_an_image(world: World, image: Path, python: str) -> None:
    world.step(COUNT, inputs=[world.dataset("raw")], outputs=[output()], arguments=TO_OUT)
    world.write_spec()

    def launch(*arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": os.defpath, "PYTHONPATH": str(image), "HOME": str(world.root)}
        command = [python, "-m", "pipelift.runtime", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)

    step = ["step", *world.options()]
    places = (f"--state={world.state}", f"--stores={world.store.parent}")
    assert launch("begin", "--run-key=k", "--run=r1", *places).stdout == "r1\n"
    first = launch(*step, "--run-key=k")
    assert (first.returncode, first.stdout, first.stderr) == (0, "", "")
    again = launch(*step, "--run=r2")
    assert (again.returncode, "is reused" in again.stderr) == (0, True)
    assert world.record("r2")["metrics"] == {"rows": 3}
    assert read_texts(world.store / "azureml") == {
        "r1_step/out/a.txt": "made",
        "r1_step/out/b.txt": "made too",
    }


def test_importing_the_launcher_is_cheap(image: Path, python: str) -> None:
    code = "import sys; before = set(sys.modules); import pipelift.runtime.launch; print(*set(sys.modules) - before)"
    environment = {"PYTHONPATH": str(image)}
    done = subprocess.run(
        [python, "-S", "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    assert not set(HEAVY) & set(done.stdout.split())


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    world.put("raw/a.csv", "1")
    assert STORE
    return world
