"""Attributes and items: reading and writing them on every kind of value."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import libcst

from pipelift.compiler.evaluate import natives, operators
from pipelift.compiler.evaluate.values import (
    BoundMethod,
    Function,
    Instance,
    Model,
    Modelled,
    ModelledClass,
    Module,
    Raised,
    Super,
    Unknown,
    UserClass,
    Value,
)
from pipelift.compiler.span import Span

if TYPE_CHECKING:
    from pipelift.compiler.evaluate.interpreter import Interpreter


def get(it: Interpreter, owner: Value, name: str, node: libcst.CSTNode) -> Value:
    """The value of ``owner.name``."""
    span = it.span(node)
    if isinstance(owner, Unknown):
        return it.unknown_operand(owner, span, f"'{name}' is taken from something unknown")
    if isinstance(owner, Module):
        return _module_member(owner, name, span)
    if isinstance(owner, Instance):
        return _instance_member(it, owner, name, span)
    if isinstance(owner, UserClass):
        return _class_member(it, owner, owner, name, span)
    if isinstance(owner, Super):
        return _super_member(it, owner, name, span)
    if isinstance(owner, Modelled):
        return _modelled_member(it, owner, name, span)
    if isinstance(owner, ModelledClass):
        return _static_member(it, owner, name, span)
    if isinstance(owner, Model):
        return owner.attributes.get(name, Unknown(f"pipelift does not model {owner.name}.{name}", span))
    if isinstance(owner, Function):
        return owner.name if name == "__name__" else Unknown(f"'{name}' of a function is not followed", span)
    return natives.attribute(owner, name, span)


def _module_member(owner: Module, name: str, span: Span) -> Value:
    if name in owner.members:
        return owner.members[name]
    if owner.missing is not None:
        return owner.missing(name, span)
    raise Raised("AttributeError", f"module '{owner.name}' has no attribute '{name}'", span)


def _instance_member(it: Interpreter, owner: Instance, name: str, span: Span) -> Value:
    if name in owner.attributes:
        return owner.attributes[name]
    if name == "__class__":
        return owner.cls
    if name == "__dict__":
        return owner.attributes
    return _class_member(it, owner.cls, owner, name, span)


def _class_member(it: Interpreter, cls: UserClass, receiver: Value, name: str, span: Span) -> Value:
    if name == "__name__":
        return cls.name
    found, member = cls.lookup(name)
    if found:
        return _bound(it, member, cls, receiver, span)
    base = cls.unknown_base
    if base is not None:
        return it.unknown_operand(base, span, f"'{name}' may come from a base class that is not known")
    raise Raised("AttributeError", f"'{cls.name}' object has no attribute '{name}'", span)


def _bound(it: Interpreter, member: Value, cls: UserClass, receiver: Value, span: Span) -> Value:
    if not isinstance(member, Function) or member.kind == "static":
        return member
    if member.kind == "class":
        return BoundMethod(cls, member)
    if receiver is cls:
        return member
    if member.kind == "property":
        return it.call(BoundMethod(receiver, member), (), {}, span)
    return BoundMethod(receiver, member)


def super_of(it: Interpreter, args: Sequence[Value]) -> Value:
    """The value of ``super()`` in the method that runs."""
    frame = it.frames[-1]
    receiver = args[1] if len(args) > 1 else frame.receiver
    if not isinstance(frame.owner, UserClass):
        return Unknown("super() stands outside a method")
    return Super(frame.owner, receiver)


def _super_member(it: Interpreter, owner: Super, name: str, span: Span) -> Value:
    cls = owner.instance.cls if isinstance(owner.instance, Instance) else owner.instance
    order = cls.order if isinstance(cls, UserClass) else ()
    after = order[order.index(owner.owner) + 1 :] if owner.owner in order else ()
    for base in after:
        if name in base.members:
            return _bound(it, base.members[name], base, owner.instance, span)
    if name == "__init__":
        return Model("object.__init__", lambda call, *args, **kwargs: None, takes_unknown=True)
    return Unknown(f"'{name}' of a base class is not known", span)


def _modelled_member(it: Interpreter, owner: Modelled, name: str, span: Span) -> Value:
    if name in owner.__dict__ and not name.startswith("_"):
        return owner.__dict__[name]
    member = None if name.startswith("_") else getattr(type(owner), name, None)
    if isinstance(member, property):
        return member.fget(owner) if member.fget else None
    if callable(member) and name not in ("merged_with", "text_parts", "is_a"):
        return BoundMethod(owner, Model(f"{owner.sdk_name}.{name}", member, takes_unknown=True))
    return missing_member(it, type(owner), owner.sdk_name, name, span)


def _static_member(it: Interpreter, owner: ModelledClass, name: str, span: Span) -> Value:
    member = None if name.startswith("_") else owner.cls.__dict__.get(name, getattr(owner.cls, name, None))
    if isinstance(member, (staticmethod, classmethod)):
        return Model(f"{owner.name}.{name}", getattr(owner.cls, name), takes_unknown=True)
    if isinstance(member, (str, ModelledClass)):
        return member
    if callable(member):
        return Model(f"{owner.name}.{name}", member, takes_unknown=True)
    if name == "__name__":
        return owner.name
    return missing_member(it, owner.cls, owner.name, name, span)


def missing_member(it: Interpreter, cls: type, owner: str, name: str, span: Span) -> Value:
    """What an SDK member that pipelift does not have is: unknown, and a warning where it looks misspelt."""
    public = [member for member in dir(cls) if not member.startswith("_")]
    close = difflib.get_close_matches(name, public, n=1, cutoff=0.8)
    if close:
        message = f"{owner} has no '{name}' that pipelift knows (did you mean '{close[0]}'?)"
        it.reporter.report("PL203", message, span)
    it.external += 1
    return Unknown(f"pipelift does not model {owner}.{name}", span)


def set_attribute(it: Interpreter, owner: Value, name: str, value: Value, span: Span) -> None:
    """Run ``owner.name = value``."""
    if isinstance(owner, Instance):
        found, member = owner.cls.lookup(name)
        if found and isinstance(member, Function) and member.kind == "property":
            setter = owner.cls.lookup(f"{name}.setter")
            if setter[0]:
                it.call(BoundMethod(owner, setter[1]), (value,), {}, span)
                return
        it.journal.touch(owner.attributes)
        owner.attributes[name] = value
    elif isinstance(owner, (UserClass, Module)):
        it.journal.touch(owner.members)
        owner.members[name] = value
    elif isinstance(owner, Modelled):
        _set_modelled(it, owner, name, value, span)


def _set_modelled(it: Interpreter, owner: Modelled, name: str, value: Value, span: Span) -> None:
    it.journal.touch(owner.__dict__)
    descriptor = getattr(type(owner), name, None)
    if isinstance(descriptor, property) and descriptor.fset is not None:
        descriptor.fset(owner, value)
        return
    known = [member for member in (*owner.__dict__, *dir(type(owner))) if not member.startswith("_")]
    if name not in known:
        close = difflib.get_close_matches(name, known, n=1, cutoff=0.75)
        if close:
            message = f"{owner.sdk_name} has no '{name}' (did you mean '{close[0]}'?); the SDK ignores it"
            it.reporter.report("PL203", message, span)
    owner.__dict__[name] = value


def get_item(it: Interpreter, owner: Value, key: Value, node: libcst.CSTNode) -> Value:
    """The value of ``owner[key]``."""
    span = it.span(node)
    for part in (owner, key):
        if isinstance(part, Unknown):
            return it.unknown_operand(part, span, "it is an item of something unknown")
    if isinstance(owner, Modelled):
        item = getattr(owner, "item", None)
        it.external += 1
        if item is None:
            return Unknown(f"an item of {owner.sdk_name} is not known", span)
        return item(it.handle(span), key)
    if isinstance(owner, (str, bytes, list, tuple, dict, range)):
        try:
            return operators.apply(lambda: owner[key])
        except Raised as error:
            error.span = span
            raise
    if isinstance(owner, Module) and owner.name == "os.environ":
        return _module_member(owner, str(key), span)
    return Unknown("pipelift does not follow an item of this", span)


def set_item(it: Interpreter, owner: Value, key: Value, value: Value, span: Span) -> None:
    """Run ``owner[key] = value``."""
    if isinstance(owner, (list, dict)) and not isinstance(key, Unknown):
        it.journal.touch(owner)
        try:
            operators.apply(owner.__setitem__, key, value)
        except Raised as error:
            error.span = span
            raise
    elif isinstance(owner, Modelled):
        setter = getattr(owner, "set_item", None)
        if setter is not None:
            setter(it.handle(span), key, value)
    elif isinstance(owner, Module):
        it.journal.touch(owner.members)
        owner.members[str(key)] = value


def delete_item(it: Interpreter, owner: Value, key: Value, span: Span) -> None:
    """Run ``del owner[key]``."""
    if isinstance(owner, (list, dict)) and not isinstance(key, Unknown):
        it.journal.touch(owner)
        operators.apply(owner.__delitem__, key)


def is_path(value: Value) -> bool:
    """Whether the value is a path of `pathlib`."""
    return isinstance(value, PurePosixPath)


def join_path(left: Value, right: Value, span: Span) -> Value:
    """``left / right`` of a path."""
    if isinstance(right, Unknown):
        return right
    if not isinstance(right, (str, PurePosixPath)):
        return Unknown("the path is joined with something that is no text", span)
    return left / right
