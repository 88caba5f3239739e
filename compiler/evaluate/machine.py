"""The machine: the state of one evaluation, and what each part of the evaluator may ask of the others."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal

import libcst

from pipelift.compiler.diagnostics import Reporter
from pipelift.compiler.diagnostics.span import Span
from pipelift.compiler.evaluate import meter
from pipelift.compiler.evaluate.exceptions import is_kind_of
from pipelift.compiler.evaluate.objects import Scope
from pipelift.compiler.evaluate.outside import Outside
from pipelift.compiler.evaluate.stack import Stack
from pipelift.compiler.evaluate.state import Branch, Journal, join
from pipelift.compiler.evaluate.values import Call, Module, Raised, Recorder, Unknown, Value, derived
from pipelift.compiler.reading.source import SourceFile

MAX_YIELDS = 10_000
"""How many values a generator may give; what comes after those is unknown."""

MAX_DEPTH = 100
"""How deep calls of the user's functions may nest."""


Watch = Callable[[Call, Value, Sequence[Value], Mapping[str, Value]], None]
"""Is shown each call of a model: the place in the program, the callee and the arguments."""


def _watch_nothing(*values: object) -> None:
    """The watch of an evaluation that nobody watches."""


@dataclass(frozen=True, slots=True)
class Signal:
    """How a block ended other than at its last statement: `return`, `break` or `continue`."""

    kind: Literal["return", "break", "continue"]
    value: Value = None


class EnoughYields(Exception):
    """A generator gave `MAX_YIELDS` values: it is taken to have no end."""


@dataclass(slots=True)
class Frame:
    """One call of a user's function: the values of returns that may or may not have happened, and what is yielded.

    `resume` is what a ``yield`` runs in a function that is a context manager: the body of the ``with``. `loops`
    counts the loops over something unknown that the call itself stands in.
    """

    pending: list[Value] = field(default_factory=list)
    yielded: list[Value] = field(default_factory=list)
    resume: Callable[[Value], None] | None = None
    loops: int = 0


@dataclass(frozen=True, slots=True)
class LibraryCall(Call):
    """What a model of the language or of a library gets: a `Call`, and the machine itself."""

    machine: Machine


class Machine(ABC):
    """What lasts through the evaluation of one program, and the five questions that lead to all its parts.

    `modules` finds what an import means; `record` is the SDK models' notebook.

    `watch` is shown the arguments of each call of a model, and each value that the program sets on one.

    `bindings` are the values that the user gives by name (``--bind``): they win over what an assignment says.

    `recovers` says that the program goes on after an exception, as the user of a notebook does (`recovery`); not where
    the evaluator itself waits for one, which `awaited` counts.
    """

    def __init__(
        self,
        reporter: Reporter,
        outside: Outside,
        builtins: Mapping[str, Value],
        modules: Callable[[Machine, str, Span], Module | Unknown | None],
        guess: Callable[[str], Value],
        record: Recorder,
        bindings: Mapping[str, Value] = MappingProxyType({}),
    ) -> None:
        self.reporter = reporter
        self.outside = outside
        self.builtins = builtins
        self.find_module = modules
        self.guess = guess
        self.record = record
        self.bindings = bindings
        self.journal = Journal()
        self.loaded: dict[str, Module] = {}
        self.frames: list[Frame] = [Frame()]
        self.source: SourceFile | None = None
        self.external = 0
        self.unknown_loops = 0
        self.literals: dict[libcst.CSTNode, Value] = {}
        self.handling: list[Raised] = []
        self.catching: list[frozenset[str] | None] = []
        self.environ: Value = None
        self.recovers = False
        self.awaited = 0
        self.watch: Watch = _watch_nothing
        self.main_names: dict[str, Value] = {}
        self.meter = meter.Meter()
        self.stack = Stack(self.meter.abandon)

    @abstractmethod
    def evaluate(self, node: libcst.BaseExpression, scope: Scope) -> Value:
        """The value of an expression. Raises `Raised` where the program would raise."""

    @abstractmethod
    def execute(self, body: Iterable[libcst.CSTNode], scope: Scope) -> Signal | None:
        """Run statements in order until one ends the block. Raises `Raised` where the program would raise."""

    @abstractmethod
    def call(self, callee: Value, args: Sequence[Value], kwargs: Mapping[str, Value], span: Span) -> Value:
        """The value of calling `callee`. Raises `Raised` where the program would raise."""

    @abstractmethod
    def member(self, owner: Value, name: str, span: Span) -> Value:
        """The value of ``owner.name``, for a known owner. Raises `Raised` where there is no such attribute."""

    @abstractmethod
    def less(self, left: Value, right: Value, span: Span) -> bool | Unknown:
        """Whether ``one < other``, for sorting. Raises `Raised` where the two do not compare."""

    def run(self, source: SourceFile, scope: Scope) -> None:
        """Evaluate a whole file in `scope`. Raises `Raised` where the program would end with an exception."""
        self.run_part(source, lambda: self.execute(source.tree.body, scope))

    def run_part(self, source: SourceFile, function: Callable[[], object]) -> None:
        """Run `function`, which executes statements of `source`.

        It is one level for the whole file: the first takes a thread, which each statement would start anew.
        """
        before, self.source = self.source, source
        try:
            with self.meter.applied():
                self.stack.descend(function)
        finally:
            self.source = before

    def span(self, node: libcst.CSTNode) -> Span:
        """Where `node` of the current file stands."""
        assert self.source is not None
        return self.source.span(node)

    @contextmanager
    def awaiting(self) -> Iterator[None]:
        """Run the body of the ``with`` where the evaluator waits for exceptions: they go their way."""
        self.awaited += 1
        try:
            yield
        finally:
            self.awaited -= 1

    def is_caught(self, kind: str) -> bool:
        """Whether a ``try`` of the program, around what runs now, catches an exception of class `kind`."""
        return any(names is None or is_kind_of(kind, names) for names in self.catching)

    def handle(self, span: Span) -> LibraryCall:
        """What a modelled callable called at `span` gets."""
        return LibraryCall(
            span,
            self.reporter,
            self.journal.touch,
            self.record,
            self.outside,
            lambda callee, args, kwargs: self.call(callee, args, kwargs, span),
            self,
        )

    def assign_name(self, scope: Scope, name: str, value: Value, *, bindable: bool = True) -> None:
        """Bind a name where an assignment in `scope` does; a value that the user gives for it wins.

        `bindable` is False for what no user gives, such as a module.
        """
        holder = scope.target(name)
        key = f"{holder.label}.{name}" if holder.label else name
        if key in self.bindings:
            value = self.bindings[key]
        elif bindable and isinstance(value, Unknown) and not value.supply and value.finding is None:
            value = replace(value, supply=f"--bind {key}=VALUE")
        self.journal.touch_names(holder.names)
        holder.names[name] = value

    def run_alternatives(
        self, span: Span, alternatives: Sequence[Callable[[], Signal | None]], cause: Unknown | None = None
    ) -> Signal | None:
        """Run each alternative on the state as it is, and leave the state that holds whichever happens.

        `cause` is the condition that is not known.
        One that raises is taken not to happen, unless all raise. A return counts among the function's
        possible results; the others decide how the block goes on.
        """
        trials: list[tuple[Branch, Signal | None]] = []
        raised: Raised | None = None
        for alternative in alternatives:
            with self.journal.branch() as branch, self.awaiting():
                try:
                    signal = alternative()
                except Raised as error:
                    raised = error
                    continue
            trials.append((branch, signal))
        if not trials:
            assert raised is not None
            raise raised
        going_on = [trial for trial in trials if trial[1] is None] or trials
        for _, signal in trials:
            if signal is not None and signal.kind == "return" and going_on is not trials:
                self.frames[-1].pending.append(signal.value)
        joined, signal = going_on[0]
        for branch, other in going_on[1:]:
            joined = self.journal.join_branches(joined, branch, span, cause)
            if signal is not None and other is not None and signal.kind == other.kind == "return":
                signal = Signal("return", join(signal.value, other.value, span, cause))
        self.journal.commit(joined)
        return signal

    def unknown_operand(self, cause: Unknown, span: Span, what: str) -> Unknown:
        """The unknown that an expression at `span` becomes because of a part of it."""
        if cause.span == span:
            return cause
        return derived(what, span, cause)
