"""Objects of modelled classes, and of the user's classes that derive from one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from pipelift.compiler.diagnostics.span import Span
from pipelift.compiler.diagnostics.suggestion import find_similar
from pipelift.compiler.evaluate.machine import Machine
from pipelift.compiler.evaluate.objects import UserClass
from pipelift.compiler.evaluate.values import (
    BoundMethod,
    Call,
    Model,
    Modelled,
    ModelledClass,
    Unknown,
    Value,
    derived,
)

_OWN = "_own"
"""Where an object of a user's class has the attributes that are none of the model's."""

_FAILED = "_failed"
"""Why the model's part of such an object could not be made."""


_HOOKS = frozenset(
    {
        "merged_with",
        "doubt",
        "text_parts",
        "is_a",
        "item",
        "set_item",
        "contains",
        "delete_item",
        "called",
        "pure",
        "outline",
    }
)
"""What pipelift asks its models; a program cannot."""


def get_member(it: Machine, owner: Modelled, name: str, span: Span) -> Value:
    """A member of an object as its model, or the SDK, has it."""
    if name in owner.__dict__ and not name.startswith("_"):
        value = owner.__dict__[name]
        if value is None:
            it.outside.absent.note_read(owner, name, span)
        return value
    member = None if name.startswith("_") else getattr(type(owner), name, None)
    if isinstance(member, property):
        return member.fget(owner) if member.fget else None
    if callable(member) and name not in _HOOKS:
        return BoundMethod(owner, _make_method(type(owner), owner.sdk_name, name, member))
    described = _describe_member(type(owner), name, span)
    if isinstance(described, Model):
        return BoundMethod(owner, described)
    return described or report_missing_member(it, type(owner), owner.sdk_name, name, span)


def get_static_member(it: Machine, owner: ModelledClass, name: str, span: Span) -> Value:
    """A member of a class as its model, or the SDK, has it."""
    if name == "__init__":
        return _make_initializer(it, owner)
    member = None if name.startswith("_") else owner.cls.__dict__.get(name, getattr(owner.cls, name, None))
    if isinstance(member, (staticmethod, classmethod)):
        return _make_method(owner.cls, owner.name, name, getattr(owner.cls, name), asks=True)
    if isinstance(member, (str, Modelled, ModelledClass)):
        return member
    if callable(member):
        return Model(f"{owner.name}.{name}", member, takes_unknown=True)
    if name == "__name__":
        return owner.name
    described = _describe_member(owner.cls, name, span)
    return described or report_missing_member(it, owner.cls, owner.name, name, span)


def _make_method(
    cls: type[Modelled], owner: str, name: str, function: Callable[..., Value], asks: bool = False
) -> Model:
    """A method of a modelled class, with its real signature; `asks` where no object counts that it may raise."""
    signature = cls.outline.sign(name) if cls.outline is not None else None
    external = asks and not cls.pure
    return Model(f"{owner}.{name}", function, takes_unknown=True, signature=signature, external=external)


def _describe_member(cls: type[Modelled], name: str, span: Span) -> Value:
    """A member of the real class that the model lacks; None where it has none of that name."""
    return cls.outline.describe(name, span) if cls.outline is not None and name[:1] != "_" else None


def _find_similar_member(cls: type[Modelled], name: str) -> str | None:
    """The member that `name` is a misspelling of, as it looks; None where there is none."""
    names = cls.outline.names if cls.outline is not None else ()
    return find_similar(name, names or [member for member in dir(cls) if not member.startswith("_")], 0.75)


def report_missing_member(it: Machine, cls: type[Modelled], owner: str, name: str, span: Span) -> Value:
    """What an SDK member that pipelift does not have is: unknown, and a warning where it looks misspelt."""
    similar = _find_similar_member(cls, name)
    if similar:
        message = f"{owner} has no '{name}' that pipelift knows (did you mean '{similar}'?)"
        it.reporter.report("PL203", message, span)
    it.external += 1
    return Unknown(f"pipelift does not model {owner}.{name}", span)


def set_attribute(it: Machine, owner: Modelled, name: str, value: Value, span: Span) -> None:
    """Set an attribute of an object of the SDK; one that looks misspelt is reported."""
    it.watch(it.handle(span), owner, (), {name: value})
    it.journal.touch_names(owner.__dict__)
    descriptor = getattr(type(owner), name, None)
    if isinstance(descriptor, property) and descriptor.fset is not None:
        descriptor.fset(owner, value)
        return
    known = name in owner.__dict__ or hasattr(type(owner), name)
    if not known and _describe_member(type(owner), name, span) is None:
        similar = _find_similar_member(type(owner), name)
        if similar:
            message = f"{owner.sdk_name} has no '{name}' (did you mean '{similar}'?); the SDK ignores it"
            it.reporter.report("PL203", message, span)
    owner.__dict__[name] = value


def has_member(owner: Modelled, name: str) -> bool:
    """Whether the SDK's object has a public member of this name: others are free for a class that derives from it."""
    if owner.outline is not None:
        return name in owner.outline.names
    return name[:1] != "_" and (name in owner.__dict__ or hasattr(type(owner), name))


def own_attributes(owner: Modelled) -> dict[str, Value]:
    """The attributes that an object of a user's class has beside the SDK's."""
    own: dict[str, Value] = owner.__dict__.setdefault(_OWN, {})
    return own


def make_object(
    it: Machine,
    cls: UserClass,
    base: ModelledClass,
    args: Sequence[Value],
    kwargs: Mapping[str, Value],
    span: Span,
) -> Value:
    """An object of a user's class that derives from a modelled one; unknown where the model's part was not made."""
    made: type[Modelled] = type(cls.name, (base.cls,), {"user_class": cls})
    instance = object.__new__(made)
    it.journal.note_birth(instance.__dict__)
    it.journal.note_birth(instance.__dict__.setdefault(_OWN, {}))
    it.external += not base.cls.pure
    is_defined, initializer = cls.lookup("__init__")
    if is_defined:
        it.call(BoundMethod(instance, initializer), args, kwargs, span)
    else:
        _initialize(it, base, instance, args, kwargs, span)
    failed = instance.__dict__.get(_FAILED)
    if isinstance(failed, Unknown):
        return derived(f"it is an object of '{cls.name}', whose base could not be made", span, failed)
    if "span" not in instance.__dict__:
        return Unknown(f"'{cls.name}' does not initialize its base {base.name}", span)
    instance.span = span
    return instance


def _initialize(
    it: Machine,
    base: ModelledClass,
    instance: Modelled,
    args: Sequence[Value],
    kwargs: Mapping[str, Value],
    span: Span,
) -> None:
    """Make the model's part of an object, as ``super().__init__(…)`` does."""
    signature = base.cls.outline.signature if base.cls.outline is not None else None
    model = Model(base.name, base.cls.__init__, takes_unknown=True, signature=signature)
    result = it.call(BoundMethod(instance, model), args, kwargs, span)
    if isinstance(result, Unknown):
        instance.__dict__[_FAILED] = result


def bind_initializer(it: Machine, base: ModelledClass, instance: Modelled) -> Model:
    """What ``super().__init__`` is in a method of a class that derives from `base`."""
    return Model(
        f"{base.name}.__init__",
        lambda call, *args, **kwargs: _initialize(it, base, instance, args, kwargs, call.span),
        takes_unknown=True,
    )


def _make_initializer(it: Machine, base: ModelledClass) -> Model:
    """What ``Base.__init__`` is, which takes the object first."""

    def initialize(call: Call, instance: Value, *args: Value, **kwargs: Value) -> None:
        if isinstance(instance, Modelled):
            _initialize(it, base, instance, args, kwargs, call.span)

    return Model(f"{base.name}.__init__", initialize, takes_unknown=True)
