"""The values of the evaluator.

A value that is known is Python's own (str, int, list, dict, …, of values); what Python has no object for stands
here: the unknown, modules, and the callables and objects that pipelift models. The user's own functions, classes and
objects are in `objects`.
"""

from __future__ import annotations

import inspect
from collections import deque
from collections.abc import Callable, Collection, ItemsView, Iterable, KeysView, Mapping, Sequence, ValuesView
from dataclasses import dataclass, field
from typing import ClassVar, Protocol, TypeAlias

from pipelift.compiler.diagnostics import Reporter
from pipelift.compiler.diagnostics.span import Span
from pipelift.compiler.evaluate import meter
from pipelift.compiler.evaluate.containers import Touch
from pipelift.compiler.evaluate.outside import Outside
from pipelift.compiler.evaluate.unknown import Unknown as Unknown
from pipelift.compiler.evaluate.unknown import derived as derived
from pipelift.compiler.evaluate.whereabouts import tell_place
from pipelift.compiler.secrets.secrecy import Secrets

Value: TypeAlias = object
"""Any Python object of a type in `PLAIN`, a container, or of a class of this module, of `objects` or of the SDK.

What is done with one has to ask what it is first: it may always be an `Unknown`.
"""

PLAIN = (str, bytes, bool, int, float, complex, type(None), type(Ellipsis), type(NotImplemented))
"""The immutable types that hold no other value."""

MAX_LOOK = 50_000
"""How many items a look into a value may see; beyond that it counts as unknown."""


class Raised(Exception):
    """The user's program raises here, for certain: `kind` is the exception's class name.

    `unwound` says that it has ended a statement: what that statement would have done after it is missing.
    """

    unwound = False

    def __init__(self, kind: str, message: str, span: Span | None = None, value: Value = None) -> None:
        super().__init__(f"{kind}: {message}")
        self.kind = kind
        self.message = message
        self.span = span
        self.value = value


class Recorder(Protocol):
    """The notebook of what a program does with the SDK, as far as the evaluator writes in it."""

    @property
    def secrets(self) -> Secrets:
        """The values that no output may hold."""


@dataclass(frozen=True, slots=True)
class Call:
    """What a modelled callable gets beside its arguments: where it is called, and how to speak of it.

    `touch` must be called with a list, dict or set before the model changes it, so that an undecided branch
    can be taken back. `record` collects what the program does with the SDK; `invoke` calls a value with
    arguments.
    """

    span: Span
    reporter: Reporter
    touch: Touch
    record: Recorder
    outside: Outside
    invoke: Callable[[Value, Sequence[Value], Mapping[str, Value]], Value]

    def read(self, path: str) -> bytes:
        """The bytes of a file that the program names; where it is found is told if that is in doubt.

        Raises `OSError` as opening it would.
        """
        meter.spend(meter.OPENING)
        data = self.outside.read(path)
        meter.charge(data)
        tell_place(self.outside, path, self.reporter, self.span)
        return data


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """A callable that pipelift models: `function(call, *args, **kwargs)`.

    `takes_unknown` says that it wants to see unknown arguments; otherwise one makes the result unknown.
    `native` is the class of Python's that the model stands for, if it is a class: `isinstance` and methods
    taken from the class (``str.upper``) follow it. `signature` is that of the modelled callable, where it is known:
    arguments are bound by it. `external` says that whether a call raises may depend on the world. `method` says that a
    class has it as a method, which takes its object first.
    """

    name: str
    function: Callable[..., Value]
    takes_unknown: bool = False
    attributes: Mapping[str, Value] = field(default_factory=dict)
    native: type | None = None
    signature: inspect.Signature | None = None
    external: bool = False
    method: bool = False


@dataclass(slots=True, eq=False)
class Module:
    """A module: `members` by name; where one is missing, `missing` says what the name is (or raises `Raised`).

    `partial` marks the model of a module that has more names than `members`; `list_missing` lists those that
    `missing` knows.
    """

    name: str
    members: dict[str, Value]
    missing: Callable[[str, Span], Value] | None = None
    list_missing: Callable[[], Iterable[str]] | None = None
    partial: bool = False


@dataclass(slots=True, eq=False, init=False)
class Iter:
    """An iterator: the items still to come; `more` makes the next one where they never end.

    `unfold` makes those that come next out of the item that was given last, as the program has left it: that one is
    then the first of `items`.
    """

    items: deque[Value]
    more: Callable[[], Value] | None
    unfold: Callable[[Value], list[Value]] | None

    def __init__(
        self,
        items: Iterable[Value],
        more: Callable[[], Value] | None = None,
        *,
        unfold: Callable[[Value], list[Value]] | None = None,
    ) -> None:
        self.items = deque(items)
        self.more = more
        self.unfold = unfold


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
class Interpolated:
    """A text with references in it, as ``f"--out={data}"`` makes: pieces of text, SDK objects and secrets, in order."""

    parts: tuple[Value, ...]


class Outline(Protocol):
    """What a modelled class really is: its signatures, and the members that the model lacks."""

    @property
    def signature(self) -> inspect.Signature | None:
        """What the class is called with; None where that is not known."""

    def sign(self, name: str) -> inspect.Signature | None:
        """The parameters of a method, without the object; None where they are not known."""

    def describe(self, name: str, span: Span) -> Value:
        """A member without a model, a `Model` or an `Unknown`. None where the class has no such member."""

    @property
    def names(self) -> frozenset[str]:
        """The public members."""


def is_reference(value: Value) -> bool:
    """Whether a value stays itself inside a text: an object of the SDK, a text with one, a run's secret."""
    return isinstance(value, (Modelled, Interpolated)) or is_secret_reference(value)


def is_secret_reference(value: Value) -> bool:
    """Whether a value is not known, but is known to be a secret, which a step can be given when it runs."""
    return isinstance(value, Unknown) and bool(value.secret)


class Modelled:
    """The base of the SDK's objects. Public attributes and methods are what the user's program may use.

    A method takes the `Call` first; a property takes nothing. An attribute that a program may set stands in the
    instance's `__dict__` from the start.
    """

    sdk_name: ClassVar[str] = ""
    pure: ClassVar[bool] = False
    """Whether its methods never fail for reasons outside the program, as the workspace's may."""
    outline: ClassVar[Outline | None] = None
    user_class: ClassVar[Value] = None
    """The class of the program's that derives from the model, for an object of that class."""
    span: Span
    _undecided: Unknown | None = None
    """Why it is not known whether the object is in a list that holds it, where a condition decides that."""
    _doubted: Unknown | None = None
    """Why it is not known whether the object is there at all, or None in its place."""

    def merged_with(self, other: Value) -> Value:
        """The one object that stands for both after an undecided branch; None where there is no such."""
        return None

    def doubt(self, cause: Unknown) -> None:
        """Take note that None may stand in its place; what a program creates where it finds none says so."""

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


def holds_unknown(items: Collection[Value]) -> bool:
    """Whether something unknown is among the items themselves: as quickly as Python can look."""
    meter.walk(len(items))
    return Unknown in map(type, items)


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
    looked_at = 0
    while pending:
        item, depth_left = pending.pop()
        if isinstance(item, Unknown):
            return item
        if isinstance(item, PLAIN) or depth_left == 0 or id(item) in seen:
            continue
        items: Sequence[Value] = ()
        if isinstance(item, dict):
            looked_at += 2 * len(item)
        elif isinstance(item, SEQUENCES):
            looked_at += len(item)
        if looked_at > MAX_LOOK:
            meter.look(MAX_LOOK)
            return Unknown("the value is too large to look through", unread=True)
        if isinstance(item, dict):
            items = (*item.keys(), *item.values())
        elif isinstance(item, SEQUENCES):
            items = tuple(item)
        elif isinstance(item, Interpolated):
            items = item.parts
        seen.add(id(item))
        pending.extend((item, depth_left - 1) for item in reversed(items))
    meter.look(looked_at)
    return None
