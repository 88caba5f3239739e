"""Diagnostics as text for people: the message, the source with carets, the chain of causes, the remedy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from pipelift.compiler.diagnostics import Diagnostic, Severity
from pipelift.compiler.diagnostics.rendering.excerpt import extract_excerpt, visible

Style = Callable[[str, str], str]

_COLORS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}


def render_text(diagnostics: Iterable[Diagnostic], sources: Mapping[str, str], *, color: bool = False) -> str:
    """All diagnostics, an empty line after each, and the line of counts; empty when there are none."""
    items = list(diagnostics)
    if not items:
        return ""
    blocks = [render_diagnostic(diagnostic, sources, color=color) for diagnostic in items]
    return "\n".join([*blocks, summarize(items) + "\n"])


def render_brief(
    diagnostics: Iterable[Diagnostic], sources: Mapping[str, str], *, color: bool = False
) -> str:
    """Errors in full, all else on a line each, and the line of counts: for commands that go on to do something."""
    items = list(diagnostics)
    style = _style_ansi if color else _style_plain
    errors = [
        render_diagnostic(diagnostic, sources, color=color)
        for diagnostic in items
        if diagnostic.severity is Severity.ERROR
    ]
    others = [
        _render_line(diagnostic, style) for diagnostic in items if diagnostic.severity is not Severity.ERROR
    ]
    if not items:
        return ""
    return "\n".join([*errors, "".join(others) + summarize(items) + "\n"])


def _render_line(diagnostic: Diagnostic, style: Style) -> str:
    head = style(f"{diagnostic.severity.value}[{diagnostic.code}]", _COLORS[diagnostic.severity])
    place = f" ({visible(str(diagnostic.span))})" if diagnostic.span else ""
    return f"{head}: {visible(diagnostic.message)}{place}\n"


def render_diagnostic(diagnostic: Diagnostic, sources: Mapping[str, str], *, color: bool = False) -> str:
    """One diagnostic, with a newline at the end. Without the text of its file only the place is shown."""
    style = _style_ansi if color else _style_plain
    tone = _COLORS[diagnostic.severity]
    head = style(f"{diagnostic.severity.value}[{diagnostic.code}]", tone)
    lines = [f"{head}{style(': ' + visible(diagnostic.message), 'bold')}"]
    margin = 0
    if diagnostic.span:
        block = extract_excerpt(sources.get(diagnostic.span.file), diagnostic.span)
        margin = block.margin
        lines.append(f"{' ' * margin}{style('-->', 'blue')} {visible(str(diagnostic.span))}")
        lines += [
            f"{style(f'{row.number:>{margin}} |', 'blue')}{style(row.text, tone) if row.mark else row.text}"
            for row in block.rows
        ]
    lines += [_render_label(label, text, margin, style) for label, text in _list_remarks(diagnostic)]
    return "\n".join(lines) + "\n"


def _list_remarks(diagnostic: Diagnostic) -> list[tuple[str, str]]:
    notes = [
        (
            "note",
            f"{visible(cause.message)} ({visible(str(cause.span))})"
            if cause.span
            else visible(cause.message),
        )
        for cause in diagnostic.causes
    ]
    # help may be a block to paste, of several lines
    remedy = "\n".join(visible(line) for line in diagnostic.help.split("\n"))
    return [*notes, ("help", remedy)] if remedy else notes


def _render_label(label: str, text: str, margin: int, style: Style) -> str:
    indent = "\n" + " " * (margin + len(f" = {label}: "))
    return f"{' ' * margin} {style('=', 'blue')} {style(label + ':', 'bold')} {text.replace(chr(10), indent)}"


def summarize(diagnostics: Iterable[Diagnostic]) -> str:
    """The counts: ``2 errors, 1 warning``; ``no problems found`` for none."""
    severities = [diagnostic.severity for diagnostic in diagnostics]
    counts = [(severities.count(severity), severity.value) for severity in Severity]
    phrases = [f"{count} {word}{'s' if count > 1 else ''}" for count, word in counts if count]
    return ", ".join(phrases) or "no problems found"


def _style_plain(text: str, name: str) -> str:
    return text


def _style_ansi(text: str, name: str) -> str:
    import click

    return click.style(text, bold=True) if name == "bold" else click.style(text, fg=name, bold=True)
