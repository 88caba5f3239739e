"""The lines of source under a diagnostic, and the marks below them: columns as a terminal shows them."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from pipelift.compiler.diagnostics.span import Span

TAB = 4
WHOLE = 4  # a span of more lines than this shows its first two and its last


@dataclass(frozen=True, slots=True)
class Row:
    """One line of an excerpt: its `number` (or nothing), the text after the bar, whether it is a mark."""

    number: str
    text: str
    mark: bool = False


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The rows below a place, and the width of the numbers before the bar."""

    rows: tuple[Row, ...]
    margin: int


def extract_excerpt(source: str | None, span: Span) -> Excerpt:
    """The source lines of `span` with their marks; no rows when the text is not known or has no such line."""
    lines = _split_lines(source) if source is not None else []
    margin = len(str(span.end_line))
    if not 1 <= span.line <= span.end_line or span.end_line > len(lines):
        return Excerpt((), margin)
    body = _mark_line(lines, span) if span.line == span.end_line else _mark_lines(lines, span)
    return Excerpt((Row("", ""), *body, Row("", "")), margin)


def visible(text: str) -> str:
    """`text` on one line, with nothing in it that could steer a terminal or turn its direction."""
    if text.isprintable():  # nearly always, and a hundred times faster
        return text
    return "".join(_escape_char(char) if is_hidden(char) else char for char in text)


def _mark_line(lines: list[str], span: Span) -> list[Row]:
    line = lines[span.line - 1]
    start = _measure_width(line[: span.column - 1])
    end = _measure_width(line[: span.end_column - 1])
    return [
        Row(str(span.line), f" {_draw(line)}".rstrip()),
        Row("", " " + " " * start + "^" * max(1, end - start), mark=True),
    ]


def _mark_lines(lines: list[str], span: Span) -> list[Row]:
    """A bar leads from the first character of the span to its last, as rustc draws it."""
    start = _measure_width(lines[span.line - 1][: span.column - 1])
    # a span may end before the first character of a line: the mark then stands under that character
    end = max(0, _measure_width(lines[span.end_line - 1][: span.end_column - 1]) - 1)
    numbers = range(span.line + 1, span.end_line + 1)
    rows = [
        Row(str(span.line), f"   {_draw(lines[span.line - 1])}".rstrip()),
        Row("", "  " + "_" * (start + 1) + "^", mark=True),
    ]
    drawn = numbers if len(numbers) < WHOLE else numbers[:1]
    rows += [_draw_bar(lines, number) for number in drawn]
    if drawn is not numbers:
        rows += [Row("", " | ..."), _draw_bar(lines, span.end_line)]
    return [*rows, Row("", " |" + "_" * (end + 1) + "^", mark=True)]


def _draw_bar(lines: list[str], number: int) -> Row:
    return Row(str(number), f" | {_draw(lines[number - 1])}".rstrip())


@lru_cache(maxsize=4)
def _split_lines(source: str) -> list[str]:
    """The lines as Python counts them: a form feed or a Unicode separator ends none.

    They are kept: many diagnostics stand in one file.
    """
    return source.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _draw(line: str) -> str:
    """The line as it is printed: tabs become spaces, hidden characters one visible sign each."""
    drawn: list[str] = []
    column = 0
    for char in line:
        if char == "\t":
            drawn.append(" " * (TAB - column % TAB))
        else:
            drawn.append("\N{REPLACEMENT CHARACTER}" if is_hidden(char) else char)
        column += _measure_char(char, column)
    return "".join(drawn)


def _measure_width(text: str) -> int:
    """The columns that `text` takes in a terminal when it begins a line."""
    column = 0
    for char in text:
        column += _measure_char(char, column)
    return column


def _measure_char(char: str, column: int) -> int:
    """The columns that `char` takes when it stands at `column` (from 0)."""
    if char == "\t":
        return TAB - column % TAB
    if unicodedata.category(char) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def is_hidden(char: str) -> bool:
    """Control and format characters, line separators and lone surrogates."""
    return unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp")


def _escape_char(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")
