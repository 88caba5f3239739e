"""What of the SDK has no model here: classes, functions and members that exist, by the table of signatures.

They take the SDK's arguments and no others; what comes of them is not known, and has the right name.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cache, cached_property

from pipelift.compiler.diagnostics.span import Span
from pipelift.compiler.evaluate.exceptions import EXCEPTIONS
from pipelift.compiler.evaluate.objects import UserClass
from pipelift.compiler.evaluate.values import Call, Model, Modelled, ModelledClass, Unknown, Value
from pipelift.compiler.sdk.catalogue import signatures


class TableOutline:
    """The outline of the class at `path`, which is looked up when it is first asked for."""

    def __init__(self, path: str) -> None:
        self.path = path

    @cached_property
    def _found(self) -> signatures.Outline | None:
        return signatures.find_class(self.path)

    @cached_property
    def signature(self) -> inspect.Signature | None:
        """What the class is called with; None where that is not known."""
        return self._found.signature if self._found is not None else None

    @property
    def names(self) -> frozenset[str]:
        """The public members."""
        return self._found.list_names() if self._found is not None else frozenset()

    def sign(self, name: str) -> inspect.Signature | None:
        """The parameters of a method, without the object; None where they are not known."""
        found = self._found.find(name) if self._found is not None else None
        return signatures.read_signature(found[1]) if found is not None and found[1] is not None else None

    def describe(self, name: str, span: Span) -> Value:
        """A member without a model. None where the class has no such member."""
        found = self._found.find(name) if self._found is not None else None
        if found is None:
            return None
        path = f"{self.path}.{name}"
        if found[1] is None:
            return Unknown(f"pipelift does not model {path}", span)
        return _describe_callable(path, signatures.read_signature(found[1]))


def _describe_callable(path: str, signature: inspect.Signature) -> Model:
    """A function or method whose result is not known."""

    def answer(*args: Value, **_: Value) -> Value:
        (call,) = (value for value in args[:2] if isinstance(value, Call))
        return Unknown(f"pipelift does not model the result of {path}()", call.span)

    return Model(path, answer, takes_unknown=True, signature=signature, external=True)


class Described(Modelled):
    """An object of a class that has no model: it is there, and nothing is known of it."""

    def __init__(self, call: Call, *args: Value, **kwargs: Value) -> None:
        self.span = call.span

    def merged_with(self, other: Value) -> Value:
        """What is known wins over it."""
        return other if isinstance(other, Modelled) else None


Registered = Callable[[str], Value]
"""Finds the model that is registered under a dotted name; None where there is none."""


def describe(path: str, registered: Registered) -> Value:
    """What the SDK has under a dotted name without a model; None where it has nothing."""
    found = signatures.find_entry(path)
    if found is None:
        return None
    home, entry = found
    if registered(home) is not None:
        return registered(home)
    outline = signatures.find_class(home)
    if outline is not None:
        return _describe_exception(home) if outline.is_exception else _describe_class(home, registered)
    if isinstance(entry, list):
        return _describe_callable(home, signatures.read_signature(entry[0]))
    return None


@cache
def _describe_exception(path: str) -> UserClass:
    """An exception, which a program may raise, catch and derive from. `path` is the full name of one."""
    outline = signatures.find_class(path)
    assert outline is not None
    bases = (signatures.find_class(base) for base in outline.bases)
    described = [_describe_exception(base.path) for base in bases if base is not None and base.is_exception]
    members: dict[str, Value] = {
        name: Unknown(f"pipelift does not model {path}.{name}") for name in outline.members
    }
    name = path.rpartition(".")[2]
    return UserClass(name, members, tuple(described) or (EXCEPTIONS["Exception"],), builtin=True)


@cache
def _describe_class(path: str, registered: Registered) -> Value:
    """The class as one of Python's, so that `isinstance` and `issubclass` hold as in the SDK.

    None where it derives from a class with a model: what the model holds of an object would not be there.
    """
    outline = signatures.find_class(path)
    assert outline is not None
    bases: list[type[Modelled]] = []
    for home in (signatures.find_class(base) for base in outline.bases):
        if home is None:
            continue
        base = registered(home.path) or _describe_class(home.path, registered)
        if not isinstance(base, ModelledClass) or not issubclass(base.cls, Described):
            return None
        bases.append(base.cls)
    name = path.rpartition(".")[2]
    members = {"sdk_name": path, "outline": TableOutline(path)}
    return ModelledClass(path, type(name, tuple(bases) or (Described,), members))
