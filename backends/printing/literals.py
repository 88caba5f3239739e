"""User values as text of another language: Python literals, shell words, comments."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

LINE_LENGTH = 88
"""The line length of black and of ruff by default, which generated Python keeps to."""


@dataclass(frozen=True, slots=True)
class Code:
    """A Python expression that stands as it is inside a literal, such as a variable's name.

    Only for text that we chose ourselves: it is not escaped.
    """

    text: str


def python_literal(value: object, indent: int = 0, used: int | None = None) -> str:
    """`value` as black writes it: double quotes; one element a line, with a trailing comma, where it is long.

    `indent` is the indentation of the line on which the literal begins, `used` the columns taken on that line
    before the literal and after it (by default only the indentation and a closing comma). Knows None, bool,
    int, float, str, bytes, list, tuple, mappings and `Code`, and raises `TypeError` for anything else. NaN
    and the infinities have no literal, and are written as calls of `float`.
    """
    flat = _flat(value)
    room = LINE_LENGTH - (indent + 1 if used is None else used)
    if len(flat) <= room or not isinstance(value, (list, tuple, Mapping)) or not value:
        return flat
    inner = " " * (indent + 4)
    lines = [f"{inner}{_element(item, indent + 4)}," for item in _items(value)]
    opening, closing = _brackets(value)
    return "\n".join([opening, *lines, " " * indent + closing])


def shell_word(value: object) -> str:
    """`value` as one word of a POSIX shell."""
    return shlex.quote(str(value))


def comment_text(value: object) -> str:
    """`value` on one line, so that it cannot end a ``#`` comment: control characters become spaces."""
    text = "".join(character if character.isprintable() else " " for character in str(value))
    return " ".join(text.split())


def _element(item: object, indent: int) -> str:
    if not isinstance(item, _Pair):
        return python_literal(item, indent)
    key = _flat(item.key)
    return f"{key}: {python_literal(item.value, indent, indent + len(key) + 3)}"


@dataclass(frozen=True, slots=True)
class _Pair:
    key: object
    value: object


def _items(value: Sequence[object] | Mapping[object, object]) -> list[object]:
    if isinstance(value, Mapping):
        return [_Pair(key, item) for key, item in value.items()]
    return list(value)


def _brackets(value: object) -> tuple[str, str]:
    if isinstance(value, Mapping):
        return "{", "}"
    return ("[", "]") if isinstance(value, list) else ("(", ")")


def _flat(value: object) -> str:
    if isinstance(value, Code):
        return value.text
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, (list, tuple, Mapping)):
        return _collection(value)
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return f'float("{value}")'
    if value is None or isinstance(value, (bool, int, float)):
        return repr(value)
    if isinstance(value, bytes):
        return "b" + _requote(repr(value)[1:])
    raise TypeError(f"{type(value).__name__} is no Python literal")


def _collection(value: Sequence[object] | Mapping[object, object]) -> str:
    if isinstance(value, Mapping):
        inside = ", ".join(f"{_flat(key)}: {_flat(item)}" for key, item in value.items())
    else:
        inside = ", ".join(_flat(item) for item in value)
        if isinstance(value, tuple) and len(value) == 1:
            inside += ","
    opening, closing = _brackets(value)
    return f"{opening}{inside}{closing}"


def _text(value: str) -> str:
    return _requote(ascii(value) if not value.isprintable() else repr(value))


def _requote(literal: str) -> str:
    """Double quotes, unless that takes more backslashes: black's rule (its documentation, "Strings")."""
    if literal.startswith('"'):
        return literal
    body = literal[1:-1]
    unescaped = body.replace("\\'", "'")
    doubled = unescaped.replace('"', '\\"')
    return f'"{doubled}"' if doubled.count("\\") <= body.count("\\") else literal
