"""Diagnostics as people and programs read them: text with carets, JSON, SARIF, GitHub annotation lines."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from pipelift.compiler.diagnostics import Diagnostic
from pipelift.compiler.diagnostics.rendering.data import as_data, json_text
from pipelift.compiler.diagnostics.rendering.github import github_lines
from pipelift.compiler.diagnostics.rendering.sarif import sarif_text
from pipelift.compiler.diagnostics.rendering.text import (
    render_brief,
    render_diagnostic,
    render_text,
    summarize,
)
from pipelift.compiler.diagnostics.span import Span

_FORMATS: Mapping[str, Callable[[Iterable[Diagnostic]], str]] = {
    "json": json_text,
    "sarif": sarif_text,
    "github": github_lines,
}

FORMATS = ("text", "brief", *_FORMATS)


def render(
    diagnostics: Iterable[Diagnostic], sources: Mapping[str, str], format: str, *, color: bool = False
) -> str:
    """The diagnostics in one of `FORMATS`, with a newline at the end (empty where there is nothing to say).

    `sources` has the text of each file by the name that spans use; only ``text`` and ``brief`` (errors in full,
    the rest on a line each) need it, and only they know `color`. Raises `KeyError` for any other format.
    """
    if format in ("text", "brief"):
        draw = render_text if format == "text" else render_brief
        return draw(diagnostics, sources, color=color)
    return _FORMATS[format](diagnostics)


def from_folder(
    diagnostics: Iterable[Diagnostic], sources: Mapping[str, str], folder: str
) -> tuple[list[Diagnostic], dict[str, str]]:
    """The same with each file's name prefixed by `folder` (with ``/``): places as seen from somewhere else."""

    def move_span(span: Span | None) -> Span | None:
        return (
            None
            if span is None
            else replace(span, file=posixpath.normpath(posixpath.join(folder, span.file)))
        )

    placed = [
        replace(
            diagnostic,
            span=move_span(diagnostic.span),
            causes=tuple(replace(cause, span=move_span(cause.span)) for cause in diagnostic.causes),
        )
        for diagnostic in diagnostics
    ]
    texts = {posixpath.normpath(posixpath.join(folder, name)): text for name, text in sources.items()}
    return placed, texts


__all__ = [
    "FORMATS",
    "as_data",
    "from_folder",
    "render",
    "render_brief",
    "render_diagnostic",
    "render_text",
    "summarize",
]
