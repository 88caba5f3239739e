"""Diagnostics as plain data, and as JSON: the form that `check --format json` and `manifest.json` share."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from pipelift.compiler.diagnostics import Diagnostic
from pipelift.compiler.diagnostics.rendering.excerpt import is_hidden
from pipelift.compiler.diagnostics.span import Span
from pipelift.compiler.diagnostics.spelling import spell_out

if TYPE_CHECKING:
    from pydantic import JsonValue

encode_text = json.encoder.encode_basestring
"""A text as JSON, in quotes. Raises `TypeError` for what is no text."""

_SCALARS: dict[type, Callable[[Any], str]] = {
    str: encode_text,
    int: int.__repr__,
    bool: lambda value: "true" if value else "false",
    float: lambda value: render_number(value),
    type(None): lambda value: "null",
}


def as_data(diagnostics: Iterable[Diagnostic]) -> list[dict[str, JsonValue]]:
    """One object for each diagnostic, in the order given; absent things are null, `help` may be empty."""
    return [_render_object(diagnostic) for diagnostic in diagnostics]


def json_text(diagnostics: Iterable[Diagnostic]) -> str:
    """The objects of `as_data` as a JSON array."""
    return escape_hidden(dump(as_data(diagnostics)))


def dump(value: object) -> str:
    """`value` as JSON for people: indented by two, in plain UTF-8, a newline at the end.

    Takes dicts, lists, tuples and scalars; raises `TypeError` for anything else. With an indent the standard library's
    encoder takes several times as long, and pydantic's, which writes the same, would be imported by every compilation.
    """
    return spell_out(render_value(value, "\n") + "\n")


def printable_json(value: object, indent: int | None = 2) -> str:
    """`value` as JSON for a terminal, as Python's encoder writes it; no newline at the end."""
    return escape_hidden(json.dumps(value, indent=indent, ensure_ascii=False))


def escape_hidden(text: str) -> str:
    """`text`, which is JSON, with the characters that could steer a terminal or turn its direction as JSON's escapes.

    Outside of strings JSON has none but line ends.
    """
    if text.replace("\n", "").isprintable():
        return text
    return "".join(json.dumps(char)[1:-1] if char != "\n" and is_hidden(char) else char for char in text)


def render_value(value: object, lead: str) -> str:
    """`value`, which begins on a line that `lead` (a line end and the indentation) leads to."""
    write = _SCALARS.get(type(value))
    if write is not None:
        return write(value)
    inner = f"{lead}  "
    if isinstance(value, (list, tuple)):
        items = [encode_text(item) if type(item) is str else render_value(item, inner) for item in value]
        return f"[{inner}{f',{inner}'.join(items)}{lead}]" if items else "[]"
    if not isinstance(value, (dict, Mapping)):
        raise TypeError(f"{type(value).__name__} is no JSON data")
    pairs = [
        f"{encode_text(name)}: {encode_text(item) if type(item) is str else render_value(item, inner)}"
        for name, item in value.items()
    ]
    return f"{{{inner}{f',{inner}'.join(pairs)}{lead}}}" if pairs else "{}"


def render_number(value: float) -> str:
    """The shortest digits that read back as `value`, with the exponents that pydantic writes."""
    if not math.isfinite(value):
        return json.dumps(value)
    mantissa, mark, exponent = repr(value).partition("e")
    if not mark:
        return mantissa
    if int(exponent) == -5:
        sign = "-" if value < 0 else ""
        return f"{sign}0.0000{mantissa.lstrip('-').replace('.', '')}"
    return f"{mantissa}e{int(exponent):+d}"


def _render_object(diagnostic: Diagnostic) -> dict[str, JsonValue]:
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity.value,
        "message": diagnostic.message,
        "span": _render_place(diagnostic.span),
        "causes": [
            {"message": cause.message, "span": _render_place(cause.span)} for cause in diagnostic.causes
        ],
        "help": diagnostic.help,
        "step": diagnostic.step,
        "fidelity": diagnostic.fidelity,
    }


def _render_place(span: Span | None) -> dict[str, JsonValue] | None:
    return asdict(span) if span else None
