"""Items: reading, writing and deleting ``owner[key]`` on every kind of value."""

from __future__ import annotations

import operator
from collections import deque

import libcst

from pipelift.compiler.diagnostics.span import Span
from pipelift.compiler.evaluate import enums, meter, operators
from pipelift.compiler.evaluate.machine import Machine
from pipelift.compiler.evaluate.objects import Instance, UserClass
from pipelift.compiler.evaluate.values import (
    BoundMethod,
    Model,
    Modelled,
    ModelledClass,
    Raised,
    Unknown,
    Value,
    holds_unknown,
)

_INDEXED = (str, bytes, list, tuple, dict, range, deque)


def get_item(it: Machine, owner: Value, key: Value, node: libcst.CSTNode) -> Value:
    """The value of ``owner[key]``."""
    span = it.span(node)
    meter.weigh(key)
    for part in (owner, key):
        if isinstance(part, Unknown):
            return it.unknown_operand(part, span, "it is an item of something unknown")
    if isinstance(owner, Modelled):
        return _get_modelled_item(it, owner, key, span)
    if isinstance(owner, Instance):
        return _call_item_method(it, owner, "__getitem__", (key,), span)
    if isinstance(owner, UserClass) and enums.ENUM in owner.order and isinstance(key, str):
        return _get_enum_member(owner, key, span)
    if isinstance(owner, (Model, ModelledClass, UserClass)):
        return owner  # a generic alias as in list[str]
    if not isinstance(owner, _INDEXED):
        raise Raised("TypeError", f"'{type(owner).__name__}' object is not subscriptable", span)
    unknown = _find_uncertain(it, owner, key, span)
    if unknown is not None:
        return unknown
    factory = getattr(owner, "factory", None)
    if isinstance(owner, dict) and factory is not None and operators.apply(lambda: key not in owner):
        it.journal.touch_value(owner)
        owner[key] = it.call(factory, (), {}, span)
    item: Value = operators.apply(operator.getitem, owner, key)
    if isinstance(key, slice):
        meter.charge(item)
    return item


def _find_uncertain(it: Machine, owner: Value, key: Value, span: Span) -> Unknown | None:
    """The reason why an item is not known where some of the container is not."""
    if isinstance(owner, (list, tuple)):
        if not holds_unknown(owner):
            return None
        cause = next((item for item in owner if isinstance(item, Unknown) and item.many), None)
    elif isinstance(owner, dict) and operators.apply(lambda: key not in owner) and holds_unknown(owner):
        cause = next((item for item in owner if isinstance(item, Unknown)), None)
    else:
        return None
    return None if cause is None else it.unknown_operand(cause, span, "it is an item of something unknown")


def _get_modelled_item(it: Machine, owner: Modelled, key: Value, span: Span) -> Value:
    item = getattr(owner, "item", None)
    it.external += not owner.pure
    if item is None:
        return Unknown(f"an item of {owner.sdk_name} is not known", span)
    return item(it.handle(span), key)


def _call_item_method(it: Machine, owner: Instance, name: str, args: tuple[Value, ...], span: Span) -> Value:
    is_defined, method = owner.cls.lookup(name)
    if is_defined:
        return it.call(BoundMethod(owner, method), args, {}, span)
    base = owner.cls.unknown_base
    if base is not None:
        return it.unknown_operand(base, span, "it is an item of an object that is not known")
    raise Raised("TypeError", f"'{owner.cls.name}' object does not support {name}", span)


def _get_enum_member(cls: UserClass, key: str, span: Span) -> Value:
    for member in enums.list_enum_members(cls):
        if cls.members.get(key) is member:
            return member
    raise Raised("KeyError", f"'{key}'", span, (key,))


def set_item(it: Machine, owner: Value, key: Value, value: Value, span: Span) -> None:
    """Run ``owner[key] = value``. An unknown key makes the dict hold something unknown."""
    if isinstance(owner, (list, dict, deque)):
        meter.weigh(key)
        if isinstance(key, Unknown) and not isinstance(owner, dict):
            it.journal.touch_value(owner)
            unknown = it.unknown_operand(key, span, "which item is set is not known")
            for position in range(len(owner)):
                owner[position] = unknown
            return
        it.journal.touch_value(owner)
        if isinstance(key, slice):
            value = list(value) if isinstance(value, (list, tuple, str, range, dict, set)) else value
            if isinstance(value, list):
                meter.limit(len(owner) + len(value))
                meter.charge(value)
            meter.walk(len(owner))
        operators.apply(owner.__setitem__, key, value)
    elif isinstance(owner, Modelled):
        setter = getattr(owner, "set_item", None)
        if setter is not None:
            setter(it.handle(span), key, value)
    elif isinstance(owner, Instance):
        _call_item_method(it, owner, "__setitem__", (key, value), span)
    elif not isinstance(owner, Unknown):
        message = f"'{type(owner).__name__}' object does not support item assignment"
        raise Raised("TypeError", message, span)


def delete_item(it: Machine, owner: Value, key: Value, span: Span) -> None:
    """Run ``del owner[key]``."""
    if isinstance(owner, (list, dict, deque)):
        meter.weigh(key)
        if not isinstance(key, Unknown):
            meter.walk(0 if isinstance(owner, dict) else len(owner))
            it.journal.touch_value(owner)
            operators.apply(owner.__delitem__, key)
    elif isinstance(owner, Modelled):
        deleter = getattr(owner, "delete_item", None)
        if deleter is not None:
            deleter(it.handle(span), key)
    elif isinstance(owner, Instance):
        _call_item_method(it, owner, "__delitem__", (key,), span)
    elif not isinstance(owner, Unknown):
        raise Raised("TypeError", f"'{type(owner).__name__}' object doesn't support item deletion", span)
