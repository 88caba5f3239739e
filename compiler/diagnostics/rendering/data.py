"""Diagnostics as plain data, and as JSON: the form that `check --format json` and `manifest.json` share."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING

from pipelift.compiler.diagnostics import Diagnostic
from pipelift.compiler.diagnostics.span import Span

if TYPE_CHECKING:
    from pydantic import JsonValue


def as_data(diagnostics: Iterable[Diagnostic]) -> list[dict[str, JsonValue]]:
    """One object for each diagnostic, in the order given; absent things are null, `help` may be empty."""
    return [_render_object(diagnostic) for diagnostic in diagnostics]


def json_text(diagnostics: Iterable[Diagnostic]) -> str:
    """The objects of `as_data` as a JSON array."""
    return dump(as_data(diagnostics))


def dump(value: object) -> str:
    """`value` as JSON for people: indented by two, in plain UTF-8, a newline at the end.

    A lone surrogate (user text can hold one) is written as its JSON escape, since UTF-8 has no form for it; all
    else is written by pydantic's serializer, several times faster than the standard library's with an indent.
    """
    from pydantic_core import PydanticSerializationError, to_json

    try:
        return to_json(value, indent=2).decode() + "\n"
    except PydanticSerializationError:
        text = json.dumps(value, indent=2, ensure_ascii=False) + "\n"
        return text.encode("utf-8", "backslashreplace").decode("utf-8")


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
