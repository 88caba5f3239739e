"""Enums: their base classes, their members, and what these have of their own."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType

from pipelift.compiler.diagnostics.span import Span
from pipelift.compiler.evaluate.machine import Machine
from pipelift.compiler.evaluate.objects import Function, Instance, Property, Unbound, UserClass
from pipelift.compiler.evaluate.values import BoundMethod, Raised, Unknown, Value, derived

ENUM = UserClass("Enum", {}, (), builtin=True)


INT_ENUM = UserClass("IntEnum", {}, (ENUM,), mixin=int, builtin=True)


STR_ENUM = UserClass("StrEnum", {}, (ENUM,), mixin=str, builtin=True)


FLAG = UserClass("Flag", {}, (ENUM,), builtin=True)


class Auto:
    """What ``enum.auto()`` stands for until its class is made."""


def make_members(it: Machine, cls: UserClass) -> None:
    """Make the members of an Enum of what its body binds. Raises `Raised` where an initializer does."""
    last: Value = 0
    seen: list[Instance] = []
    for name, value in list(cls.members.items()):
        if name.startswith("_") or isinstance(value, (Function, Property, Unbound)):
            continue
        if isinstance(value, Auto):
            value = name.lower() if cls.mixin is str else _next_number(cls, last)
        last = value
        alias = next((other for other in seen if _is_equal(other.attributes["_value_"], value)), None)
        member = alias or Instance(cls, {"_name_": name, "_value_": value}, cls.span)
        if alias is None:
            seen.append(member)
            _initialize(it, cls, member, value)
        cls.members[name] = member
    cls.members["_members_"] = seen


def _next_number(cls: UserClass, last: Value) -> Value:
    if not isinstance(last, int):
        return Unknown("pipelift does not follow auto() here", cls.span)
    return (1 if last == 0 else 1 << last.bit_length()) if FLAG in cls.order else last + 1


def _is_equal(left: Value, right: Value) -> bool:
    return left is right or (not isinstance(left, Unknown) and bool(left == right))


def _initialize(it: Machine, cls: UserClass, member: Instance, value: Value) -> None:
    is_defined, initializer = cls.lookup("__init__")
    if is_defined and cls.span is not None:
        args = value if isinstance(value, tuple) else (value,)
        it.call(BoundMethod(member, initializer), args, {}, cls.span)


def list_enum_members(cls: UserClass) -> list[Instance]:
    """The members of an Enum in the order of their definition; none for another class."""
    members = cls.members.get("_members_")
    return members if isinstance(members, list) else []


def find_enum_member(cls: UserClass, args: Sequence[Value], span: Span) -> Value:
    """The member that ``Color(value)`` means. Raises `Raised` where there is none."""
    value = args[0] if args else None
    if isinstance(value, Unknown):
        return derived(f"which member of {cls.name} it is, is not known", span, value)
    for member in list_enum_members(cls):
        if value is member or _is_equal(member.attributes["_value_"], value):
            return member
    raise Raised("ValueError", f"{value!r} is not a valid {cls.name}", span)


_ENUM_ATTRIBUTES = MappingProxyType({"name": "_name_", "value": "_value_"})


def enum_attribute(instance: Instance, name: str) -> tuple[bool, Value]:
    """Whether ``name`` is one of an Enum member's own attributes, and its value."""
    key = _ENUM_ATTRIBUTES.get(name)
    if key is None or key not in instance.attributes:
        return False, None
    return True, instance.attributes[key]


def plain_value(value: Value) -> Value:
    """The plain value of an Enum's member that is one too (``class Color(str, Enum)``); else `value` itself."""
    if isinstance(value, Instance) and value.cls.mixin is not None and "_value_" in value.attributes:
        return value.attributes["_value_"]
    return value
