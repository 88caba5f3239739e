"""The values of the evaluator.

A value that is known is Python's own (str, int, list, dict, …, of values); what Python has no object for stands
here: the unknown, the user's functions, classes and instances, modules, and the callables that pipelift models.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from pipelift.compiler.diagnostics import Cause, Reporter
from pipelift.compiler.span import Span

if TYPE_CHECKING:
    import libcst

    from pipelift.compiler.evaluate.outside import Outside
    from pipelift.compiler.evaluate.state import Scope
    from pipelift.compiler.source import SourceFile

Value = Any
"""Any Python object of a type in `PLAIN`, or of a class of this module, or an SDK object."""

PLAIN = (str, bytes, bool, int, float, complex, type(None), type(Ellipsis))
"""The immutable types that hold no other value."""


@dataclass(frozen=True, slots=True, eq=False)
class Unknown:
    """What cannot be known without running code: contagious, and reported only where it reaches the graph.

    `cause` is the unknown that this one comes from. `reported` says that its first cause is a diagnostic
    already; `supply` names the option that would make it known, as in ``--env NAME=VALUE``.
    """

    reason: str
    span: Span | None = None
    cause: Unknown | None = None
    reported: bool = False
    supply: str = ""

    def chain(self) -> tuple[Cause, ...]:
        """The way back to the first cause, nearest first; steps on one line are told once."""
        links: list[Cause] = []
        link: Unknown | None = self
        while link is not None:
            last = link.cause is None
            if last or not links or _line(link.span) != _line(links[-1].span):
                links.append(Cause(link.reason, link.span))
            link = link.cause
        return tuple(links)

    @property
    def root(self) -> Unknown:
        """The first cause."""
        link = self
        while link.cause is not None:
            link = link.cause
        return link


def _line(span: Span | None) -> tuple[str, int] | None:
    return (span.file, span.line) if span else None


def derived(reason: str, span: Span | None, cause: Unknown) -> Unknown:
    """The unknown that follows from `cause`."""
    return Unknown(reason, span, cause, cause.reported, cause.supply)


class Raised(Exception):
    """The user's program raises here, for certain: `kind` is the exception's class name."""

    def __init__(self, kind: str, message: str, span: Span | None = None, value: Value = None) -> None:
        super().__init__(f"{kind}: {message}")
        self.kind = kind
        self.message = message
        self.span = span
        self.value = value


@dataclass(frozen=True, slots=True)
class Call:
    """What a modelled callable gets beside its arguments: where it is called, and how to speak of it.

    `touch` must be called with a list, dict or set before the model changes it, so that an undecided branch
    can be taken back. `record` collects what the program does with the SDK; `invoke` calls a value with
    arguments.
    """

    span: Span
    reporter: Reporter
    touch: Callable[[Any], None]
    record: Any
    outside: Outside
    invoke: Callable[[Value, Sequence[Value], Mapping[str, Value]], Value]


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """A callable that pipelift models: `function(call, *args, **kwargs)`.

    `takes_unknown` says that it wants to see unknown arguments; otherwise one makes the result unknown.
    """

    name: str
    function: Callable[..., Value]
    takes_unknown: bool = False
    attributes: Mapping[str, Value] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Module:
    """A module: `members` by name; where one is missing, `missing` says what the name is (or raises `Raised`)."""

    name: str
    members: dict[str, Value]
    missing: Callable[[str, Span], Value] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """A function of the user's, with the scope that it was defined in and its defaults' values."""

    name: str
    node: libcst.FunctionDef | libcst.Lambda
    scope: Scope
    source: SourceFile
    defaults: Mapping[str, Value]
    owner: UserClass | None = None
    kind: str = "function"
    generator: bool = False


@dataclass(slots=True, eq=False)
class UserClass:
    """A class of the user's; `order` is its method resolution order, itself first."""

    name: str
    members: dict[str, Value]
    bases: tuple[Value, ...]
    span: Span
    dataclass_fields: tuple[str, ...] | None = None

    @property
    def order(self) -> tuple[UserClass, ...]:
        """This class and its bases among the user's classes, depth first, each once."""
        found: dict[int, UserClass] = {id(self): self}
        for base in self.bases:
            if isinstance(base, UserClass):
                found.update({id(one): one for one in base.order})
        return tuple(found.values())

    def lookup(self, name: str) -> tuple[bool, Value]:
        """Whether the class or a base has the member, and the member."""
        for owner in self.order:
            if name in owner.members:
                return True, owner.members[name]
        return False, None

    @property
    def unknown_base(self) -> Unknown | None:
        """The first base, at any depth, that is not known."""
        for owner in self.order:
            for base in owner.bases:
                if isinstance(base, Unknown):
                    return base
        return None


@dataclass(slots=True, eq=False)
class Instance:
    """An object of a `UserClass`."""

    cls: UserClass
    attributes: dict[str, Value]
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class BoundMethod:
    """A function or model with its first argument given."""

    receiver: Value
    function: Value


@dataclass(frozen=True, slots=True, eq=False)
class NativeMethod:
    """A method of one of Python's own values, as `"abc".upper`."""

    receiver: Value
    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Super:
    """What ``super()`` gives in a method of `owner` called on `instance`."""

    owner: UserClass
    instance: Value


@dataclass(frozen=True, slots=True, eq=False)
class Interpolated:
    """A text with references in it, as ``f"--out={data}"`` makes: pieces of text and SDK objects, in order."""

    parts: tuple[Value, ...]


class Modelled:
    """The base of the SDK's objects. Public attributes and methods are what the user's program may use.

    A method takes the `Call` first; a property takes nothing. An attribute that a program may set stands in the
    instance's `__dict__` from the start.
    """

    sdk_name: ClassVar[str] = ""
    span: Span

    def merged_with(self, other: Value) -> Value:
        """The one object that stands for both after an undecided branch; None where there is no such."""
        return None

    def text_parts(self) -> tuple[Value, ...] | None:
        """What the object becomes inside a text; None where that is not known."""
        return None

    def is_a(self, cls: type[Modelled]) -> bool | None:
        """Whether the object is of a class of the SDK; None where only the workspace knows."""
        return isinstance(self, cls)


@dataclass(frozen=True, slots=True, eq=False)
class ModelledClass:
    """A class of the SDK: calling it makes a `Modelled`; its static methods are its members."""

    name: str
    cls: type[Modelled]


def find_unknown(value: Value, depth: int = 4) -> Unknown | None:
    """The first unknown in `value`, looking into its items to the given depth."""
    if isinstance(value, Unknown):
        return value
    if depth == 0:
        return None
    items: Sequence[Value] = ()
    if isinstance(value, (list, tuple, set, frozenset)):
        items = tuple(value)
    elif isinstance(value, dict):
        items = (*value.keys(), *value.values())
    for item in items:
        found = find_unknown(item, depth - 1)
        if found is not None:
            return found
    return None
