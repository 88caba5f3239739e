"""Diagnostics as SARIF 2.1.0, the format that code-scanning services and editors take.

Sections are those of the OASIS standard "Static Analysis Results Interchange Format (SARIF) Version 2.1.0".
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import version
from urllib.parse import quote

from pydantic import JsonValue

from pipelift.compiler.diagnostics import Cause, Diagnostic
from pipelift.compiler.diagnostics.codes import find_code
from pipelift.compiler.diagnostics.rendering.data import dump
from pipelift.compiler.diagnostics.span import Span

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def sarif_text(diagnostics: Iterable[Diagnostic]) -> str:
    """One SARIF log with one run; its rules are the codes that occur."""
    found = list(diagnostics)
    codes = sorted({diagnostic.code for diagnostic in found})
    driver: dict[str, JsonValue] = {
        "name": "pipelift",
        "version": version("pipelift"),
        "rules": [_rule(code) for code in codes],
    }
    run: dict[str, JsonValue] = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(diagnostic, codes.index(diagnostic.code)) for diagnostic in found],
    }
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return dump(log)


def _rule(code: str) -> dict[str, JsonValue]:
    row = find_code(code)
    return {
        "id": code,
        "shortDescription": _text(row.title),
        "fullDescription": _text(row.why),
        "help": _text(row.remedy),
        "defaultConfiguration": {"level": row.severity},
    }


def _result(diagnostic: Diagnostic, rule: int) -> dict[str, JsonValue]:
    properties: dict[str, JsonValue] = {"help": diagnostic.help}
    if diagnostic.step is not None:
        properties["step"] = diagnostic.step
    if diagnostic.fidelity is not None:
        properties["fidelity"] = diagnostic.fidelity
    related: list[JsonValue] = [_cause(cause, index) for index, cause in enumerate(diagnostic.causes)]
    return {
        "ruleId": diagnostic.code,
        "ruleIndex": rule,
        "level": diagnostic.severity.value,
        "message": _text(diagnostic.message),
        "locations": [_location(diagnostic.span)] if diagnostic.span else [],
        "relatedLocations": related,
        "properties": properties,
    }


def _cause(cause: Cause, index: int) -> dict[str, JsonValue]:
    place = _location(cause.span) if cause.span else {}
    return {"id": index, "message": _text(cause.message), **place}


def _location(span: Span) -> dict[str, JsonValue]:
    """§3.30: lines and columns count from 1; the end column is the first one after the region, as ours.

    A notebook's cell stays in the URI as its fragment.
    """
    region: dict[str, JsonValue] = {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    }
    artifact: dict[str, JsonValue] = {"uri": quote(span.file, safe="/#"), "uriBaseId": "%SRCROOT%"}
    return {"physicalLocation": {"artifactLocation": artifact, "region": region}}


def _text(text: str) -> dict[str, JsonValue]:
    """A message object: braces are doubled (§3.11.5), nothing may look like an embedded link (§3.11.6)."""
    return {"text": text.replace("{", "{{").replace("}", "}}").replace("](", "] (")}
