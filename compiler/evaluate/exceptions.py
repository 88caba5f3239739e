"""Exceptions: Python's own classes as values, and which of them a handler takes."""

from __future__ import annotations

import builtins
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from pipelift.compiler.evaluate.objects import Instance, UserClass
from pipelift.compiler.evaluate.values import Raised, Value


def _exception_classes() -> dict[str, UserClass]:
    """Python's own exceptions as classes that a program can name, derive from and catch."""
    made: dict[type, UserClass] = {}
    for cls in [one for one in vars(builtins).values() if isinstance(one, type)]:
        for owner in reversed(cls.__mro__):
            if issubclass(owner, BaseException) and owner not in made:
                bases = tuple(made[base] for base in owner.__bases__ if base in made)
                made[owner] = UserClass(owner.__name__, {}, bases, builtin=True)
    named = {name: made[cls] for name, cls in vars(builtins).items() if isinstance(cls, type) and cls in made}
    for name, base in (("JSONDecodeError", "ValueError"), ("YAMLError", "Exception"), ("Error", "Exception")):
        named[name] = UserClass(name, {}, (named[base],), builtin=True)
    return named


EXCEPTIONS: Mapping[str, UserClass] = MappingProxyType(_exception_classes())
"""By name, with some of the standard library; ``IOError`` and ``EnvironmentError`` are ``OSError``."""


def is_kind_of(kind: str, names: Iterable[str]) -> bool:
    """Whether an exception of class `kind` is one of the classes called `names`."""
    cls = EXCEPTIONS.get(kind)
    above = {one.name for one in cls.order} if cls else {kind, "Exception", "BaseException"}
    return any((EXCEPTIONS[name].name if name in EXCEPTIONS else name) in above for name in names)


def exception_object(raised: Raised) -> Instance:
    """The exception as the object that ``except … as error`` binds."""
    if isinstance(raised.value, Instance):
        return raised.value
    cls = EXCEPTIONS.get(raised.kind) or UserClass(raised.kind, {}, (EXCEPTIONS["Exception"],))
    args = raised.value if isinstance(raised.value, tuple) else (raised.message,)
    made = Instance(cls, {"args": args}, raised.span)
    raised.value = made
    return made


def catches(raised: Raised, caught: Value) -> bool:
    """Whether ``except caught`` takes the exception; `caught` is a class or a tuple of classes."""
    if isinstance(caught, tuple):
        return any(catches(raised, one) for one in caught)
    if isinstance(caught, UserClass):
        return any(one is caught for one in exception_object(raised).cls.order)
    name = str(getattr(caught, "name", "")).rsplit(".", 1)[-1]
    return name == raised.kind
