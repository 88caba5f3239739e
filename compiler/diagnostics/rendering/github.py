"""Diagnostics as GitHub workflow commands: each line becomes an annotation on a pull request.

The syntax and its escapes: https://docs.github.com/actions/reference/workflow-commands-for-github-actions
"""

from __future__ import annotations

from collections.abc import Iterable

from pipelift.compiler.diagnostics import Diagnostic, Severity
from pipelift.compiler.diagnostics.rendering.excerpt import visible
from pipelift.compiler.diagnostics.span import Span

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def github_lines(diagnostics: Iterable[Diagnostic]) -> str:
    """One ``::error file=…,line=…::…`` line for each diagnostic."""
    return "".join(_render_line(diagnostic) + "\n" for diagnostic in diagnostics)


def _render_line(diagnostic: Diagnostic) -> str:
    properties = [*_list_place(diagnostic.span), ("title", diagnostic.code)]
    inside = ",".join(f"{name}={_escape_property(value)}" for name, value in properties)
    return f"::{_COMMANDS[diagnostic.severity]} {inside}::{_escape_data(_render_message(diagnostic))}"


def _list_place(span: Span | None) -> list[tuple[str, str]]:
    """The annotation's place. GitHub refuses columns on a range of several lines.

    A notebook is a JSON file, whose lines are not those of its cells: such a place names only the file.
    """
    if span is None:
        return []
    file, _, cell = span.file.partition("#")
    if cell:
        return [("file", file)]
    lines = [("file", file), ("line", str(span.line)), ("endLine", str(span.end_line))]
    if span.line != span.end_line:
        return lines
    return [*lines, ("col", str(span.column)), ("endColumn", str(span.end_column))]


def _render_message(diagnostic: Diagnostic) -> str:
    span = diagnostic.span
    parts = [f"{span}: {diagnostic.message}" if span and "#" in span.file else diagnostic.message]
    parts += [
        f"{cause.message} ({cause.span})" if cause.span else cause.message for cause in diagnostic.causes
    ]
    if diagnostic.help:
        parts.append(f"help: {diagnostic.help}")
    return "\n".join(parts)


def _escape_data(text: str) -> str:
    lines = text.replace("%", "%25").replace("\r", "%0D").split("\n")
    return "%0A".join(map(visible, lines))


def _escape_property(text: str) -> str:
    return _escape_data(text).replace(":", "%3A").replace(",", "%2C")
