"""The builtins that look at objects and classes: `isinstance`, `getattr`, `type`, `vars` and their kin."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from pipelift.compiler.evaluate import members
from pipelift.compiler.evaluate.classes import is_instance, is_subclass
from pipelift.compiler.evaluate.machine import LibraryCall
from pipelift.compiler.evaluate.modelled import own_attributes
from pipelift.compiler.evaluate.objects import Function, Instance, UserClass
from pipelift.compiler.evaluate.values import (
    BoundMethod,
    Model,
    Modelled,
    ModelledClass,
    Module,
    NativeMethod,
    Raised,
    Unknown,
    Value,
    derived,
)


def _type(call: LibraryCall, value: Value, *definition: Value, **_: Value) -> Value:
    if definition:
        bases, body = (*definition, {})[:2]
        if isinstance(bases, tuple) and isinstance(body, dict) and isinstance(value, str):
            return UserClass(value, dict(body), bases, call.span)
        return Unknown("a class made by a call", call.span)
    if isinstance(value, Instance):
        return value.cls
    if isinstance(value, Modelled) and value.user_class is not None:
        return value.user_class
    if isinstance(value, (Modelled, Unknown)):
        return Unknown("only the workspace knows its class", call.span)
    record = getattr(type(value), "_pipelift_class", None)
    return record or _find_model(call, type(value).__name__)


def _find_model(call: LibraryCall, name: str) -> Value:
    """The builtin that is the model of Python's own class called `name`."""
    for model in call.machine.builtins.values():
        if isinstance(model, Model) and model.native is not None and model.native.__name__ == name:
            return model
    return Unknown("its class is not known", call.span)


def _callable(call: LibraryCall, value: Value) -> Value:
    if isinstance(value, Instance):
        return value.cls.lookup("__call__")[0]
    return isinstance(value, (Function, Model, BoundMethod, NativeMethod, UserClass, ModelledClass))


def _getattr(call: LibraryCall, owner: Value, name: Value, *default: Value) -> Value:
    for part in (owner, name):
        if isinstance(part, Unknown):
            return derived("it is an attribute of something unknown", call.span, part)
    if not isinstance(name, str):
        raise Raised("TypeError", "attribute name must be string", call.span)
    try:
        with call.machine.awaiting():
            value = members.get_at(call.machine, owner, name, call.span)
    except Raised as error:
        if error.kind != "AttributeError" or not default:
            raise
        return default[0]
    return default[0] if default and isinstance(value, Unknown) and isinstance(owner, Modelled) else value


def _hasattr(call: LibraryCall, owner: Value, name: Value) -> Value:
    for part in (owner, name):
        if isinstance(part, Unknown):
            return part
    try:
        with call.machine.awaiting():
            value = members.get_at(call.machine, owner, str(name), call.span)
    except Raised as error:
        if error.kind != "AttributeError":
            raise
        return False
    return value if isinstance(value, Unknown) else True


def _setattr(call: LibraryCall, owner: Value, name: Value, value: Value) -> Value:
    if isinstance(name, str) and not isinstance(owner, Unknown):
        members.set_attribute(call.machine, owner, name, value, call.span)
    return None


def _delattr(call: LibraryCall, owner: Value, name: Value) -> Value:
    if isinstance(name, str):
        members.delete_attribute(call.machine, owner, name, call.span)
    return None


def _vars(call: LibraryCall, *args: Value) -> Value:
    owner = args[0] if args else None
    if isinstance(owner, Instance):
        return owner.attributes
    if isinstance(owner, (Module, UserClass)):
        return dict(owner.members)
    if isinstance(owner, Modelled) and owner.user_class is not None:
        return dict(own_attributes(owner))
    if isinstance(owner, Modelled) and owner.pure:
        return {name: value for name, value in owner.__dict__.items() if name not in ("span", "_seen")}
    return Unknown("pipelift does not follow vars() here", call.span)


def _dir(call: LibraryCall, *args: Value) -> Value:
    owner = args[0] if args else None
    if isinstance(owner, Module) and not owner.partial:
        return sorted(owner.members)
    return Unknown("pipelift does not follow dir() here", call.span)


def _model_scope(inner: bool) -> Model:
    name = "locals" if inner else "globals"
    return Model(
        name, lambda call: Unknown(f"pipelift does not follow {name}()", call.span), takes_unknown=True
    )


OBJECTS: Mapping[str, Value] = MappingProxyType(
    {
        "isinstance": Model(
            "isinstance", lambda call, value, cls: is_instance(value, cls, call.span), takes_unknown=True
        ),
        "issubclass": Model(
            "issubclass", lambda call, cls, other: is_subclass(cls, other, call.span), takes_unknown=True
        ),
        "type": Model("type", _type, takes_unknown=True, native=type),
        "callable": Model("callable", _callable, takes_unknown=True),
        "getattr": Model("getattr", _getattr, takes_unknown=True),
        "hasattr": Model("hasattr", _hasattr, takes_unknown=True),
        "setattr": Model("setattr", _setattr, takes_unknown=True),
        "delattr": Model("delattr", _delattr, takes_unknown=True),
        "vars": Model("vars", _vars, takes_unknown=True),
        "dir": Model("dir", _dir, takes_unknown=True),
        "globals": _model_scope(False),
        "locals": _model_scope(True),
    }
)
