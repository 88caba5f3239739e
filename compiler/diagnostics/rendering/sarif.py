"""Diagnostics as SARIF 2.1.0, the format that code-scanning services and editors take.

Sections are those of the OASIS standard "Static Analysis Results Interchange Format (SARIF) Version 2.1.0".
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import quote

from pipelift.compiler.diagnostics import Cause, Diagnostic
from pipelift.compiler.diagnostics.codes import find_code
from pipelift.compiler.diagnostics.rendering.data import dump, escape_hidden
from pipelift.compiler.diagnostics.span import Span

if TYPE_CHECKING:
    from pydantic import JsonValue

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def sarif_text(diagnostics: Iterable[Diagnostic]) -> str:
    """One SARIF log with one run; its rules are the codes that occur."""
    from importlib.metadata import version

    items = list(diagnostics)
    codes = sorted({diagnostic.code for diagnostic in items})
    driver: dict[str, JsonValue] = {
        "name": "pipelift",
        "version": version("pipelift"),
        "rules": [_render_rule(code) for code in codes],
    }
    run: dict[str, JsonValue] = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_render_result(diagnostic, codes.index(diagnostic.code)) for diagnostic in items],
    }
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return escape_hidden(dump(log))


def _render_rule(code: str) -> dict[str, JsonValue]:
    row = find_code(code)
    return {
        "id": code,
        "shortDescription": _render_text_object(row.title),
        "fullDescription": _render_text_object(row.why),
        "help": _render_text_object(row.remedy),
        "defaultConfiguration": {"level": row.severity},
    }


def _render_result(diagnostic: Diagnostic, rule: int) -> dict[str, JsonValue]:
    properties: dict[str, JsonValue] = {"help": diagnostic.help}
    if diagnostic.step is not None:
        properties["step"] = diagnostic.step
    if diagnostic.fidelity is not None:
        properties["fidelity"] = diagnostic.fidelity
    related: list[JsonValue] = [_render_cause(cause, index) for index, cause in enumerate(diagnostic.causes)]
    return {
        "ruleId": diagnostic.code,
        "ruleIndex": rule,
        "level": diagnostic.severity.value,
        "message": _render_text_object(diagnostic.message),
        "locations": [_render_location(diagnostic.span)] if diagnostic.span else [],
        "relatedLocations": related,
        "properties": properties,
    }


def _render_cause(cause: Cause, index: int) -> dict[str, JsonValue]:
    place = _render_location(cause.span) if cause.span else {}
    return {"id": index, "message": _render_text_object(cause.message), **place}


def _render_location(span: Span) -> dict[str, JsonValue]:
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


def _render_text_object(text: str) -> dict[str, JsonValue]:
    """A message object: braces are doubled (§3.11.5), nothing may look like an embedded link (§3.11.6)."""
    return {"text": text.replace("{", "{{").replace("}", "}}").replace("](", "] (")}
