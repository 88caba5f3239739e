"""Images built for real: the ways to make an environment that need no base but those of Python, and a push."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from pipelift.backends.containers.build import build
from pipelift.compiler.api import compile_file
from pipelift.compiler.diagnostics import Refused
from tests.e2e.registry import registry
from tests.support.environments import FACTORIES, write_project

NOBODY = "12345:54321"
"""A user that no image knows."""

MANAGED = FACTORIES["user_managed"].replace("/opt/tools/bin/", "/usr/local/bin/")
PINNED = "run.environment = Environment.from_pip_requirements('pip', 'more.txt')"


def compiled(folder: Path, body: str, config: str = "") -> Path:
    write_project(folder, body, config)
    done = compile_file(folder / "pipeline.py", "compose", folder / "out", verify=False)
    assert not done.analysis.failed
    return folder / "out"


def reference(output: Path) -> str:
    (image,) = json.loads((output / "images.json").read_text())
    return str(image["reference"])


@pytest.mark.parametrize(
    ("body", "python", "package"),
    [
        pytest.param("", (3, 8), "", id="the SDK's default"),
        pytest.param(PINNED, (3, 8), "tqdm", id="pip"),
        pytest.param(FACTORIES["docker_image"], (3, 11), "", id="an image"),
        pytest.param(FACTORIES["dockerfile_and_pip"], (3, 9), "tqdm", id="a Dockerfile with packages"),
        pytest.param(FACTORIES["build_context"], (3, 9), "tqdm", id="a build context"),
        pytest.param(MANAGED, (3, 11), "", id="an image with its own Python"),
    ],
)
def test_an_image_runs_for_any_user_with_its_python_and_packages(
    body: str, python: tuple[int, int], package: str, tmp_path: Path
) -> None:
    output = compiled(tmp_path, body)
    build(output, print)
    imports = f"import pipelift.runtime, sys, os{', ' + package if package else ''}"
    code = f"{imports}; print(*sys.version_info[:2], os.getuid(), open('/pipelift/source/train.py').read())"
    command = [
        "docker",
        "run",
        "--rm",
        "--user",
        NOBODY,
        "--entrypoint",
        "python",
        reference(output),
        "-c",
        code,
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split()[:3] == [*map(str, python), "12345"]


def test_images_are_built_once_and_pushed(tmp_path: Path) -> None:
    told: list[str] = []
    with registry() as ours:
        output = compiled(tmp_path, PINNED, f"[images]\nregistry = '{ours.address}/team'\n")
        build(output, told.append, push="")
        assert f"{ours.address}/{next(iter(ours.manifests))}" == reference(output)
        manifest = json.loads(next(iter(ours.manifests.values())))
        assert {layer["digest"] for layer in manifest["layers"]} <= set(ours.blobs)
    told.clear()
    build(output, told.append)
    assert told == [f"[1/1] {reference(output)} exists"]
    subprocess.run(["docker", "image", "rm", reference(output)], capture_output=True, check=True)


def test_an_image_whose_python_cannot_run_the_launcher_is_told_when_it_is_built(tmp_path: Path) -> None:
    dockerfile = "FROM python:3.9-slim\\nRUN ln -sf /bin/false /usr/local/bin/python"
    told: list[str] = []
    with pytest.raises(Refused):
        build(
            compiled(tmp_path, f"run.environment = Environment.from_dockerfile('old', '{dockerfile}')"),
            told.append,
        )
    assert any("Python 3.6 or newer is needed" in line for line in told)
