"""What `Preloaded` starts is what a Python of its own would be: streams, status, arguments, kfp's YAML."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelift.backends.kubeflow import kfp_compiler
from tests.conftest import GOLDEN
from tests.support.preloaded import Preloaded

PROGRAM = """
import os, sys
print(__name__, sys.argv, sys.path[0], os.getcwd(), os.environ.get("COLOUR"), sys.stdin.read(), flush=True)
print("to the other stream é", file=sys.stderr)
{end}
"""
ENDS = {
    "": 0,
    "sys.exit(3)": 3,
    "sys.exit('a text')": 1,
    "sys.exit(None)": 0,
    "1 / 0": 1,
    "os.kill(os.getpid(), 9)": -9,
}


@pytest.fixture(scope="module")
def plain() -> Iterator[Preloaded]:
    python = Preloaded("import json")
    yield python
    python.close()


@pytest.mark.parametrize("end", ENDS)
def test_a_fork_says_what_a_process_says(plain: Preloaded, end: str, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "program.py").write_text(PROGRAM.format(end=end), encoding="utf-8")
    env = {**os.environ, "COLOUR": "blue"}
    for words in (["program.py", "a b"], ["-c", PROGRAM.format(end=end), "x"], ["-m", "program", "--y"]):
        command = [sys.executable, "-W", "ignore", *words]
        done = plain.run(command, cwd=tmp_path, env=env, input="some text")
        real = subprocess.run(
            command, cwd=tmp_path, env=env, input="some text", capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stdout) == (real.returncode, real.stdout)
        assert done.returncode == ENDS[end]
        assert done.stderr.splitlines()[-1:] == real.stderr.splitlines()[-1:]


def test_a_run_that_lasts_too_long_is_ended(plain: Preloaded) -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        plain.run([sys.executable, "-c", "import time; time.sleep(3)"], timeout=0.2)
    with pytest.raises(subprocess.CalledProcessError):
        plain.run([sys.executable, "-c", "raise SystemExit(1)"], check=True)


def test_what_decides_before_the_first_import_is_refused(plain: Preloaded) -> None:
    assert "ValueError: -S decides" in plain.run([sys.executable, "-S", "-c", ""]).stderr
    with pytest.raises(AssertionError):
        plain.run([sys.executable, "-c", ""], env={**os.environ, "PYTHONPATH": "/elsewhere"})


def test_kfp_makes_the_same_in_a_process_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    source = (GOLDEN / "kubeflow" / "hostile" / "pipeline.py").read_text(encoding="utf-8")
    quick = kfp_compiler.compile_with_kfp(source)
    monkeypatch.setattr(kfp_compiler, "subprocess", subprocess)
    assert kfp_compiler.compile_with_kfp(source) == quick
