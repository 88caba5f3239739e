"""The launcher and the stand-in under each Python from 3.6 on: in the images of generated Dockerfiles, and here."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from pipelift.compiler import ir
from tests.matrix.environments import ROOT, interpreters
from tests.matrix.versions import LAUNCHERS
from tests.support.folders import read_texts
from tests.support.runtime_world import World, output

PYTHONS = interpreters()
SCRIPT = """
    import os, sys
    from azureml.core import Dataset, Datastore, Run, Workspace
    run = Run.get_context()
    run.log("rows", 3)
    run.tag("kind", "matrix")
    workspace = run.experiment.workspace
    assert isinstance(workspace, Workspace) and Datastore.get(workspace, "workspaceblobstore").name
    assert os.listdir(run.input_datasets["data"]) == ["a.csv"], os.listdir(run.input_datasets["data"])
    os.makedirs(sys.argv[1], exist_ok=True)
    with open(os.path.join(sys.argv[1], "version.txt"), "w") as file:
        file.write("%d.%d" % sys.version_info[:2])
"""
IMPORTS = """
import importlib, os, sys
root = sys.argv[1]
names = []
for folder, _, files in os.walk(os.path.join(root, "pipelift", "runtime")):
    if "standin" not in folder:
        names += [os.path.relpath(os.path.join(folder, name), root)[:-3] for name in files if name.endswith(".py")]
for name in sorted(names):
    if not name.endswith("__main__"):
        importlib.import_module(name.replace(os.sep, ".").replace(".__init__", ""))
print(len(names))
"""


def images() -> dict[str, str]:
    """The local images python:X.Y-slim by version; none where no Docker engine answers."""
    try:
        command = ["docker", "image", "ls", "--format", "{{.Repository}}:{{.Tag}}", "python"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return {}
    names = [name for name in done.stdout.split() if name.endswith("-slim")]
    return {name.partition(":")[2].partition("-")[0]: name for name in names}


IMAGES = images()


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """The import path of an image: nothing but ``pipelift/runtime``."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "runtime", tmp_path / "image" / "pipelift" / "runtime", ignore=ignored)
    return tmp_path / "image"


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    world.put("raw/a.csv", "1")
    arguments = (ir.OutputPath(port="out"),)
    world.step(SCRIPT, inputs=[world.dataset("raw")], outputs=[output()], arguments=arguments)
    (world.root / "step.json").write_text(json.dumps(world.spec()))
    return world


def test_there_are_images_to_try() -> None:
    assert set(LAUNCHERS) - {"3.12", "3.13"} <= set(IMAGES), (
        "start Docker and make the images python:X.Y-slim"
    )


@pytest.mark.parametrize("version", LAUNCHERS)
def test_steps_run_here(world: World, image: Path, version: str) -> None:
    assert version in PYTHONS, f"there is no Python {version}; there are: {', '.join(sorted(PYTHONS))}"
    check(world, image, version, [PYTHONS[version]], {"PATH": os.defpath, "HOME": str(world.root)})


@pytest.mark.parametrize("version", sorted(IMAGES, key=lambda text: int(str(text).partition(".")[2])))
def test_steps_run_in_the_image(world: World, image: Path, version: str) -> None:
    mount = f"{world.root}:{world.root}"
    user = f"{os.getuid()}:{os.getgid()}"
    words = ["docker", "run", "--rm", "--network=none", "--user", user, "-v", mount, "-w", str(world.root)]
    words += ["-e", f"PYTHONPATH={image}", "-e", f"HOME={world.root}", IMAGES[version], "python"]
    check(world, image, version, words, dict(os.environ))


def check(world: World, image: Path, version: str, python: Sequence[str], environ: dict[str, str]) -> None:
    """Every module is imported, a step runs, the next run reuses it, and its script has met the stand-in."""

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        own = {**environ, "PYTHONPATH": str(image)}
        return subprocess.run([*python, *words], capture_output=True, text=True, check=False, env=own)

    imported = run("-c", IMPORTS, str(image))
    assert imported.returncode == 0 and int(imported.stdout) > 20, imported.stderr
    launch = ("-m", "pipelift.runtime")
    state, stores = f"--state={world.state}", f"--stores={world.store.parent}"
    step = (
        "step",
        f"--spec={world.root / 'step.json'}",
        f"--source={world.root / 'source/step'}",
        stores,
        state,
    )
    begun = run(*launch, "begin", "--run-key=k", "--run=r1", stores, state)
    assert (begun.returncode, begun.stdout) == (0, "r1\n"), begun.stderr
    first = run(*launch, *step, "--run-key=k")
    assert (first.returncode, first.stdout, first.stderr) == (0, "", ""), first.stdout + first.stderr
    again = run(*launch, *step, "--run=r2")
    assert (again.returncode, "is reused" in again.stderr) == (0, True), again.stderr
    assert world.record("r2")["metrics"] == {"rows": 3}
    assert read_texts(world.store / "azureml") == {"r1_step/out/version.txt": version}
