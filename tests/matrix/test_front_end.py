"""The compiler's tests under each Python that the package says it runs on."""

from __future__ import annotations

import os
import subprocess

import pytest

from tests.matrix.environments import ROOT, environment, interpreters
from tests.matrix.versions import FRONT_ENDS

TESTS = ("tests/compiler", "tests/agreement", "tests/app")


@pytest.mark.parametrize("version", FRONT_ENDS)
def test_the_front_end_under(version: str) -> None:
    found = interpreters()
    assert version in found, f"there is no Python {version}; there are: {', '.join(sorted(found))}"
    pinned = ("--no-deps", "--require-hashes", "-r", "constraints.txt")
    ours = ("--no-deps", "--no-build-isolation", "-e", ".")
    python = environment(f"python-{version}", found[version], pinned, ours)
    environ = {**os.environ, "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}"}
    command = [str(python), "-m", "pytest", "-n", "2", *TESTS]
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
