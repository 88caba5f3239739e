"""What the README shows is what the commands print, and what it names is there."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipelift.app.cli.main import main
from tests.support.folders import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
SHOWN: list[list[str]] = [
    block.splitlines() for block in re.findall(r"```console\n(.*?)```", README, re.DOTALL)
]


def output_of(command: str) -> list[str]:
    """The lines that the README shows below ``$ command``, to the next command or the end of the block."""
    for block in SHOWN:
        if f"$ {command}" in block:
            rest = block[block.index(f"$ {command}") + 1 :]
            end = next((i for i, line in enumerate(rest) if line.startswith("$ ")), len(rest))
            return rest[:end]
    raise LookupError(command)


@pytest.fixture
def iris(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "iris"
    shutil.copytree(
        ROOT / "examples" / "iris", folder, ignore=shutil.ignore_patterns("store", ".pipelift", "build")
    )
    monkeypatch.chdir(folder)
    return folder


def test_the_configuration_is_the_example_s(iris: Path) -> None:
    assert output_of("cat pipelift.toml") == (iris / "pipelift.toml").read_text().splitlines()


def test_the_graph_is_what_is_printed(iris: Path) -> None:
    printed = CliRunner().invoke(main, ["graph", "pipeline.py"]).stdout.splitlines()
    assert output_of("pipelift graph pipeline.py") == [line for line in printed if line]


def test_the_findings_are_what_a_run_tells(iris: Path) -> None:
    shown = output_of("pipelift run pipeline.py")
    told = CliRunner().invoke(main, ["compile", "pipeline.py", "-t", "ir"]).stderr.splitlines()
    assert [line for line in shown if "[PL" in line] == [line for line in told if "[PL" in line]


def test_what_is_named_is_there() -> None:
    for link in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / link).exists(), link
    commands = set(re.findall(r"`pipelift (\w+)", README))
    assert commands and commands <= set(main.commands)
    for code in re.findall(r"`pipelift explain (PL\d+)`", README):
        assert CliRunner().invoke(main, ["explain", code]).exit_code == 0
