"""Targets: the names, attributes and items that an assignment binds, alone or in patterns."""

from __future__ import annotations

import libcst

from pipelift.compiler.evaluate import items, members
from pipelift.compiler.evaluate.iteration import iterate
from pipelift.compiler.evaluate.machine import Machine
from pipelift.compiler.evaluate.objects import Scope
from pipelift.compiler.evaluate.values import Raised, Unknown, Value, derived, find_unknown


def assign(it: Machine, target: libcst.BaseExpression, value: Value, scope: Scope) -> None:
    """Bind `value` to a name, attribute, item, or a pattern of these."""
    if isinstance(target, libcst.Name):
        it.assign_name(scope, target.value, value)
    elif isinstance(target, libcst.Attribute):
        members.set_attribute(it, it.evaluate(target.value, scope), target.attr.value, value, it.span(target))
    elif isinstance(target, libcst.Subscript):
        owner = it.evaluate(target.value, scope)
        items.set_item(it, owner, evaluate_index(it, target, scope), value, it.span(target))
    elif isinstance(target, (libcst.Tuple, libcst.List)):
        _unpack(it, target, value, scope)


def _unpack(it: Machine, target: libcst.Tuple | libcst.List, value: Value, scope: Scope) -> None:
    elements, span = target.elements, it.span(target)
    values = iterate(it, value, target)
    uncounted = next((item for item in values if isinstance(item, Unknown) and item.many), None)
    if uncounted is not None:
        for element in elements:
            part = derived("it is a part of something unknown", span, uncounted.cause or uncounted)
            assign(it, element.value, part, scope)
        return
    star = next((i for i, element in enumerate(elements) if isinstance(element, libcst.StarredElement)), None)
    if star is not None and len(values) >= len(elements) - 1:
        after = len(elements) - star - 1
        values = [*values[:star], values[star : len(values) - after], *values[len(values) - after :]]
    if len(values) != len(elements):
        message = f"{len(elements)} values are expected, there are {len(values)}"
        raise Raised("ValueError", message, span)
    for element, item in zip(elements, values, strict=True):
        assign(it, element.value, item, scope)


def evaluate_index(it: Machine, node: libcst.Subscript, scope: Scope) -> Value:
    """The key or slice between the brackets."""
    if not node.slice:
        return ()
    keys = [_evaluate_slice(it, element.slice, scope) for element in node.slice]
    return keys[0] if len(keys) == 1 and not _has_trailing_comma(node) else tuple(keys)


def _has_trailing_comma(node: libcst.Subscript) -> bool:
    return isinstance(node.slice[-1].comma, libcst.Comma)


def _evaluate_slice(it: Machine, part: libcst.BaseSlice, scope: Scope) -> Value:
    if isinstance(part, libcst.Index):
        return it.evaluate(part.value, scope)
    assert isinstance(part, libcst.Slice)
    bounds = [None if b is None else it.evaluate(b, scope) for b in (part.lower, part.upper, part.step)]
    return find_unknown(bounds) or slice(*bounds)
