"""Objects of the user's classes: plain ones, dataclasses, exceptions, enums and named tuples."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from pipelift.compiler.diagnostics.span import Span
from pipelift.compiler.evaluate import operators
from pipelift.compiler.evaluate.exceptions import EXCEPTIONS
from pipelift.compiler.evaluate.objects import Function, Instance, Property, Unbound, UserClass
from pipelift.compiler.evaluate.values import BoundMethod, Raised, Unknown, Value, derived

if TYPE_CHECKING:
    from pipelift.compiler.evaluate.interpreter import Interpreter

ENUM = UserClass("Enum", {}, (), builtin=True)
INT_ENUM = UserClass("IntEnum", {}, (ENUM,), mixin=int, builtin=True)
STR_ENUM = UserClass("StrEnum", {}, (ENUM,), mixin=str, builtin=True)
FLAG = UserClass("Flag", {}, (ENUM,), builtin=True)
NAMED_TUPLE = UserClass("NamedTuple", {}, (), builtin=True)


class FieldDefault:
    """What ``dataclasses.field(…)`` stands for until an object is made."""

    def __init__(self, default: Value, factory: Value, init: bool) -> None:
        self.default = default
        self.factory = factory
        self.init = init


MISSING = object()
"""The default of a field that has none."""


class Auto:
    """What ``enum.auto()`` stands for until its class is made."""


def instantiate(
    it: Interpreter, cls: UserClass, args: Sequence[Value], kwargs: Mapping[str, Value], span: Span
) -> Value:
    """The value of calling a class. Raises `Raised` as Python would for arguments that do not fit."""
    base = cls.unknown_base
    found, initializer = cls.lookup("__init__")
    if base is not None and not found:
        it.external += 1
        return derived("it is an object of a class with a base that is not known", span, base)
    if cls.record is not None:
        return _record(it, cls, args, kwargs, span)
    if ENUM in cls.order and cls.builtin:
        from pipelift.compiler.evaluate.library.records import made_enum

        return made_enum(it.handle(span), cls, tuple(args))
    if ENUM in cls.order:
        return _enum_member(cls, args, span)
    instance = Instance(cls, {}, span)
    is_error = EXCEPTIONS["BaseException"] in cls.order
    if is_error:
        instance.attributes["args"] = tuple(args)
    if found:
        it.call(BoundMethod(instance, initializer), args, kwargs, span)
    elif cls.fields is not None:
        _fill_dataclass(it, instance, args, kwargs, span)
    elif (args or kwargs) and not is_error:
        raise Raised("TypeError", f"{cls.name}() takes no arguments", span)
    return instance


def _fill_dataclass(
    it: Interpreter, instance: Instance, args: Sequence[Value], kwargs: Mapping[str, Value], span: Span
) -> None:
    cls = instance.cls
    fields = [(name, default_of(cls, name)) for name in cls.fields or ()]
    taken = [name for name, default in fields if default.init]
    positional = [] if cls.options.get("kw_only") is True else taken
    given = {**dict(zip(positional, args, strict=False)), **kwargs}
    twice = [name for name in positional[: len(args)] if name in kwargs]
    if twice or len(args) > len(positional) or any(name not in taken for name in kwargs):
        raise Raised("TypeError", f"{cls.name}.__init__() got an unexpected argument", span)
    for name, default in fields:
        if name in given:
            instance.attributes[name] = given[name]
        elif default.factory is not MISSING:
            instance.attributes[name] = it.call(default.factory, (), {}, span)
        elif default.default is not MISSING:
            instance.attributes[name] = default.default
        elif default.init:
            raise Raised("TypeError", f"{cls.name}.__init__() missing the argument '{name}'", span)
    found, after = cls.lookup("__post_init__")
    if found:
        it.call(BoundMethod(instance, after), (), {}, span)


def default_of(cls: UserClass, name: str) -> FieldDefault:
    """The default of a dataclass's field, however it is written."""
    found, default = cls.lookup(name)
    if isinstance(default, FieldDefault):
        return default
    return FieldDefault(default if found else MISSING, MISSING, True)


def finish_class(it: Interpreter, cls: UserClass, span: Span) -> None:
    """What Python does at the end of a class statement for an Enum or a NamedTuple."""
    mixins = [one.mixin for one in cls.order if one.mixin is not None]
    if ENUM in cls.order:
        cls.mixin = mixins[0] if mixins else None
        _make_members(it, cls)
    elif NAMED_TUPLE in cls.bases:
        defaults = [cls.members[name] for name in cls.annotations if name in cls.members]
        cls.record = record_type(cls.name, cls.annotations, defaults, span)
        cls.record._pipelift_class = cls  # type: ignore[attr-defined]
        for name in cls.annotations:
            cls.members.pop(name, None)
    elif any(one.record is not None for one in cls.order):
        cls.record = next(one.record for one in cls.order if one.record is not None)


def record_type(name: str, fields: Iterable[str], defaults: Iterable[Value], span: Span) -> type:
    """A class of named tuples. Raises `Raised` for names that Python refuses."""
    names = list(fields)
    if len(names) > 250 or not all(isinstance(one, str) and one.isascii() for one in names):
        raise Raised("ValueError", "the fields of a named tuple are a few names", span)
    return operators.apply(lambda: namedtuple(name, names, defaults=list(defaults)))  # type: ignore[no-any-return]


def _record(
    it: Interpreter, cls: UserClass, args: Sequence[Value], kwargs: Mapping[str, Value], span: Span
) -> Value:
    assert cls.record is not None
    kind = cls.record
    return operators.apply(lambda: kind(*args, **kwargs))


def _make_members(it: Interpreter, cls: UserClass) -> None:
    last: Value = 0
    seen: list[Instance] = []
    for name, value in list(cls.members.items()):
        if name.startswith("_") or isinstance(value, (Function, Property, Unbound)):
            continue
        if isinstance(value, Auto):
            value = name.lower() if cls.mixin is str else _next_number(cls, last)
        last = value
        alias = next((one for one in seen if _equal(one.attributes["_value_"], value)), None)
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


def _equal(one: Value, other: Value) -> bool:
    return one is other or (not isinstance(one, Unknown) and bool(one == other))


def _initialize(it: Interpreter, cls: UserClass, member: Instance, value: Value) -> None:
    found, initializer = cls.lookup("__init__")
    if found and cls.span is not None:
        args = value if isinstance(value, tuple) else (value,)
        it.call(BoundMethod(member, initializer), args, {}, cls.span)


def enum_members(cls: UserClass) -> list[Instance]:
    """The members of an Enum in the order of their definition; none for another class."""
    found = cls.members.get("_members_")
    return found if isinstance(found, list) else []


def _enum_member(cls: UserClass, args: Sequence[Value], span: Span) -> Value:
    value = args[0] if args else None
    if isinstance(value, Unknown):
        return derived(f"which member of {cls.name} it is, is not known", span, value)
    for member in enum_members(cls):
        if value is member or _equal(member.attributes["_value_"], value):
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
