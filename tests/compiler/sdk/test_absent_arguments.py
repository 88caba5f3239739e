"""What is None because an argument of the program is not given says so, and how to give it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelift.compiler.diagnostics import Diagnostic
from pipelift.compiler.driver import analyse
from pipelift.compiler.options import Options
from tests.support.folders import write_files
from tests.support.sdk_world import PRELUDE

PARSER = """\
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("-s", "--script-name")
parser.add_argument("--other", default=None)
parser.add_argument("--unread")
parser.add_argument("-x")
parser.add_argument("place", nargs="?")
args = parser.parse_args()
"""
NAMED = {
    "a script": ("PythonScriptStep(args.script_name)", "--script-name"),
    "by way of a variable": ("PythonScriptStep(name)", "--script-name"),
    "a command": ("CommandStep(args.other)", "--other"),
    "by position": ("PythonScriptStep(args.place)", "PLACE"),
    "a short name": ("PythonScriptStep(args.x)", "-x"),
    "an output's name": ('PythonScriptStep("a.py", outputs=[PipelineData(args.other)])', "--other"),
    "the second of a name": (
        'PythonScriptStep("a.py", inputs=[Dataset.get_by_name(ws, d).as_named_input(args.x) for d in "ab"])',
        "-x",
    ),
}


def told(program: str, folder: Path, *arguments: str) -> list[Diagnostic]:
    write_files(folder, {"p.py": f"{PRELUDE}\n{program}\n", "src/a.py": ""})
    options = Options(cwd=folder, arguments=arguments)
    return [
        one
        for one in analyse(folder / "p.py", options, snapshots=False).reporter
        if one.severity.value == "error"
    ]


@pytest.mark.parametrize("case", NAMED)
def test_the_argument_is_named(case: str, tmp_path: Path) -> None:
    call, flag = NAMED[case]
    name = "name = args.script_name\n" if "name)" in call and "args" not in call else ""
    errors = told(f"{PARSER}{name}Pipeline(ws, [{call}])", tmp_path)
    assert errors
    for one in errors:
        assert f"({flag} is not given, and so None)" in one.message, one
        assert one.help == f"Give it: -- {flag if flag.isupper() else f'{flag} VALUE'}"


def test_what_is_given_is_not_named(tmp_path: Path) -> None:
    step = "args.other = None\nPipeline(ws, [PythonScriptStep(args.script_name or None, name=args.other)])"
    (error,) = told(
        PARSER + step, tmp_path, "--script-name", "", "--other", "b", "--unread", "c", "-x", "d", "e"
    )
    assert "not given" not in error.message


def test_of_many_some_are_named(tmp_path: Path) -> None:
    program = "import argparse\nparser = argparse.ArgumentParser()\n"
    program += "".join(f"parser.add_argument('--a{n}')\n" for n in range(9))
    (error,) = told(f"{program}parser.parse_args()\nPipeline(ws, [PythonScriptStep(None)])", tmp_path)
    assert "(--a0 and --a1 and --a2 and --a3 and --a4 and 4 more are not given" in error.message


def test_a_command_and_its_arguments(tmp_path: Path) -> None:
    commands = "import argparse\nparser = argparse.ArgumentParser()\n"
    commands += "one = parser.add_subparsers(dest='cmd').add_parser('go')\n"
    program = f"{commands}one.add_argument('--script')\nargs = parser.parse_args()\n"
    (error,) = told(f"{program}Pipeline(ws, [PythonScriptStep(args.script)])", tmp_path, "go")
    assert "(--script is not given" in error.message


def test_an_option_of_click(tmp_path: Path) -> None:
    program = "import click\n@click.command()\n@click.option('-s', '--script')\n"
    program += "def main(script):\n    Pipeline(ws, [PythonScriptStep(script)])\nmain()\n"
    (error,) = told(program, tmp_path)
    assert "(--script is not given" in error.message and error.help == "Give it: -- --script VALUE"
    assert "not given" not in "".join(one.message for one in told(program, tmp_path, "--script", "a.py"))
