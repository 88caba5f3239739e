"""Diagnostics as people and programs read them: text with carets, JSON, SARIF, GitHub annotation lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from pipelift.compiler.diagnostics import Diagnostic
from pipelift.compiler.report.data import as_data, json_text
from pipelift.compiler.report.github import github_lines
from pipelift.compiler.report.sarif import sarif_text
from pipelift.compiler.report.text import render_diagnostic, render_text, summary

_FORMATS: Mapping[str, Callable[[Iterable[Diagnostic]], str]] = {
    "json": json_text,
    "sarif": sarif_text,
    "github": github_lines,
}

FORMATS = ("text", *_FORMATS)


def render(
    diagnostics: Iterable[Diagnostic], sources: Mapping[str, str], format: str, *, color: bool = False
) -> str:
    """The diagnostics in one of `FORMATS`, with a newline at the end (empty where there is nothing to say).

    `sources` has the text of each file by the name that spans use; only ``text`` needs it, and only it knows
    `color`. Raises `KeyError` for any other format.
    """
    if format == "text":
        return render_text(diagnostics, sources, color=color)
    return _FORMATS[format](diagnostics)


__all__ = ["FORMATS", "as_data", "render", "render_diagnostic", "render_text", "summary"]
