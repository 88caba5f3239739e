"""Objects of the user's classes: plain ones, dataclasses, exceptions, enums and named tuples."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Iterable, Iterator, Mapping, Sequence

from pipelift.compiler.diagnostics.span import Span
from pipelift.compiler.evaluate import operators
from pipelift.compiler.evaluate.enums import ENUM, find_enum_member, make_members
from pipelift.compiler.evaluate.exceptions import EXCEPTIONS
from pipelift.compiler.evaluate.iteration import list_items
from pipelift.compiler.evaluate.machine import Machine
from pipelift.compiler.evaluate.modelled import make_object
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
    is_defined, initializer = cls.lookup("__init__")
    if base is not None and not is_defined:
        it.external += 1
        return derived("it is an object of a class with a base that is not known", span, base)
    if cls.model is not None:
        return make_object(it, cls, cls.model, args, kwargs, span)
    if cls.record is not None:
        return _make_record(it, cls, args, kwargs, span)
    if ENUM in cls.order and cls.builtin:
        return _make_enum(it, cls, tuple(args), span)
    if ENUM in cls.order:
        return find_enum_member(cls, args, span)
    instance = Instance(cls, {}, span)
    it.journal.note_birth(instance.attributes)
    is_error = EXCEPTIONS["BaseException"] in cls.order
    if is_error:
        instance.attributes["args"] = tuple(args)
    if is_defined:
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
    fields = [(name, find_default(cls, name)) for name in cls.fields or ()]
    accepted = [name for name, default in fields if default.init]
    positional = [] if cls.options.get("kw_only") is True else accepted
    passed = {**dict(zip(positional, args, strict=False)), **kwargs}
    repeated = [name for name in positional[: len(args)] if name in kwargs]
    if repeated or len(args) > len(positional) or any(name not in accepted for name in kwargs):
        raise Raised("TypeError", f"{cls.name}.__init__() got an unexpected argument", span)
    for name, default in fields:
        if name in passed:
            instance.attributes[name] = passed[name]
        elif default.factory is not MISSING:
            instance.attributes[name] = it.call(default.factory, (), {}, span)
        elif default.default is not MISSING:
            instance.attributes[name] = default.default
        elif default.init:
            raise Raised("TypeError", f"{cls.name}.__init__() missing the argument '{name}'", span)
    is_defined, post_init = cls.lookup("__post_init__")
    if is_defined:
        it.call(BoundMethod(instance, post_init), (), {}, span)


def find_default(cls: UserClass, name: str) -> FieldDefault:
    """The default of a dataclass's field, however it is written."""
    is_defined, default = cls.lookup(name)
    if isinstance(default, FieldDefault):
        return default
    return FieldDefault(default if is_defined else MISSING, MISSING, True)


def finish_class(it: Machine, cls: UserClass, span: Span) -> None:
    """What Python does at the end of a class statement for an Enum or a NamedTuple."""
    mixins = [base.mixin for base in cls.order if base.mixin is not None]
    if ENUM in cls.order:
        cls.mixin = mixins[0] if mixins else None
        make_members(it, cls)
    elif NAMED_TUPLE in cls.bases:
        defaults = [cls.members[name] for name in cls.annotations if name in cls.members]
        cls.record = make_record_type(cls.name, cls.annotations, defaults, span)
        cls.record._pipelift_class = cls  # type: ignore[attr-defined]
        for name in cls.annotations:
            cls.members.pop(name, None)
    elif any(base.record is not None for base in cls.order):
        cls.record = next(base.record for base in cls.order if base.record is not None)


def make_record_type(name: str, fields: Iterable[Value], defaults: Iterable[Value], span: Span) -> type:
    """A class of named tuples. Raises `Raised` for names that Python refuses."""
    entries = list(fields)
    names = [entry for entry in entries if isinstance(entry, str) and entry.isascii()]
    if len(entries) > 250 or len(names) < len(entries):
        raise Raised("ValueError", "the fields of a named tuple are a few names", span)
    return operators.apply(lambda: namedtuple(name, names, defaults=list(defaults)))


def _make_record(
    it: Machine, cls: UserClass, args: Sequence[Value], kwargs: Mapping[str, Value], span: Span
) -> Value:
    assert cls.record is not None
    kind = cls.record
    return operators.apply(lambda: kind(*args, **kwargs))


def _make_enum(it: Machine, base: UserClass, args: tuple[Value, ...], span: Span) -> Value:
    """What ``Enum("Color", "RED GREEN")`` makes. Raises `Raised` for invalid names."""
    name, names = (*args, "")[:2]
    cls = UserClass(str(name), {}, (base,), span)
    entries: list[Value] = (
        [*names.replace(",", " ").split()] if isinstance(names, str) else list_items(it, names, span)
    )
    for key, value in _pair_members(entries, names):
        cls.members[str(key)] = value
    finish_class(it, cls, span)
    return cls


def _pair_members(entries: list[Value], names: Value) -> Iterator[tuple[Value, Value]]:
    for number, entry in enumerate(entries, 1):
        if isinstance(names, dict):
            yield entry, names[entry]
        elif isinstance(entry, tuple) and len(entry) == 2:
            yield entry[0], entry[1]
        else:
            yield entry, number
