"""`pipelift build`: what is asked of Docker, and what is told of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipelift.app.cli.main import main
from pipelift.backends.containers.build import TAIL, build
from pipelift.compiler.diagnostics import Refused
from tests.support.folders import write_program
from tests.support.images import ENTRY, images_folder

BUILD = "docker build --progress plain --file environments/e/Dockerfile --tag"


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stand-in for Docker that has the images called old, notes its other calls, and speaks as BuildKit does."""
    write_program(
        tmp_path / "bin/docker",
        f"""#!/bin/sh
case "$*" in *inspect*old*) exit 0;; *inspect*) exit 1;; esac
echo "docker $*" >> {tmp_path}/calls
echo "#1 [internal] load build definition"
echo "#5 [2/6] RUN python -m pip install"
echo "#5 12.3 Collecting pandas"
case "$*" in *bad*) for i in $(seq 50); do echo "line $i"; done; exit 7;; esac
""",
    )
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/bin:/usr/bin")
    return tmp_path / "calls"


def test_what_exists_is_not_built_again(tmp_path: Path, docker: Path) -> None:
    told: list[str] = []
    build(images_folder(tmp_path, "p/old:1", "p/new:1"), told.append)
    assert told == [
        "[1/2] p/old:1 exists",
        "[2/2] building p/new:1",
        "    [2/6] RUN python -m pip install",
        "[2/2] built in 0 s",
    ]
    assert docker.read_text() == f"{BUILD} p/new:1 --build-arg STEP=a b .\n"


def test_all_that_docker_says(tmp_path: Path, docker: Path) -> None:
    told: list[str] = []
    build(images_folder(tmp_path, "p/new:1"), told.append, verbose=True)
    assert "#5 12.3 Collecting pandas" in told


def test_a_failed_build_shows_its_last_lines(tmp_path: Path, docker: Path) -> None:
    told: list[str] = []
    with pytest.raises(Refused, match="docker build of p/bad:1 ended with exit status 7"):
        build(images_folder(tmp_path, "p/bad:1"), told.append)
    assert told[-TAIL:] == [f"line {number}" for number in range(51 - TAIL, 51)]


@pytest.mark.parametrize("content", [None, "x", '["x"]', '{"a": 1}'])
def test_a_strange_folder_is_told(content: str | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "images.json").write_text(content)
    with pytest.raises(Refused, match=r"images\.json"):
        build(tmp_path, print)


def test_without_docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Refused, match="docker command"):
        build(images_folder(tmp_path, "p/a:1"), print)


def test_images_are_pushed_under_the_name_of_the_registry(tmp_path: Path, docker: Path) -> None:
    told: list[str] = []
    build(images_folder(tmp_path, "p/old:1"), told.append, push="ours.azurecr.io/team/")
    assert docker.read_text().splitlines() == [
        "docker tag p/old:1 ours.azurecr.io/team/p/old:1",
        "docker push ours.azurecr.io/team/p/old:1",
    ]
    assert 'registry = "ours.azurecr.io/team/"' in told[-1]


def test_images_of_a_registry_are_pushed_as_they_are(tmp_path: Path, docker: Path) -> None:
    build(images_folder(tmp_path, "ours.azurecr.io/p/old:1"), lambda line: None, push="")
    build(images_folder(tmp_path, "ours.azurecr.io/p/old:1"), lambda line: None, push="ours.azurecr.io")
    assert docker.read_text().splitlines() == ["docker push ours.azurecr.io/p/old:1"] * 2
    with pytest.raises(Refused, match=r"\[images\]"):
        build(images_folder(tmp_path, "p/old:1"), lambda line: None, push="")


def test_a_pip_configuration_is_there_for_the_build_alone(tmp_path: Path, docker: Path) -> None:
    (tmp_path / "pip.conf").write_text("[global]\n")
    arguments = ["build", str(images_folder(tmp_path, "p/new:1")), "--pip-config", str(tmp_path / "pip.conf")]
    assert CliRunner().invoke(main, arguments).exit_code == 0
    assert f"--secret id=pip,src={tmp_path}/pip.conf --build-arg" in docker.read_text()


def test_the_command_says_what_failed(tmp_path: Path, docker: Path) -> None:
    ran = CliRunner().invoke(main, ["build", str(images_folder(tmp_path, "p/bad:1")), "--push", "ours"])
    assert ran.exit_code == 1
    assert "error[PL553]: docker build of p/bad:1 ended with exit status 7" in ran.output.splitlines()


@pytest.mark.parametrize(
    "change",
    [
        {"reference": None},
        {"reference": "--network=host"},
        {"reference": "-v"},
        {"dockerfile": "../Dockerfile"},
        {"dockerfile": "/etc/passwd"},
        {"dockerfile": "environments/../Dockerfile"},
        {"arguments": {"A": 5}},
        {"arguments": []},
    ],
    ids=str,
)
def test_images_of_a_received_folder_have_the_form_that_is_written(
    change: dict[str, object], docker: Path, tmp_path: Path
) -> None:
    (tmp_path / "images.json").write_text(json.dumps([{"reference": "a:1", **ENTRY, **change}]))
    with pytest.raises(Refused, match="does not list images"):
        build(tmp_path, lambda line: None)
    assert not (tmp_path / "calls").exists()
