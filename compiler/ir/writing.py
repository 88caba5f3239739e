"""Nodes as JSON text: each field by a writer made from its type, which refuses what the field cannot hold.

pydantic's serializer writes the same and checks as much. It takes a fifth of a second to import and to learn the IR,
which every compilation would wait for; `wire.py` reads with it.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from operator import attrgetter
from typing import Any

from pipelift.compiler.diagnostics.rendering.data import (
    encode_text,
    render_number,
    render_value,
)
from pipelift.compiler.diagnostics.spelling import spell_out

Writer = Callable[[Any, str], str]
"""Makes the text of a value that begins on a line which a line end and an indentation, the second argument, lead to."""


def write_node(node: object) -> str:
    """The frozen dataclass `node` as JSON: indented by two, in plain UTF-8, a newline at the end.

    Its types may be scalars, literals of text, tuples of any length, dataclasses, their unions, and `object` for plain
    data. Raises `TypeError` for a value that its field's type does not allow.
    """
    return spell_out(_writer_of(type(node))(node, "\n") + "\n")


def _writer_of(kind: Any) -> Writer:
    """The writer for values of the type `kind`, made once."""
    if kind not in _WRITERS:
        _WRITERS[kind] = _make_writer(kind)
    return _WRITERS[kind]


def _make_writer(kind: Any) -> Writer:
    origin = typing.get_origin(kind)
    if origin is typing.Literal:
        return _write_words({word: encode_text(word) for word in typing.get_args(kind)})
    if origin is tuple:
        return _write_tuple(_writer_of(typing.get_args(kind)[0]))
    if origin in (typing.Union, types.UnionType):
        return _write_choice(typing.get_args(kind))
    if isinstance(kind, type) and is_dataclass(kind):
        return _write_fields(kind)
    raise TypeError(f"{kind} is no type of JSON data")


def _write_text(value: Any, lead: str) -> str:
    return encode_text(value)  # raises TypeError for what is no text


def _write_flag(value: Any, lead: str) -> str:
    return _refuse(value, "a flag") if type(value) is not bool else "true" if value else "false"


def _write_integer(value: Any, lead: str) -> str:
    return repr(value) if type(value) is int else _refuse(value, "an integer")


def _write_float(value: Any, lead: str) -> str:
    """An int too, which the type checker allows in a field for floats; it reads back as a float."""
    return render_number(float(value)) if type(value) in (int, float) else _refuse(value, "a float")


def _write_nothing(value: Any, lead: str) -> str:
    return "null" if value is None else _refuse(value, "None")


def _write_words(texts: Mapping[str, str]) -> Writer:
    def write(value: Any, lead: str) -> str:
        return texts[value] if value in texts else _refuse(value, f"one of {', '.join(texts)}")

    return write


def _write_tuple(write_item: Writer) -> Writer:
    def write(value: Any, lead: str) -> str:
        if type(value) is not tuple:
            _refuse(value, "a tuple")
        inner = f"{lead}  "
        return (
            f"[{inner}{f',{inner}'.join([write_item(item, inner) for item in value])}{lead}]"
            if value
            else "[]"
        )

    return write


def _write_choice(kinds: tuple[Any, ...]) -> Writer:
    """A value of one of several types, which its own type tells apart; an int among floats is one of them."""
    by_type: dict[type, Writer] = {}
    for kind in kinds:
        if typing.get_origin(kind) is tuple:
            by_type[tuple] = _writer_of(kind)
        elif typing.get_origin(kind) is typing.Literal:
            by_type[str] = _writer_of(kind)
        else:
            by_type[kind] = _writer_of(kind)
    if float in by_type:
        by_type.setdefault(int, _write_float)

    def write(value: Any, lead: str) -> str:
        writer = by_type.get(type(value))
        return _refuse(value, " or ".join(map(str, kinds))) if writer is None else writer(value, lead)

    return write


def _write_fields(cls: type) -> Writer:
    """An object with the fields of the dataclass `cls`, less what it derives for itself (``init=False``)."""
    hints = typing.get_type_hints(cls)
    names = [field.name for field in fields(cls) if field.init]
    get = attrgetter(*names)
    writers: list[tuple[str, Writer]] = []

    def write(value: Any, lead: str) -> str:
        if type(value) is not cls:
            _refuse(value, cls.__name__)
        inner = f"{lead}  "
        values = get(value) if len(names) > 1 else (get(value),)
        pairs = [
            f"{key}{encode_text(item)}" if writer is _write_text else f"{key}{writer(item, inner)}"
            for (key, writer), item in zip(writers, values, strict=True)
        ]
        return f"{{{inner}{f',{inner}'.join(pairs)}{lead}}}"

    writers += [(f'"{name}": ', _writer_of(hints[name])) for name in names]
    return write


def _refuse(value: object, expected: str) -> typing.NoReturn:
    raise TypeError(f"{value!r} is not {expected}")


_WRITERS: dict[Any, Writer] = {
    str: _write_text,
    bool: _write_flag,
    int: _write_integer,
    float: _write_float,
    type(None): _write_nothing,
    object: render_value,
}
