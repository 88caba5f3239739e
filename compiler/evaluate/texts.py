"""Texts that are put together: f-strings, ``%``, ``.format`` and ``+``, with references to SDK objects kept."""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import libcst

from pipelift.compiler.evaluate import operators
from pipelift.compiler.evaluate.values import (
    PLAIN,
    Interpolated,
    Modelled,
    Raised,
    Unknown,
    Value,
    derived,
    find_unknown,
)
from pipelift.compiler.span import Span

if TYPE_CHECKING:
    from pipelift.compiler.evaluate.interpreter import Interpreter
    from pipelift.compiler.evaluate.state import Scope


def pieces(value: Value, span: Span) -> tuple[Value, ...] | Unknown:
    """What `value` becomes inside a text: pieces of text and references; unknown where its text is not known."""
    if isinstance(value, str):
        return (value,)
    if isinstance(value, Unknown):
        return value
    if isinstance(value, Interpolated):
        return value.parts
    if isinstance(value, Modelled):
        parts = value.text_parts()
        return parts if parts is not None else Unknown("the text of this object is not known", span)
    unknown = find_unknown(value)
    if unknown is not None:
        return unknown
    if not _printable(value):
        return Unknown("the text of this object is not known", span)
    return (str(value),)


def _printable(value: Value) -> bool:
    if isinstance(value, (list, tuple, set, frozenset)):
        return all(map(_printable, value))
    if isinstance(value, dict):
        return all(_printable(key) and _printable(item) for key, item in value.items())
    return isinstance(value, PLAIN) or type(value).__module__ in ("datetime", "pathlib")


def assembled(parts: Sequence[Value]) -> Value:
    """One text from pieces: a `str` where no reference is among them."""
    merged: list[Value] = []
    for part in parts:
        if isinstance(part, str) and merged and isinstance(merged[-1], str):
            merged[-1] += part
        elif part != "":
            merged.append(part)
    if all(isinstance(part, str) for part in merged):
        return "".join(merged)
    return Interpolated(tuple(merged))


def add(left: Value, right: Value, span: Span) -> Value:
    """``left + right`` where one of them is a text."""
    for operand in (left, right):
        if isinstance(operand, Unknown):
            return derived("an operand is not known", span, operand) if operand.span != span else operand
        if not isinstance(operand, (str, Interpolated)):
            if isinstance(operand, Modelled):
                return Unknown("pipelift does not follow this operator on an object", span)
            raise Raised("TypeError", "can only concatenate str to str", span)
    one, other = pieces(left, span), pieces(right, span)
    assert not isinstance(one, Unknown) and not isinstance(other, Unknown)
    if sum(len(part) for part in (*one, *other) if isinstance(part, str)) > operators.MAX_SIZE:
        return Unknown("the text is too long", span)
    return assembled((*one, *other))


def formatted(it: Interpreter, node: libcst.FormattedString, scope: Scope) -> Value:
    """The value of an f-string."""
    parts: list[Value] = []
    for part in node.parts:
        if isinstance(part, libcst.FormattedStringText):
            parts.append(_unescaped(part.value, node.start))
            continue
        assert isinstance(part, libcst.FormattedStringExpression)
        added = _formatted_part(it, part, scope)
        if isinstance(added, Unknown):
            return it.unknown_operand(added, it.span(node), "a part of the text is not known")
        parts.extend(added)
    return assembled(parts)


def _unescaped(text: str, start: str) -> str:
    text = text.replace("{{", "{").replace("}}", "}")
    if "r" in start.lower() or "\\" not in text:
        return text
    try:
        return str(libcst.SimpleString('"""' + text.replace('"', '\\"') + '"""').evaluated_value)
    except (SyntaxError, ValueError):
        return text


def _formatted_part(
    it: Interpreter, part: libcst.FormattedStringExpression, scope: Scope
) -> tuple[Value, ...] | Unknown:
    value = it.evaluate(part.expression, scope)
    span = it.span(part.expression)
    specification: Value = ""
    if part.format_spec:
        specification = formatted(it, libcst.FormattedString(parts=part.format_spec), scope)
    if isinstance(specification, Unknown):
        return specification
    if not specification and not part.conversion and part.equal is None:
        return pieces(value, span)
    return _converted(value, part.conversion, specification, span)


def _converted(
    value: Value, conversion: str | None, specification: Value, span: Span
) -> tuple[Value, ...] | Unknown:
    unknown = find_unknown(value)
    if unknown is not None:
        return unknown
    if not isinstance(specification, str) or not _printable(value):
        return Unknown("the text of this object is not known", span)
    if conversion:
        value = {"r": repr, "s": str, "a": ascii}[conversion](value)
    try:
        operators.check_format(specification)
        return (operators.apply(format, value, specification),)
    except operators.TooLarge:
        return Unknown("the text is too long", span)


def percent(it: Interpreter, template: str, value: Value, node: libcst.CSTNode) -> Value:
    """``template % value``; references are kept where the template has only ``%s``."""
    span = it.span(node)
    unknown = find_unknown(value)
    if unknown is not None:
        return it.unknown_operand(unknown, span, "a part of the text is not known")
    values = value if isinstance(value, tuple) else (value,)
    if any(isinstance(one, (Modelled, Interpolated)) for one in values):
        texts = template.split("%s")
        if len(texts) != len(values) + 1 or any("%" in text.replace("%%", "") for text in texts):
            return Unknown("the text of this object is not known", span)
        return _woven([text.replace("%%", "%") for text in texts], values, span)
    try:
        return operators.apply(operators.BINARY[libcst.Modulo], template, value)
    except operators.TooLarge:
        return Unknown("the text is too long", span)


def _woven(texts: Sequence[str], values: Sequence[Value], span: Span) -> Value:
    parts: list[Value] = [texts[0]]
    for value, text in zip(values, texts[1:], strict=True):
        added = pieces(value, span)
        if isinstance(added, Unknown):
            return added
        parts.extend((*added, text))
    return assembled(parts)


class _Fields(string.Formatter):
    """``str.format`` that reads no attributes: those would reach into pipelift's own objects."""

    def get_field(self, field_name: str, args: Any, kwargs: Any) -> Any:
        if "." in field_name:
            raise operators.TooLarge
        return super().get_field(field_name, args, kwargs)


def format_template(template: str, args: Sequence[Value], kwargs: Mapping[str, Value], span: Span) -> Value:
    """``template.format(*args, **kwargs)``; references are kept where the fields are plain."""
    unknown = find_unknown([*args, *kwargs.values()])
    if unknown is not None:
        return derived("a part of the text is not known", span, unknown)
    try:
        operators.check_format(template)
        if any(isinstance(value, (Modelled, Interpolated)) for value in (*args, *kwargs.values())):
            return _format_references(template, args, kwargs, span)
        if not all(map(_printable, (*args, *kwargs.values()))):
            return Unknown("the text of an object is not known", span)
        return operators.apply(lambda: _Fields().vformat(template, tuple(args), dict(kwargs)))
    except operators.TooLarge:
        return Unknown("pipelift does not follow this format", span)


def _format_references(
    template: str, args: Sequence[Value], kwargs: Mapping[str, Value], span: Span
) -> Value:
    parts: list[Value] = []
    automatic = 0
    for text, name, specification, conversion in string.Formatter().parse(template):
        parts.append(text)
        if name is None:
            continue
        if specification or conversion or not (name == "" or name.isidentifier() or name.isdigit()):
            return Unknown("pipelift does not follow this format", span)
        key = name or str(automatic)
        automatic += name == ""
        found = kwargs.get(key) if not key.isdigit() else (args[int(key)] if int(key) < len(args) else None)
        added = pieces(found, span)
        if isinstance(added, Unknown):
            return added
        parts.extend(added)
    return assembled(parts)
