"""Exceptions: Python's own classes as values, and which of them a handler takes."""

from __future__ import annotations

import builtins
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from pipelift.compiler.evaluate.objects import Instance, UserClass
from pipelift.compiler.evaluate.values import Raised, Value

_LIBRARY: Mapping[str, str] = {
    "JSONDecodeError": "ValueError",
    "TOMLDecodeError": "ValueError",
    "YAMLError": "Exception",
    "Error": "Exception",
    "ValidationError": "ValueError",
}
"""Exceptions of the standard library and of others, with their bases."""


def _make_exception_classes() -> dict[str, UserClass]:
    """Python's own exceptions as classes that a program can name, derive from and catch."""
    classes: dict[type, UserClass] = {}
    for cls in [value for value in vars(builtins).values() if isinstance(value, type)]:
        for owner in reversed(cls.__mro__):
            if issubclass(owner, BaseException) and owner not in classes:
                bases = tuple(classes[base] for base in owner.__bases__ if base in classes)
                classes[owner] = UserClass(owner.__name__, {}, bases, builtin=True)
    by_name = {
        name: classes[cls] for name, cls in vars(builtins).items() if isinstance(cls, type) and cls in classes
    }
    for name, base in _LIBRARY.items():
        by_name[name] = UserClass(name, {}, (by_name[base],), builtin=True)
    return by_name


EXCEPTIONS: Mapping[str, UserClass] = MappingProxyType(_make_exception_classes())
"""By name, with some of the standard library; ``IOError`` and ``EnvironmentError`` are ``OSError``."""


def is_kind_of(kind: str, names: Iterable[str]) -> bool:
    """Whether an exception of class `kind` is one of the classes called `names`."""
    cls = EXCEPTIONS.get(kind)
    ancestors = {base.name for base in cls.order} if cls else {kind, "Exception", "BaseException"}
    return any((EXCEPTIONS[name].name if name in EXCEPTIONS else name) in ancestors for name in names)


def make_exception_object(raised: Raised) -> Instance:
    """The exception as the object that ``except … as error`` binds."""
    if isinstance(raised.value, Instance):
        return raised.value
    cls = EXCEPTIONS.get(raised.kind) or UserClass(raised.kind, {}, (EXCEPTIONS["Exception"],))
    args = raised.value if isinstance(raised.value, tuple) else (raised.message,)
    instance = Instance(cls, {"args": args}, raised.span)
    raised.value = instance
    return instance


def catches(raised: Raised, caught: Value) -> bool:
    """Whether ``except caught`` takes the exception; `caught` is a class or a tuple of classes."""
    if isinstance(caught, tuple):
        return any(catches(raised, candidate) for candidate in caught)
    if isinstance(caught, UserClass):
        # A library's exceptions are made where they are named, so that one class may be two objects.
        return any(
            base is caught or (caught.builtin and base.name == caught.name)
            for base in make_exception_object(raised).cls.order
        )
    name = str(getattr(caught, "name", "")).rsplit(".", 1)[-1]
    return name == raised.kind
