"""What the user's program defines: functions, classes, their objects, and the scopes that names lie in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import libcst

from pipelift.compiler.diagnostics.span import Span
from pipelift.compiler.evaluate import meter
from pipelift.compiler.evaluate.values import ModelledClass, Unknown, Value
from pipelift.compiler.reading.source import SourceFile


@dataclass(frozen=True, slots=True, eq=False)
class Annotation:
    """What stands behind a name's colon in a class body, with the place that it is evaluated in."""

    node: libcst.BaseExpression
    scope: Scope
    source: SourceFile


@dataclass(slots=True, eq=False)
class Scope:
    """The names of a module, function, comprehension or class body; inner ones see `parent` too.

    `label` names the function or module in an option (``--bind LABEL.NAME=VALUE``; "" for the program's own file).
    `owner` and `receiver` are the class and first argument of a method. `stars` are modules of which all names were
    imported and that do not tell which they have. `annotations` collects a class body's annotated names.
    """

    names: dict[str, Value]
    parent: Scope | None = None
    kind: Literal["module", "function", "comprehension", "class"] = "module"
    label: str = ""
    owner: UserClass | None = None
    receiver: Value = None
    outer_names: dict[str, Scope] = field(default_factory=dict)
    stars: list[Unknown] = field(default_factory=list)
    annotations: dict[str, Annotation] = field(default_factory=dict)

    @property
    def is_class(self) -> bool:
        """Whether it is a class body, which functions inside do not see."""
        return self.kind == "class"

    @property
    def module(self) -> Scope:
        """The scope of the module that this one stands in."""
        scope = self
        while scope.parent is not None:
            scope = scope.parent
        return scope

    def holder(self, name: str) -> Scope | None:
        """The scope in which `name` is found from here; class bodies are not seen from functions inside."""
        if name in self.outer_names:
            return self.outer_names[name] if name in self.outer_names[name].names else None
        if name in self.names:
            return self
        scope = self.parent
        while scope is not None:
            if not scope.is_class and name in scope.names:
                return scope
            scope = scope.parent
        return None

    def target(self, name: str) -> Scope:
        """The scope in which an assignment to `name` lands (``global`` and ``nonlocal`` move it)."""
        return self.outer_names.get(name, self)


@dataclass(slots=True, eq=False)
class Function:
    """A function of the user's, with the scope that it was defined in and its defaults' values.

    `manager` says that `contextlib.contextmanager` decorates it; `attributes` are those that the program sets.
    """

    name: str
    node: libcst.FunctionDef | libcst.Lambda
    scope: Scope
    source: SourceFile
    defaults: Mapping[str, Value]
    owner: UserClass | None = None
    generator: bool = False
    manager: bool = False
    attributes: dict[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Property:
    """A property of a user's class: the functions that read and set it."""

    getter: Value
    setter: Value = None


@dataclass(frozen=True, slots=True, eq=False)
class Unbound:
    """A function wrapped by `staticmethod` (`takes_class` False) or `classmethod` (True)."""

    function: Value
    takes_class: bool


@dataclass(frozen=True, slots=True, eq=False)
class Manager:
    """A call of a context manager that is written as a generator: it runs in the ``with`` statement."""

    function: Function
    args: Sequence[Value]
    kwargs: Mapping[str, Value]


@dataclass(slots=True, eq=False)
class UserClass:
    """A class of the user's, or one of Python's that a user may derive from (exceptions, `Enum`).

    `fields` are a dataclass's; `options` the arguments of its decorator. `record` is the class of Python's own
    that the objects of a `NamedTuple` have. `mixin` is the plain type that an Enum derives from.
    """

    name: str
    members: dict[str, Value]
    bases: tuple[Value, ...]
    span: Span | None = None
    fields: tuple[str, ...] | None = None
    options: Mapping[str, Value] = field(default_factory=dict)
    annotations: dict[str, Annotation] = field(default_factory=dict)
    record: type | None = None
    mixin: type | None = None
    builtin: bool = False
    _order: tuple[UserClass, ...] = ()

    @property
    def order(self) -> tuple[UserClass, ...]:
        """The method resolution order among the user's classes, itself first."""
        if not self._order:
            bases = [base for base in self.bases if isinstance(base, UserClass)]
            merged = _merge_orders([list(base.order) for base in bases] + [bases])
            self._order = (self, *(cls for cls in merged if cls is not self))
        return self._order

    def lookup(self, name: str) -> tuple[bool, Value]:
        """Whether the class or a base has the member, and the member."""
        for owner in self.order:
            if name in owner.members:
                return True, owner.members[name]
        return False, None

    @property
    def model(self) -> ModelledClass | None:
        """The modelled class that it derives from, at any depth; an object of it is one of the model's."""
        for owner in self.order:
            for base in owner.bases:
                if isinstance(base, ModelledClass):
                    return base
        return None

    @property
    def unknown_base(self) -> Unknown | None:
        """The first base, at any depth, that is not known."""
        for owner in self.order:
            for base in owner.bases:
                if isinstance(base, Unknown):
                    return base
        return None


def _merge_orders(sequences: list[list[UserClass]]) -> list[UserClass]:
    """Python's C3 merge; where it has no answer, what is left follows in the order of its mention."""
    merged: list[UserClass] = []
    pending = [sequence for sequence in sequences if sequence]
    while pending:
        tails = {id(cls) for sequence in pending for cls in sequence[1:]}
        head = next((sequence[0] for sequence in pending if id(sequence[0]) not in tails), pending[0][0])
        merged.append(head)
        pending = [
            remaining for sequence in pending if (remaining := [cls for cls in sequence if cls is not head])
        ]
    return merged


@dataclass(slots=True, eq=False)
class Instance:
    """An object of a `UserClass`. A dataclass's objects are equal, and hashed, by their fields."""

    cls: UserClass
    attributes: dict[str, Value]
    span: Span | None

    @property
    def _compared(self) -> tuple[Value, ...] | None:
        fields = self.cls.fields
        if fields is None or self.cls.options.get("eq", True) is False:
            return None
        return tuple(self.attributes.get(name) for name in fields)

    def __eq__(self, other: object) -> bool:
        mine = self._compared
        if self is other or mine is None:
            return self is other
        meter.spend()  # one object may be met very often in one comparison
        return isinstance(other, Instance) and other.cls is self.cls and mine == other._compared

    def __hash__(self) -> int:
        mine = self._compared
        if mine is None:
            return id(self)
        if not self.cls.options.get("frozen") and not self.cls.options.get("unsafe_hash"):
            raise TypeError(f"unhashable type: '{self.cls.name}'")
        meter.spend()
        return hash(mine)


@dataclass(frozen=True, slots=True, eq=False)
class Super:
    """What ``super()`` gives in a method of `owner` called on `instance`."""

    owner: UserClass
    instance: Value
