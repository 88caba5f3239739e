"""Values and calls as Python's text, laid out as black does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

LINE_LENGTH = 88
"""The line length of black and of ruff by default, which generated Python keeps to."""


@dataclass(frozen=True, slots=True)
class Code:
    """A Python expression that stands as it is inside a literal, such as a variable's name.

    Only for text that we chose ourselves: it is not escaped.
    """

    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """``function(…)`` of values. `function` is text that we chose ourselves."""

    function: str
    arguments: tuple[object, ...] = ()
    keywords: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Item:
    """``collection[key]``, where `collection` is text that we chose ourselves."""

    collection: str
    key: object


@dataclass(frozen=True, slots=True)
class Parenthesised:
    """A value with parentheses around it where only these make it fit, as behind ``name =``."""

    value: object


@dataclass(frozen=True, slots=True)
class _Part:
    """A line of a broken expression: `text` is ours, and stands before `value`."""

    text: str
    value: object


_Broken: TypeAlias = (
    "list[object] | tuple[object, ...] | Mapping[object, object] | Call | Item | Parenthesised"
)


def call(function: str, *arguments: object, **keywords: object) -> Call:
    """``function(…)``. Arguments are values, which become literals, and expressions (`Code`, `Call`, `Item`)."""
    return Call(function, arguments, keywords)


def python_literal(value: object, indent: int = 0, used: int | None = None) -> str:
    """`value` as black writes it: double quotes; one element a line, with a trailing comma, where it is long.

    `indent` is the indentation of the line on which the literal begins, `used` the columns taken on that line
    before the literal and after it (by default only the indentation and a closing comma). Knows None, bool,
    int, float, str, bytes, list, tuple, mappings and expressions (`Code`, `Call`, `Item`, `Parenthesised`), and
    raises `TypeError` for anything else. NaN and the infinities have no literal, and are written as calls of
    `float`.
    """
    flat = _flat(value)
    if len(flat) <= LINE_LENGTH - (indent + 1 if used is None else used):
        return flat
    if isinstance(value, Parenthesised) and indent + 4 + len(flat) > LINE_LENGTH:
        return python_literal(value.value, indent, used)
    if isinstance(value, (Item, Parenthesised)):
        inside, comma = [_Part("", value.key if isinstance(value, Item) else value.value)], ""
    else:
        inside, comma = list(_parts(value)), ","
    if not inside:
        return flat
    opening, closing = _brackets(value)
    inner = " " * (indent + 4)
    lines = [
        f"{inner}{part.text}{python_literal(part.value, indent + 4, indent + 4 + len(part.text + comma))}{comma}"
        for part in inside
    ]
    return "\n".join([opening, *lines, " " * indent + closing])


def _parts(value: object) -> Iterator[_Part]:
    """What stands on lines of its own where `value` is broken; nothing for what cannot be."""
    if isinstance(value, Call):
        yield from (_Part("", argument) for argument in value.arguments)
        yield from (_Part(f"{name}=", argument) for name, argument in value.keywords.items())
    elif isinstance(value, Mapping):
        yield from (_Part(f"{_flat(key)}: ", item) for key, item in value.items())
    elif isinstance(value, (list, tuple)):
        yield from (_Part("", item) for item in value)


def _brackets(value: object) -> tuple[str, str]:
    if isinstance(value, Mapping):
        return "{", "}"
    if isinstance(value, Item):
        return f"{value.collection}[", "]"
    if isinstance(value, list):
        return "[", "]"
    return f"{value.function}(" if isinstance(value, Call) else "(", ")"


def _flat(value: object) -> str:
    """`value` on one line."""
    match value:
        case Code():
            return value.text
        case Parenthesised():
            return _flat(value.value)
        case Call() | Item() | list() | tuple() | Mapping():
            return _flat_collection(value)
        case str():
            return _text(value)
        case bytes():
            return "b" + _requote(repr(value)[1:])
        case float() if value != value or value in (float("inf"), float("-inf")):
            return f'float("{value}")'
        case None | bool() | int() | float():
            return repr(value)
    raise TypeError(f"{type(value).__name__} is no Python literal")


def _flat_collection(value: Call | Item | Sequence[object] | Mapping[object, object]) -> str:
    opening, closing = _brackets(value)
    parts = [_Part("", value.key)] if isinstance(value, Item) else list(_parts(value))
    inside = ", ".join(part.text + _flat(part.value) for part in parts)
    comma = "," if isinstance(value, tuple) and len(value) == 1 else ""
    return f"{opening}{inside}{comma}{closing}"


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
