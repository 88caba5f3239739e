"""Docker's command line, with a program in its place that does what each test needs."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelift.backends.containers.docker import Docker, find_compose, find_docker
from tests.support.folders import write_program

Script = Callable[[str], Docker]


@pytest.fixture
def script(tmp_path: Path) -> Script:
    """`script(text)` is a docker that is a shell script."""

    def make(text: str) -> Docker:
        program = write_program(tmp_path / "docker", f"#!/bin/sh\n{text}\n")
        found = find_docker({"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}", "SAID": "a ü"})
        assert found is not None and found.program == str(program)
        return found

    return make


def test_an_answer_has_output_errors_and_status(script: Script, tmp_path: Path) -> None:
    docker = script('echo "$SAID" "$@"; pwd >&2; cat; exit 3')
    answer = docker.ask("image", "inspect", "a b", folder=tmp_path)
    assert (answer.returncode, answer.stdout) == (3, "a ü image inspect a b\n")
    assert Path(answer.stderr.strip()).samefile(tmp_path)


def test_what_is_no_text_is_an_answer_too(script: Script) -> None:
    assert script(r"printf '\377'").ask("info").stdout == "\ufffd"


def test_a_docker_that_does_not_answer_is_left(script: Script) -> None:
    answer = script("exec sleep 60").ask("info", patience=0.2)
    assert answer.returncode == 1 and "timed out" in answer.stderr


def test_a_docker_that_cannot_be_started_is_an_answer(tmp_path: Path) -> None:
    answer = Docker(str(tmp_path / "none")).ask("info")
    assert answer.returncode == 1 and "No such file" in answer.stderr
    assert find_docker({"PATH": str(tmp_path)}) is None


@pytest.mark.parametrize(
    ("text", "has_compose"),
    [
        ("echo 2.26.1", True),
        ("echo v2.1.0", True),
        ("echo 1.29.2", False),
        ("echo none >&2; exit 125", False),
    ],
)
def test_compose_is_there_from_version_2_on(text: str, has_compose: bool, script: Script) -> None:
    answer = find_compose(script(text))
    assert (answer.returncode == 0) is has_compose
    assert (answer.stdout or answer.stderr).strip() in text
