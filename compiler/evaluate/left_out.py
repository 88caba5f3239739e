"""What pipelift leaves out of an evaluation: loops that take too long, and statements on values that are too large.

What they would have computed is unknown, and a warning says so; the program goes on after them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

import libcst

from pipelift.compiler.evaluate import meter
from pipelift.compiler.evaluate.containers import Container
from pipelift.compiler.evaluate.machine import Machine, Signal
from pipelift.compiler.evaluate.objects import Scope
from pipelift.compiler.evaluate.state import Changes
from pipelift.compiler.evaluate.values import Unknown, Value, derived

T = TypeVar("T")
Loop = libcst.For | libcst.While
_BINDING = (
    libcst.AssignTarget,
    libcst.AnnAssign,
    libcst.AugAssign,
    libcst.For,
    libcst.NamedExpr,
    libcst.Del,
)
_NAMED = (libcst.AsName, libcst.FunctionDef, libcst.ClassDef, libcst.MatchAs, libcst.MatchStar)
_FUNCTIONS = (libcst.FunctionDef, libcst.ClassDef, libcst.Lambda)


def run_loop(it: Machine, node: Loop, scope: Scope, run: Callable[[], Signal | None]) -> Signal | None:
    """Run a loop under its own limit, unless it stands in one that has it."""
    signal, unknown = _run_limited(it, node, run)
    if unknown is not None:
        _forget_bound(it, node, scope, unknown)
    return signal


def run_comprehension(it: Machine, node: libcst.BaseExpression, run: Callable[[], Value]) -> Value:
    """The value of a comprehension under the limit of a loop, unless it stands in one that has it."""
    value, unknown = _run_limited(it, node, run)
    return value if unknown is None else unknown


def _run_limited(it: Machine, node: libcst.CSTNode, run: Callable[[], T]) -> tuple[T | None, Unknown | None]:
    """What `run` gives; or None, and the unknown that stands for all that it has changed before its limit ended it."""
    if it.meter.in_loop:
        return run(), None
    with it.journal.watch() as changes:
        try:
            with it.meter.loop():
                return run(), None
        except meter.LoopSpent:
            pass
    unknown = _report(it, node, "it takes more steps than pipelift follows in a loop")
    _forget_changes(it, changes, unknown)
    return None, unknown


def leave_statement(it: Machine, node: libcst.CSTNode, scope: Scope, cause: Unknown | None) -> None:
    """Go on after a statement that is not followed: it works on something too large, or (`cause`) not known."""
    if cause is None:
        unknown = _report(it, node, "it works on a value that is too large for pipelift to follow")
    else:
        unknown = derived("the statement works on something unknown", it.span(node), cause)
    _forget_bound(it, node, scope, unknown)


def _report(it: Machine, node: libcst.CSTNode, why: str) -> Unknown:
    """Warn of what is left out; the unknown that stands for what it would have computed."""
    span = it.span(node)
    it.reporter.report("PL108", f"what this computes is not known: {why}", span)
    return Unknown(f"pipelift leaves this out: {why}", span, unread=True)


def _forget_changes(it: Machine, changes: Changes, unknown: Unknown) -> None:
    for container in changes.values.values():
        forget(it, container, unknown)
    for names, before in changes.names.values():
        for name, value in list(names.items()):
            if name not in before or before[name] is not value:
                names[name] = unknown


def _forget_bound(it: Machine, node: libcst.CSTNode, scope: Scope, unknown: Unknown) -> None:
    """Forget what the text of a loop or statement binds or changes, whether or not it came so far."""
    bound = _Bound()
    node.visit(bound)
    for name in bound.names:
        it.assign_name(scope, name, unknown)
    for name in bound.changed - bound.names:
        holder = scope.holder(name)
        container = None if holder is None else holder.names[name]
        if isinstance(container, (list, dict, set, deque)):
            forget(it, container, unknown)
    if bound.returns:
        it.frames[-1].pending.append(unknown)
    if bound.yields:
        it.frames[-1].yielded.append(_many(unknown))


def forget(it: Machine, container: Container, unknown: Unknown) -> None:
    """Let a list, dict, set or deque hold nothing that is known."""
    it.journal.touch_value(container)
    container.clear()
    item = _many(unknown)
    if isinstance(container, dict):
        container[item] = item
    elif isinstance(container, set):
        container.add(item)
    elif isinstance(container, (list, deque)):
        container.append(item)


def _many(unknown: Unknown) -> Unknown:
    return derived("it is left out", unknown.span, unknown, many=True)


@dataclass(slots=True)
class _Bound(libcst.CSTVisitor):
    """The names that a piece of program binds, and those of which it changes the value where it can be changed."""

    names: set[str] = field(default_factory=set)
    changed: set[str] = field(default_factory=set)
    returns: bool = False
    yields: bool = False

    def on_visit(self, node: libcst.CSTNode) -> bool:
        """Collect what `node` binds; functions inside bind nothing but their name."""
        if isinstance(node, _BINDING):
            self._bind(node.target)
        elif isinstance(node, libcst.Call) and isinstance(node.func, libcst.Attribute):
            self._change(node.func.value)
        elif isinstance(node, _NAMED):
            self._bind(node.name)
        self.returns = self.returns or isinstance(node, libcst.Return)
        self.yields = self.yields or isinstance(node, libcst.Yield)
        return not isinstance(node, _FUNCTIONS)

    def on_leave(self, original_node: libcst.CSTNode) -> None:
        """Nothing is left to do."""

    def _bind(self, target: libcst.CSTNode | None) -> None:
        if isinstance(target, libcst.Name):
            self.names.add(target.value)
        elif isinstance(target, (libcst.Tuple, libcst.List)):
            for element in target.elements:
                self._bind(element.value)
        elif isinstance(target, libcst.Subscript):
            self._change(target.value)

    def _change(self, owner: libcst.CSTNode) -> None:
        if isinstance(owner, libcst.Name):
            self.changed.add(owner.value)
