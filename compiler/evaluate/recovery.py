"""Exceptions in a notebook: what they leave unknown, so that the rest of it can be evaluated.

The user of a notebook goes on after a cell that fails, and what fails here is mostly what only a workspace can do.
So the expression that raises becomes unknown, and so do the names of a statement that raises.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst

from pipelift.compiler.evaluate.exceptions import EXCEPTIONS
from pipelift.compiler.evaluate.machine import Machine
from pipelift.compiler.evaluate.objects import Scope
from pipelift.compiler.evaluate.values import Raised, Unknown
from pipelift.compiler.reading.source import SourceFile

_FLOW = frozenset({"StopIteration", "StopAsyncIteration", "GeneratorExit", "SystemExit", "KeyboardInterrupt"})
"""Exceptions that are no failure."""


def recover(it: Machine, error: Raised) -> Unknown:
    """The unknown that an expression is because it raises. Raises `error` again where it has to go its way."""
    if not it.recovers or it.awaited or error.kind in _FLOW or _may_be_caught(it, error.kind):
        raise error
    return _make_unknown(it, error, needed=error.unwound)


def run_cell(it: Machine, source: SourceFile, scope: Scope) -> None:
    """Evaluate a cell of a notebook, statement by statement. Raises `Raised` for what ends the notebook."""

    def run_statements() -> None:
        for statement in source.tree.body:
            try:
                it.execute((statement,), scope)
            except Raised as error:
                if error.kind == "SystemExit":
                    raise
                _leave_out(it, statement, error, scope)

    it.run_part(source, run_statements)


def _may_be_caught(it: Machine, kind: str) -> bool:
    """Whether a ``try`` of the program may catch it; of the program's own classes only `handlers` knows."""
    return bool(it.catching) and (kind not in EXCEPTIONS or it.is_caught(kind))


def _leave_out(it: Machine, statement: libcst.CSTNode, error: Raised, scope: Scope) -> None:
    """Make the names unknown that a statement would bind. Of a simple one that is all that can be missing."""
    is_simple = isinstance(statement, libcst.SimpleStatementLine) and len(statement.body) == 1
    unknown = _make_unknown(it, error, needed=not is_simple)
    for name in dict.fromkeys(_list_bound_names(statement)):
        it.assign_name(scope, name, unknown)


def _make_unknown(it: Machine, error: Raised, *, needed: bool) -> Unknown:
    finding = it.reporter.find("PL106", f"this fails with {error.kind}: {error.message}", error.span)
    if needed:
        it.reporter.blame(finding)
    return Unknown(f"it fails with {error.kind}: {error.message}", error.span, finding=finding)


def _list_bound_names(node: libcst.CSTNode) -> Iterator[str]:
    """The names that a statement binds in its own scope."""
    if isinstance(node, (libcst.FunctionDef, libcst.ClassDef)):
        yield node.name.value
        return
    if isinstance(node, libcst.Lambda):
        return
    if isinstance(node, libcst.ImportAlias):
        bound: libcst.CSTNode = node.asname.name if node.asname is not None else node.name
        while isinstance(bound, libcst.Attribute):
            bound = bound.value
        yield from _list_target_names(bound)
        return
    for child in node.children:
        yield from _list_bound_names(child)
    targets = (getattr(node, field, None) for field in ("target", "asname"))
    if isinstance(
        node, (libcst.AssignTarget, libcst.AnnAssign, libcst.AugAssign, libcst.NamedExpr, libcst.For)
    ):
        yield from (name for target in targets for name in _list_target_names(target))
    elif isinstance(node, libcst.AsName):
        yield from _list_target_names(node.name)


def _list_target_names(target: object) -> Iterator[str]:
    if isinstance(target, libcst.Name):
        yield target.value
    elif isinstance(target, (libcst.Tuple, libcst.List)):
        for element in target.elements:
            yield from _list_target_names(element.value)
