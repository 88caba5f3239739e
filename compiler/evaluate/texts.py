"""Texts that are put together: f-strings, ``%``, ``.format`` and ``+``, with references to SDK objects kept."""

from __future__ import annotations

import operator
import re
import string
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from types import MappingProxyType

import libcst

from pipelift.compiler.diagnostics.span import Span
from pipelift.compiler.evaluate import meter, operators
from pipelift.compiler.evaluate.display import NotKnown, measured, printable
from pipelift.compiler.evaluate.machine import Machine
from pipelift.compiler.evaluate.objects import Instance, Scope
from pipelift.compiler.evaluate.values import (
    Interpolated,
    Modelled,
    Raised,
    Unknown,
    Value,
    derived,
    find_unknown,
    is_reference,
    is_secret_reference,
)


def split_text(it: Machine, value: Value, span: Span) -> tuple[Value, ...] | Unknown:
    """What `value` becomes inside a text: pieces of text and references; unknown where its text is not known."""
    if isinstance(value, str):
        return (value,)
    if isinstance(value, Unknown):
        return (value,) if is_secret_reference(value) else value
    if isinstance(value, Interpolated):
        return value.parts
    if isinstance(value, Modelled):
        parts = value.text_parts()
        return parts if parts is not None else Unknown("the text of this object is not known", span)
    if isinstance(value, (list, tuple)) and any(map(is_reference, value)):
        return _render_list(it, value, span)
    try:
        printed = printable(it, value, span)
        return (operators.apply(str, printed),)
    except NotKnown as error:
        return error.unknown


def _render_list(it: Machine, value: Sequence[Value], span: Span) -> tuple[Value, ...] | Unknown:
    """The text of a list that holds references, as Python writes lists."""
    parts: list[Value] = ["[" if isinstance(value, list) else "("]
    for position, item in enumerate(value):
        item_parts = split_text(it, repr(item) if isinstance(item, str) else item, span)
        if isinstance(item_parts, Unknown):
            return item_parts
        parts += [*([", "] if position else []), *item_parts]
    end = "]" if isinstance(value, list) else ",)" if len(value) == 1 else ")"
    return (*parts, end)


def assemble_text(parts: Sequence[Value]) -> Value:
    """One text from pieces: a `str` where no reference is among them. Raises `TooLarge`."""
    meter.limit(sum(len(part) if isinstance(part, str) else 1 for part in parts))
    merged: list[Value] = []
    for is_text, group in groupby(parts, lambda part: isinstance(part, str)):
        pieces = list(group)
        if is_text:
            text = "".join(map(str, pieces))
            merged += [text] if text else []
        else:
            merged += pieces
    if len(merged) > 1 or (merged and not isinstance(merged[0], str)):
        meter.charge(merged)
        return Interpolated(tuple(merged))
    meter.charge(merged[0] if merged else "")
    return merged[0] if merged else ""


def add_texts(left: Value, right: Value, span: Span) -> Value:
    """``left + right`` of texts with references, one of which may be unknown."""
    for operand in (left, right):
        if isinstance(operand, Unknown) and not is_secret_reference(operand):
            return operand if operand.span == span else derived("an operand is not known", span, operand)
    if not all(isinstance(operand, (str, Interpolated, Unknown)) for operand in (left, right)):
        raise Raised("TypeError", "can only concatenate str to str", span)
    return assemble_text([*_list_parts(left), *_list_parts(right)])


def _list_parts(value: Value) -> tuple[Value, ...]:
    return value.parts if isinstance(value, Interpolated) else (value,)


def format_string(it: Machine, node: libcst.FormattedString, scope: Scope) -> Value:
    """The value of an f-string."""
    quote = '"' if '"' in node.start else "'"
    quote = node.start[node.start.index(quote) :]
    parts = _evaluate_contents(it, node.parts, quote, "r" in node.start.lower(), scope)
    if isinstance(parts, Unknown):
        return it.unknown_operand(parts, it.span(node), "a part of the text is not known")
    return assemble_text(parts)


def _evaluate_contents(
    it: Machine,
    contents: Sequence[libcst.BaseFormattedStringContent],
    quote: str,
    raw: bool,
    scope: Scope,
) -> list[Value] | Unknown:
    parts: list[Value] = []
    for part in contents:
        if isinstance(part, libcst.FormattedStringText):
            parts.append(_unescape_text(part.value, quote, raw))
            continue
        assert isinstance(part, libcst.FormattedStringExpression)
        part_pieces = _evaluate_part(it, part, quote, raw, scope)
        if isinstance(part_pieces, Unknown):
            return part_pieces
        parts.extend(part_pieces)
    return parts


def _unescape_text(text: str, quote: str, raw: bool) -> str:
    text = text.replace("{{", "{").replace("}}", "}")
    if raw or "\\" not in text:
        return text
    odd = (len(text) - len(text.rstrip("\\"))) % 2
    try:
        return str(libcst.SimpleString(quote + text + "\\" * odd + quote).evaluated_value)
    except (SyntaxError, ValueError, libcst.CSTValidationError):
        return text


def _evaluate_part(
    it: Machine, part: libcst.FormattedStringExpression, quote: str, raw: bool, scope: Scope
) -> tuple[Value, ...] | Unknown:
    value = it.evaluate(part.expression, scope)
    span = it.span(part.expression)
    prefix: tuple[Value, ...] = ()
    conversion = part.conversion
    specification: Value = ""
    if part.format_spec:
        spec_parts = _evaluate_contents(it, part.format_spec, quote, raw, scope)
        specification = spec_parts if isinstance(spec_parts, Unknown) else assemble_text(spec_parts)
    if isinstance(specification, Unknown):
        return specification
    if part.equal is not None:  # f"{name=}" prints the expression too
        code = libcst.Module([]).code_for_node(part.expression)
        before, after = part.whitespace_before_expression, part.equal
        echo = [_print_code(before), code, _print_code(after)]
        prefix = ("".join(echo),)
        conversion = conversion or (None if part.format_spec else "r")
    if not specification and not conversion and not isinstance(value, Instance):
        part_pieces = split_text(it, value, span)
    else:
        part_pieces = _convert_value(it, value, conversion, specification, span)
    return part_pieces if isinstance(part_pieces, Unknown) else (*prefix, *part_pieces)


def _print_code(node: libcst.CSTNode) -> str:
    return libcst.Module([]).code_for_node(node)


def _convert_value(
    it: Machine, value: Value, conversion: str | None, specification: Value, span: Span
) -> tuple[Value, ...] | Unknown:
    if not isinstance(specification, str):
        return Unknown("the text of this object is not known", span)
    try:
        printed = printable(it, value, span)
        if conversion:
            printed = operators.apply(_CONVERSIONS[conversion], printed)
            meter.charge(printed)
        operators.check_format(specification)
        return (operators.apply(format, printed, specification),)
    except NotKnown as error:
        return error.unknown


_CONVERSIONS: Mapping[str, Callable[[Value], str]] = MappingProxyType({"r": repr, "s": str, "a": ascii})


def format_percent(it: Machine, template: str, value: Value, node: libcst.CSTNode) -> Value:
    """``template % value``; references are kept where the template has only ``%s``."""
    span = it.span(node)
    values = value if isinstance(value, tuple) else (value,)
    unknown = find_unknown([item for item in values if not is_reference(item)])
    if unknown is not None:
        return it.unknown_operand(unknown, span, "a part of the text is not known")
    if any(map(is_reference, values)):
        texts = template.split("%s")
        if len(texts) != len(values) + 1 or any("%" in text.replace("%%", "") for text in texts):
            return Unknown("the text of this object is not known", span)
        return _fill_template(it, [text.replace("%%", "%") for text in texts], values, span)
    printed, letters = measured(it, tuple(value) if isinstance(value, tuple) else value, span)
    # a template may name a value of a mapping many times
    meter.limit(len(template) + letters * max(template.count("%("), 1))
    text: Value = operators.apply(operators.BINARY[libcst.Modulo], template, printed)
    meter.charge(text)
    return text


def _fill_template(it: Machine, texts: Sequence[str], values: Sequence[Value], span: Span) -> Value:
    parts: list[Value] = [texts[0]]
    for value, text in zip(values, texts[1:], strict=True):
        value_parts = split_text(it, value, span)
        if isinstance(value_parts, Unknown):
            return value_parts
        parts.extend((*value_parts, text))
    return assemble_text(parts)


class _Fields(string.Formatter):
    """``str.format`` that follows attributes and items as the evaluator does: none of pipelift's own are seen."""

    def __init__(self, it: Machine, span: Span) -> None:
        self.it = it
        self.span = span
        self._left = meter.MAX_SIZE

    def get_field(
        self, field_name: str, args: Sequence[Value], kwargs: Mapping[str, Value]
    ) -> tuple[Value, int | str]:
        first = re.split(r"[.\[]", field_name, maxsplit=1)[0]
        key: int | str = int(first) if first.isdigit() else first
        value = self.get_value(key, args, kwargs)
        for attribute, item in re.findall(r"\.([^.\[]+)|\[([^\]]*)\]", field_name[len(first) :]):
            value = self._get_inner(value, attribute, item)
        return printable(self.it, value, self.span), key

    def _get_inner(self, value: Value, attribute: str, item: str) -> Value:
        if attribute:
            return self.it.member(value, attribute, self.span)
        if not isinstance(value, (str, list, tuple, dict)):
            raise NotKnown(Unknown("pipelift does not follow this format", self.span))
        return operators.apply(operator.getitem, value, int(item) if item.isdigit() else item)

    def format_field(self, value: Value, format_spec: str) -> str:
        operators.check_format(format_spec)
        text = format(value, format_spec)
        self._left -= len(text)
        if self._left < 0:
            raise meter.TooLarge
        meter.charge(text)
        return text


def format_template(
    it: Machine, template: str, args: Sequence[Value], kwargs: Mapping[str, Value], span: Span
) -> Value:
    """``template.format(*args, **kwargs)``; references are kept where the fields are plain."""
    values = [*args, *kwargs.values()]
    unknown = find_unknown([value for value in values if not is_reference(value)])
    if unknown is not None:
        return derived("a part of the text is not known", span, unknown)
    meter.limit(len(template))
    meter.spend(1 + len(template) // 10)
    if any(map(is_reference, values)):
        return operators.apply(lambda: _format_references(it, template, args, kwargs, span))
    return operators.apply(lambda: _Fields(it, span).vformat(template, tuple(args), dict(kwargs)))


def _format_references(
    it: Machine, template: str, args: Sequence[Value], kwargs: Mapping[str, Value], span: Span
) -> Value:
    parts: list[Value] = []
    automatic = 0
    fields = _Fields(it, span)
    for text, name, specification, conversion in string.Formatter().parse(template):
        parts.append(text)
        if name is None:
            continue
        key = name or str(automatic)
        automatic += name == ""
        plain_field = name == "" or name.isidentifier() or name.isdigit()
        if specification or conversion or not plain_field:
            rendered = fields.vformat(
                "{" + key + _render_suffix(specification, conversion) + "}", tuple(args), dict(kwargs)
            )
            parts.append(rendered)
            continue
        value = args[int(key)] if key.isdigit() else kwargs[key]
        value_parts = split_text(it, value, span)
        if isinstance(value_parts, Unknown):
            return value_parts
        parts.extend(value_parts)
    return assemble_text(parts)


def _render_suffix(specification: str | None, conversion: str | None) -> str:
    return (f"!{conversion}" if conversion else "") + (f":{specification}" if specification else "")
