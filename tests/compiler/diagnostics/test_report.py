"""Diagnostics as text, JSON, SARIF and GitHub lines."""

from __future__ import annotations

import json
import time
import unicodedata
from collections.abc import Iterable
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelift.compiler.diagnostics import Cause, Diagnostic, Reporter, Severity
from pipelift.compiler.diagnostics.codes import CODES
from pipelift.compiler.diagnostics.rendering import FORMATS, render, summarize
from pipelift.compiler.diagnostics.span import Span

CODE = next(iter(CODES))


def finding(
    span: Span | None = None, *, message: str = "the name 'x' is not defined", **rest: Any
) -> Diagnostic:
    values: dict[str, object] = {
        "code": CODE,
        "severity": Severity.ERROR,
        "message": message,
        "span": span,
        **rest,
    }
    return Diagnostic(**values)  # type: ignore[arg-type]


def drawn(source: str, span: Span) -> list[str]:
    """The excerpt's lines, without head, place and closing count."""
    text = render([finding(span)], {span.file: source}, "text")
    return text.split("\n")[2:-3]


def test_one_line_with_carets_causes_help_and_count() -> None:
    source = "import os\nregion = os.environ['R']\nname = region + x\n"
    diagnostic = finding(
        Span("pipeline.py", 3, 17, 3, 18),
        causes=(Cause("region is not known", Span("pipeline.py", 2, 10, 2, 25)), Cause("R is not set")),
        help="give --env R=…",
    )
    assert render([diagnostic], {"pipeline.py": source}, "text") == (
        f"error[{CODE}]: the name 'x' is not defined\n"
        " --> pipeline.py:3:17\n"
        "  |\n"
        "3 | name = region + x\n"
        "  |                 ^\n"
        "  |\n"
        "  = note: region is not known (pipeline.py:2:10)\n"
        "  = note: R is not set\n"
        "  = help: give --env R=…\n"
        "\n"
        "1 error\n"
    )


def test_the_gutter_is_as_wide_as_the_line_number() -> None:
    assert drawn("\n" * 99 + "ab\n", Span("p.py", 100, 1, 100, 3)) == [
        "    |",
        "100 | ab",
        "    | ^^",
        "    |",
    ]


@pytest.mark.parametrize(
    ("line", "start", "end", "text", "marks"),
    [
        ("\tx = y", 6, 7, "    x = y", "        ^"),
        ("a\tb", 3, 4, "a   b", "    ^"),
        ("名前 = x", 6, 7, "名前 = x", "       ^"),
        ("f('名前')", 3, 7, "f('名前')", "  ^^^^^^"),
        ("e\u0301 = x", 6, 7, "e\u0301 = x", "    ^"),
        ("a\x1b[31m = x", 9, 10, "a\ufffd[31m = x", "        ^"),
        ("\u202ex", 2, 3, "\ufffdx", " ^"),
        ("x", 2, 2, "x", " ^"),
        ("x", 40, 50, "x", " ^"),
    ],
    ids=[
        "tab",
        "tab stop",
        "wide before",
        "wide marked",
        "combining",
        "escape",
        "direction",
        "empty span",
        "beyond",
    ],
)
def test_carets_stand_where_a_terminal_shows_the_span(
    line: str, start: int, end: int, text: str, marks: str
) -> None:
    assert drawn(line, Span("p.py", 1, start, 1, end)) == ["  |", f"1 | {text}", f"  | {marks}", "  |"]


def test_a_span_of_three_lines_is_shown_whole() -> None:
    assert drawn("s = Step(\n  a,\n)\n", Span("p.py", 1, 5, 3, 2)) == [
        "  |",
        "1 |   s = Step(",
        "  |  _____^",
        "2 | |   a,",
        "3 | | )",
        "  | |_^",
        "  |",
    ]


def test_a_long_span_leaves_out_its_middle() -> None:
    assert drawn("s = Step(\n" + "  a,\n" * 20 + ")\n", Span("p.py", 1, 5, 22, 2)) == [
        "   |",
        " 1 |   s = Step(",
        "   |  _____^",
        " 2 | |   a,",
        "   | | ...",
        "22 | | )",
        "   | |_^",
        "   |",
    ]


@pytest.mark.parametrize("sources", [{}, {"p.py": ""}, {"p.py": "one line"}])
def test_without_its_text_a_diagnostic_shows_the_place_alone(sources: dict[str, str]) -> None:
    text = render([finding(Span("p.py", 7, 1, 7, 2))], sources, "text")
    assert text == f"error[{CODE}]: the name 'x' is not defined\n --> p.py:7:1\n\n1 error\n"


def test_user_text_cannot_steer_the_terminal_but_help_may_have_several_lines() -> None:
    text = render([finding(message="step 'a\x1b[2J\nb'", help="paste:\n[stores.a]")], {}, "text")
    assert text.startswith(f"error[{CODE}]: step 'a\\x1b[2J\\nb'\n = help: paste:\n         [stores.a]\n")


def test_color_is_only_there_when_asked_for() -> None:
    diagnostic = finding(Span("p.py", 1, 1, 1, 2), help="h")
    plain = render([diagnostic], {"p.py": "x"}, "text")
    colored = render([diagnostic], {"p.py": "x"}, "text", color=True)
    assert "\x1b" not in plain
    assert "\x1b[31m" in colored
    import click

    assert click.unstyle(colored) == plain


def test_the_summary_counts_each_severity() -> None:
    kinds = [Severity.WARNING, Severity.ERROR, Severity.ERROR, Severity.NOTE]
    assert summarize(finding(severity=kind) for kind in kinds) == "2 errors, 1 warning, 1 note"
    assert summarize([]) == "no problems found"
    assert render([], {}, "text") == ""


def test_json_has_every_part() -> None:
    diagnostic = finding(
        Span("p.py", 1, 2, 3, 4),
        causes=(Cause("c", Span("q.py", 5, 6, 7, 8)), Cause("d")),
        help="h",
        step="s",
    )
    assert json.loads(render([diagnostic], {}, "json")) == [
        {
            "code": CODE,
            "severity": "error",
            "message": "the name 'x' is not defined",
            "span": {"file": "p.py", "line": 1, "column": 2, "end_line": 3, "end_column": 4},
            "causes": [
                {
                    "message": "c",
                    "span": {"file": "q.py", "line": 5, "column": 6, "end_line": 7, "end_column": 8},
                },
                {"message": "d", "span": None},
            ],
            "help": "h",
            "step": "s",
            "fidelity": CODES[CODE].fidelity,
        }
    ]
    assert json.loads(render([], {}, "json")) == []


@pytest.mark.parametrize(
    ("diagnostic", "line"),
    [
        (
            finding(Span("a,b:c.py", 2, 3, 2, 5), message="50% of\r\nit"),
            f"::error file=a%2Cb%3Ac.py,line=2,endLine=2,col=3,endColumn=5,title={CODE}::50%25 of%0D%0Ait",
        ),
        (
            finding(Span("p.py", 2, 3, 4, 5), message="m", severity=Severity.WARNING),
            f"::warning file=p.py,line=2,endLine=4,title={CODE}::m",
        ),
        (finding(message="m", severity=Severity.NOTE), f"::notice title={CODE}::m"),
        (
            finding(Span("n.ipynb#cell-3", 2, 3, 2, 5), message="m", help="h"),
            f"::error file=n.ipynb,title={CODE}::n.ipynb#cell-3:2:3: m%0Ahelp: h",
        ),
    ],
)
def test_github_lines_are_escaped(diagnostic: Diagnostic, line: str) -> None:
    assert render([diagnostic], {}, "github") == line + "\n"


# What §3 of the SARIF 2.1.0 standard asks of the objects that we write, closed to any other property.
_MESSAGE = {
    "type": "object",
    "properties": {"text": {"type": "string"}},
    "required": ["text"],
    "additionalProperties": False,
}
_LINE = {"type": "integer", "minimum": 1}
_PLACE = {
    "type": "object",
    "required": ["artifactLocation", "region"],
    "additionalProperties": False,
    "properties": {
        "artifactLocation": {
            "type": "object",
            "required": ["uri", "uriBaseId"],
            "additionalProperties": False,
            "properties": {
                "uri": {"type": "string", "pattern": r"^[A-Za-z0-9._~/%#-]+$"},
                "uriBaseId": {"type": "string"},
            },
        },
        "region": {
            "type": "object",
            "required": ["startLine"],
            "additionalProperties": False,
            "properties": dict.fromkeys(("startLine", "startColumn", "endLine", "endColumn"), _LINE),
        },
    },
}
_LOCATIONS = {
    "type": "array",
    "uniqueItems": True,
    "items": {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "id": {"type": "integer", "minimum": 0},
            "message": _MESSAGE,
            "physicalLocation": _PLACE,
        },
    },
}
_LEVEL = {"enum": ["none", "note", "warning", "error"]}
_RULE = {
    "type": "object",
    "required": ["id"],
    "additionalProperties": False,
    "properties": {
        "id": {"type": "string"},
        "shortDescription": _MESSAGE,
        "fullDescription": _MESSAGE,
        "help": _MESSAGE,
        "defaultConfiguration": {"type": "object", "properties": {"level": _LEVEL}},
    },
}
_RESULT = {
    "type": "object",
    "required": ["message", "ruleId", "ruleIndex", "level"],
    "additionalProperties": False,
    "properties": {
        "ruleId": {"type": "string"},
        "ruleIndex": {"type": "integer", "minimum": 0},
        "level": _LEVEL,
        "message": _MESSAGE,
        "locations": _LOCATIONS,
        "relatedLocations": _LOCATIONS,
        "properties": {"type": "object"},
    },
}
_DRIVER = {
    "type": "object",
    "required": ["name"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string"},
        "version": {"type": "string"},
        "rules": {"type": "array", "uniqueItems": True, "items": _RULE},
    },
}
_RUN = {
    "type": "object",
    "required": ["tool", "results"],
    "additionalProperties": False,
    "properties": {
        "tool": {"type": "object", "required": ["driver"], "properties": {"driver": _DRIVER}},
        "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
        "results": {"type": "array", "items": _RESULT},
    },
}
SARIF = {
    "type": "object",
    "required": ["version", "runs"],
    "additionalProperties": False,
    "properties": {
        "$schema": {"type": "string", "format": "uri"},
        "version": {"const": "2.1.0"},
        "runs": {"type": "array", "items": _RUN},
    },
}


def sarif(diagnostics: Iterable[Diagnostic]) -> dict[str, Any]:
    log: dict[str, Any] = json.loads(render(diagnostics, {}, "sarif"))
    jsonschema.Draft202012Validator(SARIF).validate(log)
    run: dict[str, Any]
    (run,) = log["runs"]
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
    return run


def test_sarif_of_nothing_is_a_clean_run() -> None:
    assert sarif([])["results"] == []


def test_sarif_names_rules_places_and_causes() -> None:
    diagnostic = finding(
        Span("my steps/ü.ipynb#cell-3", 1, 2, 3, 4),
        message="use {0} or [x](y)",
        causes=(Cause("c", Span("q.py", 5, 6, 7, 8)), Cause("d")),
        step="train",
    )
    (result,) = sarif([diagnostic])["results"]
    assert result["message"] == {"text": "use {{0}} or [x] (y)"}
    assert result["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "my%20steps/%C3%BC.ipynb#cell-3", "uriBaseId": "%SRCROOT%"},
                "region": {"startLine": 1, "startColumn": 2, "endLine": 3, "endColumn": 4},
            }
        }
    ]
    assert [related["message"]["text"] for related in result["relatedLocations"]] == ["c", "d"]
    assert result["properties"]["step"] == "train"


spans = st.none() | st.builds(
    lambda file, line, column, lines, columns: Span(file, line, column, line + lines, column + columns),
    st.sampled_from(["p.py", "n.ipynb#cell-1", "dir/a b.py"]),
    st.integers(1, 6),
    st.integers(1, 9),
    st.integers(0, 6),
    st.integers(0, 9),
)
hostile = st.text(st.characters(codec=None), max_size=30)
diagnostics = st.builds(
    Diagnostic,
    code=st.sampled_from(sorted(CODES)),
    severity=st.sampled_from(Severity),
    message=hostile,
    span=spans,
    causes=st.lists(st.builds(Cause, hostile, spans), max_size=2).map(tuple),
    help=hostile,
    step=st.none() | hostile,
)


def paired(text: str) -> str:
    """Two lone surrogates side by side become the character that JSON takes them for."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


@given(st.lists(diagnostics, max_size=3), hostile, st.sampled_from(FORMATS))
def test_any_text_can_be_shown_in_any_format(found: list[Diagnostic], source: str, format: str) -> None:
    text = render(found, {"p.py": source, "n.ipynb#cell-1": source}, format)
    text.encode("utf-8")
    if format == "sarif":
        sarif(found)
    if format == "json":
        assert [paired(item["message"]) for item in json.loads(text)] == [
            paired(item.message) for item in found
        ]
    if format == "github":
        assert text.count("\n") == len(found)
    if format == "text":
        assert not {unicodedata.category(char) for char in text.replace("\n", "")} & {"Cc", "Cf", "Cs"}


def test_many_findings_in_a_long_file_take_no_longer_for_its_length() -> None:
    """Each used to split the whole file into lines anew."""
    source = "x = 1\n" * 100_000
    before = time.process_time()
    render(
        [finding(Span("pipeline.py", line, 1, line, 2)) for line in range(1, 2_001)],
        {"pipeline.py": source},
        "text",
    )
    assert time.process_time() - before < 3


def test_a_login_in_an_address_that_a_message_quotes_is_hidden() -> None:
    """The address may come from a file of the project, and never be a value of the program."""
    reporter = Reporter()
    reporter.report("PL206", "'https://me:hunter22secret@example.org/r.txt' cannot be read: no such file")
    assert "hunter22secret" not in render(list(reporter), {}, "text")
    assert "example.org" in render(list(reporter), {}, "text")
