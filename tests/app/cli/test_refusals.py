"""Commands about earlier runs refuse as all others do: with a diagnostic, its exit status, and one suggestion."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pipelift.app.cli.main import main


def call(*words: str) -> Result:
    return CliRunner().invoke(main, list(words))


@pytest.mark.parametrize("command", [["list"], ["prune", "--unused"]], ids=lambda words: words[0])
def test_a_broken_configuration_is_refused_with_its_diagnostic(tmp_path: Path, command: list[str]) -> None:
    (tmp_path / ".pipelift").mkdir()
    (tmp_path / "pipelift.toml").write_text('[stores.data]\nurll = "data"\n')
    result = call("cache", *command, "--state", str(tmp_path / ".pipelift"))
    assert result.exit_code == 1
    assert "error[PL501]" in result.stderr and "urll" in result.stderr


def test_a_file_with_errors_has_no_planned_step(tmp_path: Path) -> None:
    (tmp_path / "pipeline.py").write_text("print('no pipeline')\n")
    result = call("explain", "train", str(tmp_path / "pipeline.py"), "--planned")
    assert result.exit_code == 1
    assert "error[PL300]" in result.stderr


def test_an_unknown_code_is_answered_with_one_suggestion() -> None:
    result = call("explain", "pl999")
    assert result.exit_code == 2
    assert re.search(r"there is no code PL999 \(did you mean 'PL\d{3}'\?\)$", result.stderr.strip())


def test_an_unknown_run_is_answered_with_the_same_words(tmp_path: Path) -> None:
    (tmp_path / "runs" / "20201121-120000-abcd").mkdir(parents=True)
    result = call("runs", "20201121-120000-abce", "--state", str(tmp_path))
    assert result.exit_code == 2
    message = "there is no run '20201121-120000-abce' (did you mean '20201121-120000-abcd'?)"
    assert message in result.stderr


@pytest.mark.parametrize(
    ("kind", "lacking"), [(MemoryError, "memory"), (RecursionError, "room for nested calls")]
)
def test_what_the_machine_cannot_take_is_refused(
    kind: type[Exception], lacking: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object, **options: object) -> None:
        raise kind

    monkeypatch.setattr("pipelift.compiler.driver.analyse", fail)
    (tmp_path / "pipeline.py").write_text("")
    result = CliRunner().invoke(main, ["check", str(tmp_path / "pipeline.py")])
    assert (result.exit_code, "PL508" in result.output, lacking in result.output) == (1, True, True)


def test_a_configuration_without_end_and_a_binding_without_sense_are_no_faults(tmp_path: Path) -> None:
    (tmp_path / "pipeline.py").write_text("x = 1\n")
    (tmp_path / "pipelift.toml").write_text("a=" + "[" * 100_000)
    result = CliRunner().invoke(main, ["check", str(tmp_path / "pipeline.py"), "--bind", "x={[]:1}"])
    assert (result.exit_code, "PL501" in result.output, "PL300" in result.output) == (1, True, False)
