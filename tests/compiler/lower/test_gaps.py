"""What the user has not given: one error for a file, one list of variables and arguments, and how to give them."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelift.compiler.diagnostics import Diagnostic
from pipelift.compiler.driver import Analysis, analyse
from pipelift.compiler.options import Options
from tests.support.folders import write_files

HEAD = """\
import argparse, configparser, json, os, pathlib, yaml
from azureml.core import *
from azureml.pipeline.core import *
from azureml.pipeline.steps import *
ws = Workspace.from_config()
"""
STEP = """
step = PythonScriptStep({script}, name={name}, source_directory="src", compute_target="cpu", arguments=[{argument}])
Experiment(ws, "e").submit(Pipeline(ws, steps=[step]))
"""


def look(
    folder: Path, body: str, files: dict[str, str] | None = None, given: dict[str, Path] | None = None
) -> Analysis:
    write_files(folder, {"LICENSE": "", "ml/p.py": HEAD + body, "src/a.py": "", **(files or {})})
    return analyse(Path("ml/p.py"), Options(cwd=folder, files=given or {}))


def only_error(analysis: Analysis) -> Diagnostic:
    (error,) = analysis.reporter.errors
    return error


def step(script: str = "'a.py'", name: str = "'n'", argument: str = "1") -> str:
    return STEP.format(script=script, name=name, argument=argument)


READERS = {
    "yaml": "with open('conf/c.yml') as file:\n    c = yaml.safe_load(file)",
    "json": "c = json.load(open('conf/c.yml'))",
    "a path": "c = json.loads(pathlib.Path('conf/c.yml').read_text())",
    "beside the file": "c = json.load(open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'conf/c.yml')))",
    "ini": "c = configparser.ConfigParser()\nc.read('conf/c.yml')\nc = c['s']",
    "a function": "def load(p):\n    with open(p) as f:\n        return yaml.safe_load(f)\nc = load('conf/c.yml')",
}


@pytest.mark.parametrize("reader", READERS)
def test_a_missing_file_is_one_error(reader: str, tmp_path: Path) -> None:
    error = only_error(look(tmp_path, READERS[reader] + step("c['script']", "c['name']", "c['x'], c['y']")))
    assert error.code == "PL116" and "conf/c.yml' is missing" in error.message
    notes = [cause.message for cause in error.causes]
    assert any(note.endswith("ml/conf/c.yml") for note in notes)
    assert "the name of a step comes from it" in notes
    assert error.help == "Give it: --file c.yml=PATH."
    assert error.span is not None and error.span.file == "p.py"


@pytest.mark.parametrize("name", ["c.yml", "conf/c.yml", "conf\\c.yml"])
@pytest.mark.parametrize("reader", READERS)
def test_it_can_be_given(reader: str, name: str, tmp_path: Path) -> None:
    text = "[s]\nname = n\n" if reader == "ini" else '{"name": "n"}'
    (tmp_path / "mine").write_text(text)
    analysis = look(tmp_path, READERS[reader] + step(name="c['name']"), given={name: Path("mine")})
    assert not analysis.failed, [one.message for one in analysis.reporter]
    assert analysis.pipelines[0].steps[0].name == "n"


def test_a_file_outside_the_project_can_be_given(tmp_path: Path) -> None:
    write_files(tmp_path, {"elsewhere/x": '{"name": "n"}'})
    body = READERS["json"] + step(name="c['name']")
    analysis = look(tmp_path / "project", body, given={"c.yml": tmp_path / "elsewhere/x"})
    assert not analysis.failed
    assert "elsewhere" not in str(analysis.pipelines)


def test_a_file_that_nothing_needs_is_not_told(tmp_path: Path) -> None:
    assert not look(tmp_path, READERS["json"] + "\nprint(c['a'])" + step()).failed


def test_two_files_are_two_errors(tmp_path: Path) -> None:
    body = "a = json.load(open('a.json'))\nb = json.load(open('b.json'))" + step(
        name="a['n']", argument="b['x']"
    )
    assert [one.code for one in look(tmp_path, body).reporter.errors] == ["PL116", "PL116"]


VARIABLES = step("os.environ['SCRIPT']", "os.environ['NAME']", "os.environ['NAME'], os.environ.get('LR')")


def test_several_variables_are_one_list(tmp_path: Path) -> None:
    error = only_error(look(tmp_path, VARIABLES))
    assert error.code == "PL117"
    assert error.message == (
        "3 environment variables that the pipeline needs are not given: NAME, SCRIPT, LR"
    )
    assert error.causes[0].message == "NAME: the name of a step"
    assert "--env-file FILE:\nNAME=\nSCRIPT=\nLR=\n" in error.help


@pytest.mark.parametrize(
    ("path", "text", "told"),
    [
        (".env.example", "NAME=a\nSCRIPT=a.py\nLR=1\n", "all of them"),
        (
            "pipelines/ci-variables.yml",
            "variables:\n- name: NAME\n  value: a\n- name: LR\n  value: 1\n",
            "2 of them",
        ),
        ("variables.yml", "variables:\n  NAME: a\n", "1 of them"),
        ("my.env", "NAME=a\n", "1 of them"),
    ],
)
def test_files_of_the_repository_that_have_them(path: str, text: str, told: str, tmp_path: Path) -> None:
    assert (
        f"{path} has {told}: --env-file {path}." in only_error(look(tmp_path, VARIABLES, {path: text})).help
    )


@pytest.mark.parametrize("text", ["NAME", "variables: [", "\0", "OTHER=1"])
def test_other_files_are_not_named(text: str, tmp_path: Path) -> None:
    help = only_error(look(tmp_path, VARIABLES, {".env.example": text, "variables.yml": text})).help
    assert "has" not in help


def test_one_variable_is_told_with_the_way_to_it(tmp_path: Path) -> None:
    error = only_error(look(tmp_path, step(name="os.environ['NAME']")))
    assert (error.code, error.help) == ("PL110", "Supply it: --env NAME=VALUE.")


def test_arguments_stand_in_the_list(tmp_path: Path) -> None:
    body = (
        "parser = argparse.ArgumentParser()\nparser.add_argument('--script', required=True)\n"
        "parser.add_argument('name')\nargs = parser.parse_args()" + step("args.script", "args.name")
    )
    error = only_error(look(tmp_path, body))
    assert error.message == "2 arguments that the pipeline needs are not given: name, --script"
    assert "-- VALUE --script VALUE" in error.help


def test_a_variable_that_only_a_setting_needs_is_a_warning(tmp_path: Path) -> None:
    body = step().replace(
        "(Pipeline(ws, steps=[step]))", "(Pipeline(ws, steps=[step]), tags={'a': os.environ['A']})"
    )
    assert not look(tmp_path, body).failed
