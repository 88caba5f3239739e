"""Attributes: reading and writing them on every kind of value."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from pathlib import PurePosixPath

import libcst

from pipelift.compiler.diagnostics.span import Span
from pipelift.compiler.evaluate import construct, enums, growth, modelled, natives
from pipelift.compiler.evaluate.machine import Machine
from pipelift.compiler.evaluate.objects import Function, Instance, Property, Scope, Super, Unbound, UserClass
from pipelift.compiler.evaluate.values import (
    BoundMethod,
    Model,
    Modelled,
    ModelledClass,
    Module,
    Raised,
    Unknown,
    Value,
)


def get(it: Machine, owner: Value, name: str, node: libcst.CSTNode) -> Value:
    """The value of ``owner.name``."""
    span = it.span(node)
    if isinstance(owner, Unknown):
        return it.unknown_operand(owner, span, f"'{name}' is taken from something unknown")
    return get_at(it, owner, name, span)


def get_at(it: Machine, owner: Value, name: str, span: Span) -> Value:
    """As `get`, for a known owner and a place instead of a node."""
    for kind, getter in _GETTERS:
        if isinstance(owner, kind):
            return getter(it, owner, name, span)
    record = getattr(type(owner), "_pipelift_class", None)
    if isinstance(record, UserClass) and not hasattr(type(owner), name):
        return _get_class_member(it, record, owner, name, span)
    return natives.get_attribute(owner, name, span)


def has(it: Machine, owner: Value, name: str, node: libcst.CSTNode) -> bool:
    """Whether ``owner.name`` is there."""
    try:
        with it.awaiting():
            get(it, owner, name, node)
    except Raised as error:
        if error.kind != "AttributeError":
            raise
        return False
    return True


def _get_model_member(it: Machine, owner: Model, name: str, span: Span) -> Value:
    if name in owner.attributes:
        return owner.attributes[name]
    if name in ("__name__", "__qualname__"):
        return owner.name.rsplit(".", 1)[-1]
    native = owner.native
    if native is not None and callable(getattr(native, name, None)) and not name.startswith("_"):
        return natives.unbound_method(native, name)
    return Unknown(f"pipelift does not model {owner.name}.{name}", span)


def _get_function_member(it: Machine, owner: Function, name: str, span: Span) -> Value:
    if name in owner.attributes:
        return owner.attributes[name]
    if name in ("__name__", "__qualname__"):
        return owner.name
    if name == "__doc__":
        return owner.node.get_docstring() if isinstance(owner.node, libcst.FunctionDef) else None
    if name.startswith("__"):
        return Unknown(f"'{name}' of a function is not followed", span)
    raise Raised("AttributeError", f"'function' object has no attribute '{name}'", span)


def _get_method_member(it: Machine, owner: BoundMethod, name: str, span: Span) -> Value:
    if name == "__self__":
        return owner.receiver
    return get_at(it, owner.function, name, span)


def _get_property_member(it: Machine, owner: Property, name: str, span: Span) -> Value:
    """The decorators of a property: ``@size.setter``."""
    if name == "setter":
        return Model("setter", lambda call, function: Property(owner.getter, function), takes_unknown=True)
    if name in ("getter", "deleter"):
        return Model(name, lambda call, function: owner, takes_unknown=True)
    return owner.getter if name == "fget" else Unknown(f"'{name}' of a property is not followed", span)


def _get_module_member(it: Machine, owner: Module, name: str, span: Span) -> Value:
    if name in owner.members:
        return owner.members[name]
    if owner.missing is not None:
        return owner.missing(name, span)
    raise Raised("AttributeError", f"module '{owner.name}' has no attribute '{name}'", span)


def _get_instance_member(it: Machine, owner: Instance, name: str, span: Span) -> Value:
    if name in owner.attributes:
        return owner.attributes[name]
    if name == "__class__":
        return owner.cls
    if name == "__dict__":
        return owner.attributes
    is_defined, value = enums.enum_attribute(owner, name)
    return value if is_defined else _get_class_member(it, owner.cls, owner, name, span)


def _get_class_attribute(it: Machine, owner: UserClass, name: str, span: Span) -> Value:
    if name == "__members__" and enums.ENUM in owner.order:
        return {member.attributes["_name_"]: member for member in enums.list_enum_members(owner)}
    if name == "__mro__":
        return owner.order
    if owner.record is not None and name in ("_fields", "_field_defaults"):
        return getattr(owner.record, name)
    if owner.record is not None and name == "_make":
        return Model("_make", lambda call, items: call.invoke(owner, tuple(items), {}), takes_unknown=True)
    return _get_class_member(it, owner, owner, name, span)


def _get_class_member(it: Machine, cls: UserClass, receiver: Value, name: str, span: Span) -> Value:
    if name in ("__name__", "__qualname__") and receiver is cls:
        return cls.name
    is_defined, member = cls.lookup(name)
    if is_defined:
        return _bind_member(it, member, cls, receiver, span)
    base = cls.unknown_base
    if base is not None:
        return it.unknown_operand(base, span, f"'{name}' may come from a base class that is not known")
    if name in ("__doc__", "__module__"):
        return None if name == "__doc__" else "__main__"
    if cls.model is not None and receiver is cls:
        return modelled.get_static_member(it, cls.model, name, span)
    fallback, method = cls.lookup("__getattr__")
    if fallback and receiver is not cls:
        return it.call(BoundMethod(receiver, method), (name,), {}, span)
    kind = f"type object '{cls.name}'" if receiver is cls else f"'{cls.name}' object"
    raise Raised("AttributeError", f"{kind} has no attribute '{name}'", span)


def _bind_member(it: Machine, member: Value, cls: UserClass, receiver: Value, span: Span) -> Value:
    if isinstance(member, Unbound):
        return BoundMethod(cls, member.function) if member.takes_class else member.function
    if isinstance(member, construct.FieldDefault):
        if member.default is construct.MISSING:
            raise Raised("AttributeError", "the class has no such attribute", span)
        return member.default
    if receiver is cls:
        return member
    if isinstance(member, Property):
        return it.call(member.getter, (receiver,), {}, span)
    binds = isinstance(member, Function) or (isinstance(member, Model) and member.method)
    return BoundMethod(receiver, member) if binds else member


def make_super(scope: Scope, args: Sequence[Value], span: Span) -> Value:
    """The value of ``super()`` in the method that runs, or of ``super(Class, object)``."""
    if len(args) == 2 and isinstance(args[0], UserClass):
        return Super(args[0], args[1])
    enclosing: Scope | None = scope
    while enclosing is not None and not (enclosing.kind == "function" and enclosing.owner is not None):
        enclosing = enclosing.parent
    if enclosing is None or enclosing.owner is None:
        return Unknown("super() stands outside a method", span)
    return Super(enclosing.owner, enclosing.receiver)


def _get_super_member(it: Machine, owner: Super, name: str, span: Span) -> Value:
    instance = owner.instance
    cls = instance.cls if isinstance(instance, Instance) else instance
    if isinstance(instance, Modelled):
        cls = instance.user_class
    order = cls.order if isinstance(cls, UserClass) else ()
    after = order[order.index(owner.owner) + 1 :] if owner.owner in order else ()
    for base in after:
        if name in base.members:
            return _bind_member(it, base.members[name], base, instance, span)
    if isinstance(cls, UserClass) and cls.unknown_base is not None:
        return it.unknown_operand(cls.unknown_base, span, f"'{name}' of a base class is not known")
    if isinstance(cls, UserClass) and cls.model is not None:
        return _get_model_super(it, cls.model, instance, name, span)
    if name == "__init__":
        return Model(
            "__init__", lambda call, *args, **kwargs: _initialize_base(instance, args), takes_unknown=True
        )
    if name == "__setattr__" and isinstance(instance, Instance):
        return Model(
            "__setattr__", lambda call, key, value: _store(it, instance, key, value), takes_unknown=True
        )
    raise Raised("AttributeError", f"'super' object has no attribute '{name}'", span)


def _get_model_super(it: Machine, base: ModelledClass, instance: Value, name: str, span: Span) -> Value:
    """A member of the SDK's class that the user's class of `instance` derives from."""
    if not isinstance(instance, Modelled):
        return modelled.get_static_member(it, base, name, span)
    if name == "__init__":
        return modelled.bind_initializer(it, base, instance)
    if name == "__setattr__":
        return Model(
            "__setattr__", lambda call, key, value: _set_modelled(it, instance, key, value, span), True
        )
    return modelled.get_member(it, instance, name, span)


def _initialize_base(instance: Value, args: tuple[Value, ...]) -> None:
    """What Python's own ``__init__`` does: an exception keeps its arguments."""
    if isinstance(instance, Instance) and "args" in instance.attributes:
        instance.attributes["args"] = args


def _get_modelled_member(it: Machine, owner: Modelled, name: str, span: Span) -> Value:
    """A member of an object of the SDK; one of a user's class has that class's members before the model's."""
    cls = owner.user_class
    if not isinstance(cls, UserClass):
        return modelled.get_member(it, owner, name, span)
    own = modelled.own_attributes(owner)
    if name in own:
        return own[name]
    if name in ("__class__", "__dict__"):
        return cls if name == "__class__" else own
    is_defined, member = cls.lookup(name)
    if is_defined:
        return _bind_member(it, member, cls, owner, span)
    fallback, method = cls.lookup("__getattr__")
    if fallback and not modelled.has_member(owner, name):
        return it.call(BoundMethod(owner, method), (name,), {}, span)
    return modelled.get_member(it, owner, name, span)


def set_attribute(it: Machine, owner: Value, name: str, value: Value, span: Span) -> None:
    """Run ``owner.name = value``."""
    if isinstance(owner, Instance):
        _set_on_instance(it, owner, name, value, span)
    elif (isinstance(owner, UserClass) and not owner.builtin) or isinstance(owner, Module):
        it.journal.touch_names(owner.members)
        owner.members[name] = value
    elif isinstance(owner, Function):
        it.journal.touch_names(owner.attributes)
        owner.attributes[name] = value
    elif isinstance(owner, Modelled):
        _set_modelled(it, owner, name, value, span)
    elif isinstance(owner, natives.NATIVE):
        raise Raised("AttributeError", f"'{type(owner).__name__}' object has no attribute '{name}'", span)


def _set_on_instance(it: Machine, owner: Instance, name: str, value: Value, span: Span) -> None:
    is_defined, member = owner.cls.lookup(name)
    if is_defined and isinstance(member, Property):
        if member.setter is not None:
            it.call(member.setter, (owner, value), {}, span)
            return
        if "cached" not in getattr(member.getter, "attributes", ()):
            raise Raised(
                "AttributeError", f"property '{name}' of '{owner.cls.name}' object has no setter", span
            )
    has_hook, method = owner.cls.lookup("__setattr__")
    if has_hook:
        it.call(BoundMethod(owner, method), (name, value), {}, span)
        return
    if owner.cls.options.get("frozen") is True:
        raise Raised("FrozenInstanceError", f"cannot assign to field '{name}'", span)
    _store(it, owner, name, value)


def _store(it: Machine, owner: Instance, name: str, value: Value) -> None:
    it.journal.touch_names(owner.attributes)
    owner.attributes[name] = value


def delete_attribute(it: Machine, owner: Value, name: str, span: Span) -> None:
    """Run ``del owner.name``."""
    attributes = owner.attributes if isinstance(owner, Instance) else getattr(owner, "members", None)
    if isinstance(attributes, dict):
        if name not in attributes:
            raise Raised("AttributeError", f"there is no attribute '{name}'", span)
        it.journal.touch_names(attributes)
        del attributes[name]


def _set_modelled(it: Machine, owner: Modelled, name: str, value: Value, span: Span) -> None:
    cls = owner.user_class
    is_defined, member = cls.lookup(name) if isinstance(cls, UserClass) else (False, None)
    if is_defined and isinstance(member, Property) and member.setter is not None:
        it.call(member.setter, (owner, value), {}, span)
    elif isinstance(cls, UserClass) and not modelled.has_member(owner, name):
        own = modelled.own_attributes(owner)
        it.journal.touch_names(own)
        own[name] = value
    else:
        modelled.set_attribute(it, owner, name, value, span)


def is_path(value: Value) -> bool:
    """Whether the value is a path of `pathlib`."""
    return isinstance(value, PurePosixPath)


def join_path(left: Value, right: Value, span: Span) -> Value:
    """``left / right`` of a path."""
    for part in (left, right):
        if isinstance(part, Unknown):
            return part
        if not isinstance(part, (str, PurePosixPath)):
            return Unknown("the path is joined with something that is no text", span)
    growth.check_path(left, right)
    return operator.truediv(left, right)


_GETTERS: tuple[tuple[type, Callable[..., Value]], ...] = (
    (Module, _get_module_member),
    (Instance, _get_instance_member),
    (UserClass, _get_class_attribute),
    (Super, _get_super_member),
    (Modelled, _get_modelled_member),
    (ModelledClass, modelled.get_static_member),
    (Model, _get_model_member),
    (Function, _get_function_member),
    (BoundMethod, _get_method_member),
    (Property, _get_property_member),
)
