"""Small programs under tests/snippets, with the value or the diagnostic that each line must have written beside it.

Cases are separated by ``# ---``; the first line of a case is its name, as a comment. Beside a line may stand
``# value: EXPR`` (what the line binds, at the end of the program), ``# unknown: TEXT`` (it is not known, and TEXT stands
among the reasons), ``# error: [PL103]`` or ``# warning: [PL104]``. A diagnostic that no line expects fails the case, as does one
that is missing. ``# file: NAME`` begins a file that lies beside the program; ``# options: --env A=1 -- x`` gives what the
command line would.
"""

# ruff: noqa: E501  (programs stand on one line)

from __future__ import annotations

import ast
import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from pipelift.compiler.diagnostics import Reporter, Severity
from pipelift.compiler.driver import evaluate
from pipelift.compiler.evaluate.display import NotKnown
from pipelift.compiler.evaluate.outside import Outside
from pipelift.compiler.evaluate.values import Interpolated, Iter, Modelled, Unknown
from pipelift.compiler.options import Options
from pipelift.compiler.reading.programs import read
from pipelift.compiler.sdk.record import Record
from tests.support.folders import ROOT, write_files

FOLDER = ROOT / "tests/snippets"
EXPECTATION = re.compile(r"#\s*(value|unknown|error|warning):\s*(.*?)\s*$")


@dataclass
class Case:
    title: str
    program: str
    line: int
    files: dict[str, str] = field(default_factory=dict)
    options: tuple[str, ...] = ()


def cases() -> list[Any]:
    found = []
    for path in sorted(FOLDER.glob("*.py")):
        line = 1
        for chunk in re.split(r"^# ---\n", path.read_text("utf-8"), flags=re.MULTILINE):
            case = _case(chunk, line)
            found.append(pytest.param(case, id=f"{path.stem}:{line} {case.title}"))
            line += chunk.count("\n") + 1
    return found


def _case(chunk: str, line: int) -> Case:
    program, *others = re.split(r"^# file: (.+)\n", chunk, flags=re.MULTILINE)
    case = Case(chunk.partition("\n")[0].lstrip("# "), program, line)
    case.files = dict(zip(others[::2], others[1::2], strict=True))
    given = re.search(r"^# options: (.*)$", program, re.MULTILINE)
    case.options = tuple(shlex.split(given[1])) if given else ()
    return case


def _options(words: tuple[str, ...]) -> Options:
    own, _, rest = " ".join(map(shlex.quote, words)).partition(" -- ")
    if words[:1] == ("--",):
        own, rest = "", " ".join(map(shlex.quote, words[1:]))
    pairs = shlex.split(own)
    given: dict[str, dict[str, str]] = {"--env": {}, "--bind": {}}
    for option, pair in zip(pairs[::2], pairs[1::2], strict=True):
        name, _, value = pair.partition("=")
        given[option][name] = value
    return Options(environment=given["--env"], bindings=given["--bind"], arguments=tuple(shlex.split(rest)))


def _bound(statement: ast.stmt) -> str:
    """The expression over the program's names that tells what a statement bound."""
    if isinstance(statement, ast.Assign):
        return ast.unparse(statement.targets[0])
    if isinstance(statement, ast.AnnAssign | ast.AugAssign):
        return ast.unparse(statement.target)
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return statement.name
    raise AssertionError(f"an expectation stands beside line {statement.lineno}, which binds nothing")


def plain(value: Any) -> Any:
    """A value as the program's own Python would show it."""
    if isinstance(value, Iter):
        return [plain(one) for one in value.items]
    if isinstance(value, Interpolated):
        return [part if isinstance(part, str) else type(part).__name__ for part in value.parts]
    if type(value) in (list, tuple, set, frozenset):
        return type(value)(map(plain, value))
    if isinstance(value, dict):
        return {plain(key): plain(one) for key, one in value.items()}
    return value if not isinstance(value, Modelled) else type(value).__name__


@pytest.mark.parametrize("case", cases())
def test_snippet(case: Case, tmp_path: Path) -> None:
    write_files(tmp_path, {"program.py": case.program, **case.files})
    reporter = Reporter()
    options = _options(case.options)
    path = tmp_path / "program.py"
    program = read(path, path.name, reporter)
    names: dict[str, Any] = {}
    if program is not None:
        outside = Outside(tmp_path, tmp_path, path, dict(options.environment), options.arguments)
        names = evaluate(program, outside, Record(), reporter, options).names
    expected: set[tuple[str, int, str]] = set()
    for name, text in {"program.py": case.program, **case.files}.items():
        for number, line in enumerate(text.splitlines(), 1):
            for kind, wanted in EXPECTATION.findall(line):
                if kind in ("error", "warning"):
                    expected |= {(name, number, f"{kind} {code}") for code in re.findall(r"PL\d+", wanted)}
                else:
                    _check_value(case, number, kind, wanted, names)
    told = {
        (one.span.file, one.span.line, f"{one.severity.value} {one.code}")
        for one in reporter
        if one.span and one.severity is not Severity.NOTE
    }
    assert told == expected, [f"{one.code} {one.message} {one.span}" for one in reporter]


def _check_value(case: Case, number: int, kind: str, text: str, names: dict[str, Any]) -> None:
    tree = ast.parse(case.program)
    statement = max(
        (
            one
            for one in ast.walk(tree)
            if isinstance(one, ast.stmt) and one.lineno <= number <= (one.end_lineno or 0)
        ),
        key=lambda one: one.lineno,
    )
    target = ast.parse(_bound(statement), mode="eval").body
    found = (
        tuple(names[_name_of(one)] for one in target.elts)
        if isinstance(target, ast.Tuple)
        else _named(target, names)
    )
    where = f"line {case.line + number - 1}"
    if kind == "unknown":
        assert isinstance(found, Unknown), f"{where}: {found!r} is known"
        reasons = " / ".join(link.message for link in found.chain()) + " / " + found.supply
        assert text in reasons, f"{where}: {reasons}"
        return
    wanted = eval(text)  # our own test files
    if isinstance(found, Unknown):
        pytest.fail(f"{where}: not known: {[link.message for link in found.chain()]}")
    assert repr(plain(found)) == repr(wanted), where


def _named(target: ast.expr, names: dict[str, Any]) -> Any:
    name = _name_of(target)
    try:
        return names[name]
    except KeyError:
        return NotKnown(Unknown(f"{name} is not bound"))


def _name_of(target: ast.expr) -> str:
    assert isinstance(target, ast.Name), "an expectation needs a name that is bound"
    return target.id


def test_there_are_many_cases() -> None:
    assert len(cases()) >= 150
