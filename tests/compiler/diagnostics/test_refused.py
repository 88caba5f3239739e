"""The one refusal: what it says, how several become one, and the exit status that the command line makes of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from pipelift.app.cli.main import main
from pipelift.compiler.diagnostics import Refused, Reporter, raise_errors
from pipelift.compiler.diagnostics.codes import CODES
from pipelift.compiler.diagnostics.refused import refuse_all

ERRORS = st.sampled_from([row for row in CODES.values() if row.severity == "error"])
ALL = st.sampled_from(list(CODES.values()))


@given(ERRORS, st.text(min_size=1), st.text())
def test_a_refusal_is_a_diagnostic_of_its_row(row: object, message: str, help: str) -> None:
    code = getattr(row, "code")  # noqa: B009
    refused = Refused(code, message, help)
    (shown,) = refused.diagnostics
    assert (shown.code, shown.message, str(refused)) == (code, message, message)
    assert refused.help == shown.help == (help or CODES[code].remedy)
    assert refused.status == CODES[code].status


@given(st.lists(ALL, max_size=6))
def test_collected_errors_become_one_refusal_with_all_of_them(rows: list[object]) -> None:
    reporter = Reporter()
    codes = [getattr(row, "code") for row in rows]  # noqa: B009
    for number, code in enumerate(codes):
        reporter.report(code, f"the {number}th")
    errors = [code for code in codes if CODES[code].severity == "error"]
    assert reporter.failed == bool(errors) == bool(reporter.errors)
    try:
        raise_errors(reporter)
    except Refused as refused:
        assert sorted(one.code for one in refused.diagnostics) == sorted(errors)
        assert refused.status == max(CODES[code].status for code in errors)
    else:
        assert errors == []


def test_nothing_is_no_refusal() -> None:
    with pytest.raises(ValueError, match="nothing is refused"):
        refuse_all([])


def test_errors_taken_over_from_elsewhere_count() -> None:
    other, reporter = Reporter(), Reporter()
    other.report("PL504", "the file has several pipelines")
    reporter.add(other)
    assert reporter.failed


PIPELINE = """\
from azureml.core import Workspace
from azureml.pipeline.core import Pipeline
from azureml.pipeline.steps import PythonScriptStep

step = PythonScriptStep(script_name="one.py", name="one", source_directory="src")
Pipeline(Workspace.from_config(), steps=[step])
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "src").mkdir()
    (tmp_path / "src/one.py").write_text("print(1)\n")
    (tmp_path / "pipeline.py").write_text(PIPELINE)
    return tmp_path


def _foreign(project: Path) -> Path:
    folder = project / "foreign"
    folder.mkdir()
    (folder / "mine.txt").write_text("mine")
    return folder


def _of_another_version(project: Path) -> Path:
    folder = project / "newer"
    folder.mkdir()
    (folder / "manifest.json").write_text(json.dumps({"schema_version": "9"}))
    return folder


CASES: dict[str, tuple[Callable[[Path], list[str]], str, int]] = {
    "an unknown target": (
        lambda project: ["compile", str(project / "pipeline.py"), "-t", "argoo"],
        "PL505",
        2,
    ),
    "an unknown target, planned": (
        lambda project: ["plan", str(project / "pipeline.py"), "-t", "argoo"],
        "PL505",
        2,
    ),
    "a folder that is not ours, written": (
        lambda project: ["compile", str(project / "pipeline.py"), "-t", "ir", "-o", str(_foreign(project))],
        "PL541",
        2,
    ),
    "a folder that is not ours, deployed": (lambda project: ["deploy", str(_foreign(project))], "PL543", 2),
    "a folder that is not ours, examined": (lambda project: ["doctor", str(_foreign(project))], "PL543", 2),
    "a folder of another version": (
        lambda project: ["doctor", str(_of_another_version(project))],
        "PL543",
        2,
    ),
    "a folder that is not ours, compared": (
        lambda project: ["diff", str(project / "pipeline.py"), str(_foreign(project))],
        "PL543",
        2,
    ),
    "a folder that is not ours, built": (lambda project: ["build", str(_foreign(project))], "PL543", 2),
    "an unknown step": (
        lambda project: ["run", str(project / "pipeline.py"), "--refresh", "two"],
        "PL530",
        1,
    ),
    "an earlier run": (lambda project: ["run", str(project / "pipeline.py"), "--resume"], "PL532", 1),
}


@pytest.mark.parametrize(("words", "code", "status"), CASES.values(), ids=CASES)
def test_the_command_line_says_code_and_remedy_and_ends_with_the_status_of_the_row(
    project: Path, words: Callable[[Path], list[str]], code: str, status: int
) -> None:
    done = CliRunner().invoke(main, words(project))
    assert f"error[{code}]: " in done.output, done.output
    assert CODES[code].remedy.split("`")[0].split(";")[0] in " ".join(done.output.split())
    assert done.exit_code == status == CODES[code].status
    assert "Traceback" not in done.output and done.output.count("error[") == 1
