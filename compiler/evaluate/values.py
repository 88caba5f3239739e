"""The values of the evaluator.

A value that is known is Python's own (str, int, list, dict, …, of values); what Python has no object for stands
here: the unknown, the user's functions, classes and instances, modules, and the callables that pipelift models.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, ItemsView, KeysView, Mapping, Sequence, ValuesView
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from pipelift.compiler.diagnostics import Cause, Reporter
from pipelift.compiler.diagnostics.span import Span

if TYPE_CHECKING:
    import libcst

    from pipelift.compiler.evaluate.outside import Outside
    from pipelift.compiler.evaluate.state import Scope
    from pipelift.compiler.reading.source import SourceFile

Value = Any
"""Any Python object of a type in `PLAIN`, or of a class of this module, or an SDK object."""

PLAIN = (str, bytes, bool, int, float, complex, type(None), type(Ellipsis), type(NotImplemented))
"""The immutable types that hold no other value."""

MAX_LOOK = 50_000
"""How many items a look into a value may see; beyond that it counts as unknown."""


@dataclass(frozen=True, slots=True, eq=False)
class Unknown:
    """What cannot be known without running code: contagious, and reported only where it reaches the graph.

    `cause` is the unknown that this one comes from. `reported` says that its first cause is a diagnostic
    already; `supply` names the option that would make it known, as in ``--env NAME=VALUE``. `many` marks the one
    item that stands for all items of an unknown iterable: none, one or several. `absent` marks what is not there,
    such as an environment variable that nobody gives, though a run elsewhere may have it. `unread` marks what could
    be known, but pipelift does not look at it.
    """

    reason: str
    span: Span | None = None
    cause: Unknown | None = None
    reported: bool = False
    supply: str = ""
    many: bool = False
    absent: bool = False
    unread: bool = False

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


def derived(reason: str, span: Span | None, cause: Unknown, *, many: bool = False) -> Unknown:
    """The unknown that follows from `cause`."""
    return Unknown(reason, span, cause, cause.reported, cause.supply, many)


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
    arguments. `interpreter` is for the models of the language and the standard library, not for the SDK's.
    """

    span: Span
    reporter: Reporter
    touch: Callable[[Any], None]
    record: Any
    outside: Outside
    invoke: Callable[[Value, Sequence[Value], Mapping[str, Value]], Value]
    interpreter: Any = None


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """A callable that pipelift models: `function(call, *args, **kwargs)`.

    `takes_unknown` says that it wants to see unknown arguments; otherwise one makes the result unknown.
    `native` is the class of Python's that the model stands for, if it is a class: `isinstance` and methods
    taken from the class (``str.upper``) follow it.
    """

    name: str
    function: Callable[..., Value]
    takes_unknown: bool = False
    attributes: Mapping[str, Value] = field(default_factory=dict)
    native: type | None = None


@dataclass(slots=True, eq=False)
class Module:
    """A module: `members` by name; where one is missing, `missing` says what the name is (or raises `Raised`).

    `partial` marks the model of a module that has more names than `members`.
    """

    name: str
    members: dict[str, Value]
    missing: Callable[[str, Span], Value] | None = None
    partial: bool = False


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


@dataclass(slots=True, eq=False)
class Iter:
    """An iterator: the items still to come; `more` makes the next one where they never end."""

    items: list[Value]
    more: Callable[[], Value] | None = None


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
    annotations: list[str] = field(default_factory=list)
    record: type | None = None
    mixin: type | None = None
    builtin: bool = False
    _order: tuple[UserClass, ...] = ()

    @property
    def order(self) -> tuple[UserClass, ...]:
        """The method resolution order among the user's classes, itself first."""
        if not self._order:
            bases = [base for base in self.bases if isinstance(base, UserClass)]
            merged = _merged([list(base.order) for base in bases] + [bases])
            self._order = (self, *(one for one in merged if one is not self))
        return self._order

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


def _merged(sequences: list[list[UserClass]]) -> list[UserClass]:
    """Python's C3 merge; where it has no answer, what is left follows in the order of its mention."""
    merged: list[UserClass] = []
    pending = [sequence for sequence in sequences if sequence]
    while pending:
        tails = {id(one) for sequence in pending for one in sequence[1:]}
        head = next((sequence[0] for sequence in pending if id(sequence[0]) not in tails), pending[0][0])
        merged.append(head)
        pending = [kept for sequence in pending if (kept := [one for one in sequence if one is not head])]
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
        return isinstance(other, Instance) and other.cls is self.cls and mine == other._compared

    def __hash__(self) -> int:
        mine = self._compared
        if mine is None:
            return id(self)
        if not self.cls.options.get("frozen") and not self.cls.options.get("unsafe_hash"):
            raise TypeError(f"unhashable type: '{self.cls.name}'")
        return hash(mine)


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
    pure: ClassVar[bool] = False
    """Whether its methods never fail for reasons outside the program, as the workspace's may."""
    span: Span
    _undecided: Unknown | None = None
    """Why it is not known whether the object is in a list that holds it, where a condition decides that."""

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


SEQUENCES = (list, tuple, set, frozenset, deque, KeysView, ValuesView, ItemsView)
"""The types of containers that are not mappings."""


def find_unknown(value: Value, depth: int = 4) -> Unknown | None:
    """The first unknown in `value`, looking into its items to the given depth.

    A value of more than `MAX_LOOK` items counts as unknown: looking at all of it could take for ever.
    """
    if isinstance(value, Unknown):
        return value
    if isinstance(value, PLAIN):
        return None
    pending: list[tuple[Value, int]] = [(value, depth)]
    seen: set[int] = set()
    looked = 0
    while pending:
        one, left = pending.pop()
        if isinstance(one, Unknown):
            return one
        if isinstance(one, PLAIN) or left == 0 or id(one) in seen:
            continue
        items: Sequence[Value] = ()
        if isinstance(one, dict):
            items = (*one.keys(), *one.values())
        elif isinstance(one, SEQUENCES):
            items = tuple(one)
        seen.add(id(one))
        looked += len(items)
        if looked > MAX_LOOK:
            return Unknown("the value is too large to look through")
        pending.extend((item, left - 1) for item in reversed(items))
    return None
