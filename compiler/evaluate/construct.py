"""Objects of the user's classes: plain ones, dataclasses, exceptions, enums and named tuples."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Iterable, Iterator, Mapping, Sequence

from pipelift.compiler.diagnostics.span import Span
from pipelift.compiler.evaluate import operators
from pipelift.compiler.evaluate.enums import ENUM, find_enum_member, make_members
from pipelift.compiler.evaluate.exceptions import EXCEPTIONS
from pipelift.compiler.evaluate.iteration import items_of
from pipelift.compiler.evaluate.machine import Machine
from pipelift.compiler.evaluate.objects import Instance, UserClass
from pipelift.compiler.evaluate.values import BoundMethod, Raised, Value, derived

NAMED_TUPLE = UserClass("NamedTuple", {}, (), builtin=True)


class FieldDefault:
    """What ``dataclasses.field(…)`` stands for until an object is made."""

    def __init__(self, default: Value, factory: Value, init: bool) -> None:
        self.default = default
        self.factory = factory
        self.init = init


MISSING = object()
"""The default of a field that has none."""


def instantiate(
    it: Machine, cls: UserClass, args: Sequence[Value], kwargs: Mapping[str, Value], span: Span
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
        return _make_enum(it, cls, tuple(args), span)
    if ENUM in cls.order:
        return find_enum_member(cls, args, span)
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
    it: Machine, instance: Instance, args: Sequence[Value], kwargs: Mapping[str, Value], span: Span
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


def finish_class(it: Machine, cls: UserClass, span: Span) -> None:
    """What Python does at the end of a class statement for an Enum or a NamedTuple."""
    mixins = [one.mixin for one in cls.order if one.mixin is not None]
    if ENUM in cls.order:
        cls.mixin = mixins[0] if mixins else None
        make_members(it, cls)
    elif NAMED_TUPLE in cls.bases:
        defaults = [cls.members[name] for name in cls.annotations if name in cls.members]
        cls.record = record_type(cls.name, cls.annotations, defaults, span)
        cls.record._pipelift_class = cls  # type: ignore[attr-defined]
        for name in cls.annotations:
            cls.members.pop(name, None)
    elif any(one.record is not None for one in cls.order):
        cls.record = next(one.record for one in cls.order if one.record is not None)


def record_type(name: str, fields: Iterable[Value], defaults: Iterable[Value], span: Span) -> type:
    """A class of named tuples. Raises `Raised` for names that Python refuses."""
    listed = list(fields)
    names = [one for one in listed if isinstance(one, str) and one.isascii()]
    if len(listed) > 250 or len(names) < len(listed):
        raise Raised("ValueError", "the fields of a named tuple are a few names", span)
    return operators.apply(lambda: namedtuple(name, names, defaults=list(defaults)))


def _record(
    it: Machine, cls: UserClass, args: Sequence[Value], kwargs: Mapping[str, Value], span: Span
) -> Value:
    assert cls.record is not None
    kind = cls.record
    return operators.apply(lambda: kind(*args, **kwargs))


def _make_enum(it: Machine, base: UserClass, args: tuple[Value, ...], span: Span) -> Value:
    """What ``Enum("Color", "RED GREEN")`` makes. Raises `Raised` for what are no names."""
    name, names = (*args, "")[:2]
    cls = UserClass(str(name), {}, (base,), span)
    listed: list[Value] = (
        [*names.replace(",", " ").split()] if isinstance(names, str) else items_of(it, names, span)
    )
    for key, value in _numbered(listed, names):
        cls.members[str(key)] = value
    finish_class(it, cls, span)
    return cls


def _numbered(listed: list[Value], names: Value) -> Iterator[tuple[Value, Value]]:
    for number, one in enumerate(listed, 1):
        if isinstance(names, dict):
            yield one, names[one]
        elif isinstance(one, tuple) and len(one) == 2:
            yield one[0], one[1]
        else:
            yield one, number
