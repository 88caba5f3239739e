"""Statements: each function runs one kind of libcst node, and says how the block ended if it did."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import libcst

from pipelift.compiler.evaluate import definitions, exceptions, imports, members
from pipelift.compiler.evaluate.expressions import binary, index, iterate, truth
from pipelift.compiler.evaluate.state import Scope
from pipelift.compiler.evaluate.values import Raised, Unknown, Value, derived

if TYPE_CHECKING:
    from pipelift.compiler.evaluate.interpreter import Interpreter, Signal

Handler = Callable[["Interpreter", Any, Scope], "Signal | None"]


def _line(it: Interpreter, node: libcst.SimpleStatementLine, scope: Scope) -> Signal | None:
    return it.execute(node.body, scope)


def _expression(it: Interpreter, node: libcst.Expr, scope: Scope) -> Signal | None:
    it.evaluate(node.value, scope)
    return None


def _assign(it: Interpreter, node: libcst.Assign, scope: Scope) -> Signal | None:
    value = it.evaluate(node.value, scope)
    for target in node.targets:
        assign(it, target.target, value, scope)
    return None


def _annotated(it: Interpreter, node: libcst.AnnAssign, scope: Scope) -> Signal | None:
    if node.value is not None:
        assign(it, node.target, it.evaluate(node.value, scope), scope)
    return None


def _augmented(it: Interpreter, node: libcst.AugAssign, scope: Scope) -> Signal | None:
    left = it.evaluate(node.target, scope)
    right = it.evaluate(node.value, scope)
    if isinstance(left, list) and isinstance(node.operator, libcst.AddAssign):
        it.journal.touch(left)  # `+=` changes the list itself, which other names may hold too
        left.extend(iterate(it, right, node.value))
        return None
    assign(it, node.target, binary(it, node, type(node.operator), left, right), scope)
    return None


def assign(it: Interpreter, target: libcst.BaseExpression, value: Value, scope: Scope) -> None:
    """Bind `value` to a name, attribute, item, or a pattern of these."""
    if isinstance(target, libcst.Name):
        it.assign_name(scope, target.value, value)
    elif isinstance(target, libcst.Attribute):
        members.set_attribute(it, it.evaluate(target.value, scope), target.attr.value, value, it.span(target))
    elif isinstance(target, libcst.Subscript):
        owner = it.evaluate(target.value, scope)
        members.set_item(it, owner, index(it, target, scope), value, it.span(target))
    elif isinstance(target, (libcst.Tuple, libcst.List)):
        _unpack(it, target, value, scope)


def _unpack(it: Interpreter, target: libcst.Tuple | libcst.List, value: Value, scope: Scope) -> None:
    elements = target.elements
    span = it.span(target)
    if isinstance(value, Unknown) or not isinstance(value, (list, tuple, str, dict, set, range)):
        cause = (
            value if isinstance(value, Unknown) else Unknown("pipelift cannot take this value apart", span)
        )
        for element in elements:
            assign(it, element.value, derived("it is a part of something unknown", span, cause), scope)
        return
    items = list(value)
    star = next((i for i, one in enumerate(elements) if isinstance(one, libcst.StarredElement)), None)
    if star is not None and len(items) >= len(elements) - 1:
        after = len(elements) - star - 1
        items = [*items[:star], items[star : len(items) - after], *items[len(items) - after :]]
    if len(items) != len(elements):
        message = f"{len(elements)} values are expected, there are {len(items)}"
        raise Raised("ValueError", message, span)
    for element, item in zip(elements, items, strict=True):
        assign(it, element.value, item, scope)


def _if(it: Interpreter, node: libcst.If, scope: Scope) -> Signal | None:
    decided = truth(it.evaluate(node.test, scope))
    if isinstance(decided, Unknown):
        return it.either(
            it.span(node.test),
            (lambda: it.execute(node.body.body, scope), lambda: _orelse(it, node.orelse, scope)),
        )
    return it.execute(node.body.body, scope) if decided else _orelse(it, node.orelse, scope)


def _orelse(it: Interpreter, node: libcst.If | libcst.Else | None, scope: Scope) -> Signal | None:
    if node is None:
        return None
    return _if(it, node, scope) if isinstance(node, libcst.If) else it.execute(node.body.body, scope)


def _for(it: Interpreter, node: libcst.For, scope: Scope) -> Signal | None:
    iterable = it.evaluate(node.iter, scope)
    if isinstance(iterable, Unknown):
        return _unknown_loop(it, node, lambda: _one_round(it, node, iterable, scope))
    for item in iterate(it, iterable, node.iter):
        it.spend()
        assign(it, node.target, item, scope)
        signal = it.execute(node.body.body, scope)
        if signal is not None and signal.kind == "break":
            return None
        if signal is not None and signal.kind == "return":
            return signal
    return _orelse(it, node.orelse, scope)


def _one_round(it: Interpreter, node: libcst.For, iterable: Unknown, scope: Scope) -> Signal | None:
    item = derived("it is an item of something unknown", it.span(node.iter), iterable)
    assign(it, node.target, item, scope)
    return it.execute(node.body.body, scope)


def _unknown_loop(
    it: Interpreter, node: libcst.For | libcst.While, one_round: Callable[[], Signal | None]
) -> Signal | None:
    """A loop of which it is not known how often it runs: once or not at all."""

    def some_rounds() -> Signal | None:
        signal = one_round()
        return signal if signal is not None and signal.kind == "return" else None

    it.unknown_loops += 1
    try:
        span = it.span(node.iter if isinstance(node, libcst.For) else node.test)
        return it.either(span, (some_rounds, lambda: None))
    finally:
        it.unknown_loops -= 1


def _while(it: Interpreter, node: libcst.While, scope: Scope) -> Signal | None:
    while True:
        it.spend()
        decided = truth(it.evaluate(node.test, scope))
        if isinstance(decided, Unknown):
            return _unknown_loop(it, node, lambda: it.execute(node.body.body, scope))
        if not decided:
            return _orelse(it, node.orelse, scope)
        signal = it.execute(node.body.body, scope)
        if signal is not None and signal.kind == "break":
            return None
        if signal is not None and signal.kind == "return":
            return signal


def _with(it: Interpreter, node: libcst.With, scope: Scope) -> Signal | None:
    for item in node.items:
        value = it.evaluate(item.item, scope)
        enter = getattr(value, "cls", None)
        if enter is not None and hasattr(enter, "lookup") and enter.lookup("__enter__")[0]:
            value = it.call(members.get(it, value, "__enter__", item.item), (), {}, it.span(item.item))
        if item.asname is not None:
            assign(it, item.asname.name, value, scope)  # type: ignore[arg-type]
    return it.execute(node.body.body, scope)


def _return(it: Interpreter, node: libcst.Return, scope: Scope) -> Signal | None:
    from pipelift.compiler.evaluate.interpreter import Signal

    return Signal("return", None if node.value is None else it.evaluate(node.value, scope))


def _break(it: Interpreter, node: libcst.Break, scope: Scope) -> Signal | None:
    from pipelift.compiler.evaluate.interpreter import Signal

    return Signal("break")


def _continue(it: Interpreter, node: libcst.Continue, scope: Scope) -> Signal | None:
    from pipelift.compiler.evaluate.interpreter import Signal

    return Signal("continue")


def _delete(it: Interpreter, node: libcst.Del, scope: Scope) -> Signal | None:
    targets = (
        [e.value for e in node.target.elements] if isinstance(node.target, libcst.Tuple) else [node.target]
    )
    for target in targets:
        if isinstance(target, libcst.Name):
            holder = scope.holder(target.value)
            if holder is not None:
                it.journal.touch(holder.names)
                del holder.names[target.value]
        elif isinstance(target, libcst.Subscript):
            key = index(it, target, scope)
            members.delete_item(it, it.evaluate(target.value, scope), key, it.span(target))
    return None


def _global(it: Interpreter, node: libcst.Global, scope: Scope) -> Signal | None:
    top = scope
    while top.parent is not None:
        top = top.parent
    for item in node.names:
        scope.outer_names[item.name.value] = top
    return None


def _nonlocal(it: Interpreter, node: libcst.Nonlocal, scope: Scope) -> Signal | None:
    for item in node.names:
        holder = scope.parent.holder(item.name.value) if scope.parent else None
        if holder is not None:
            scope.outer_names[item.name.value] = holder
    return None


def _assert(it: Interpreter, node: libcst.Assert, scope: Scope) -> Signal | None:
    if truth(it.evaluate(node.test, scope)) is False:
        raise Raised("AssertionError", "the assertion does not hold", it.span(node))
    return None


STATEMENTS: Mapping[type[libcst.CSTNode], Handler] = MappingProxyType(
    {
        libcst.SimpleStatementLine: _line,
        libcst.Expr: _expression,
        libcst.Assign: _assign,
        libcst.AnnAssign: _annotated,
        libcst.AugAssign: _augmented,
        libcst.If: _if,
        libcst.For: _for,
        libcst.While: _while,
        libcst.With: _with,
        libcst.Try: exceptions.run_try,
        libcst.TryStar: exceptions.run_try,
        libcst.Raise: exceptions.run_raise,
        libcst.Return: _return,
        libcst.Break: _break,
        libcst.Continue: _continue,
        libcst.Del: _delete,
        libcst.Global: _global,
        libcst.Nonlocal: _nonlocal,
        libcst.Assert: _assert,
        libcst.FunctionDef: definitions.define_function,
        libcst.ClassDef: definitions.define_class,
        libcst.Import: imports.run_import,
        libcst.ImportFrom: imports.run_import_from,
    }
)
