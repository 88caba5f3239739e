"""Statements: each function runs one kind of libcst node, and says how the block ended if it did."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import libcst

from pipelift.compiler.evaluate import (
    conditions,
    definitions,
    handlers,
    imports,
    items,
    loops,
    managers,
    matching,
    members,
)
from pipelift.compiler.evaluate.arithmetic import decide_truth, evaluate_augmented
from pipelift.compiler.evaluate.machine import Machine, Signal
from pipelift.compiler.evaluate.objects import Annotation, Scope
from pipelift.compiler.evaluate.targets import assign, evaluate_index
from pipelift.compiler.evaluate.values import Raised

Handler = Callable[..., Signal | None]
"""Runs a node of its row's type: gets the machine, the node and the scope."""


def _run_line(it: Machine, node: libcst.SimpleStatementLine, scope: Scope) -> Signal | None:
    return it.execute(node.body, scope)


def _run_expression(it: Machine, node: libcst.Expr, scope: Scope) -> Signal | None:
    it.evaluate(node.value, scope)
    return None


def _run_assign(it: Machine, node: libcst.Assign, scope: Scope) -> Signal | None:
    value = it.evaluate(node.value, scope)
    for target in node.targets:
        assign(it, target.target, value, scope)
    return None


def _run_annotated(it: Machine, node: libcst.AnnAssign, scope: Scope) -> Signal | None:
    if scope.is_class and isinstance(node.target, libcst.Name) and not _is_class_variable(node):
        assert it.source is not None
        scope.annotations[node.target.value] = Annotation(node.annotation.annotation, scope, it.source)
    if node.value is not None:
        assign(it, node.target, it.evaluate(node.value, scope), scope)
    return None


def _is_class_variable(node: libcst.AnnAssign) -> bool:
    kind = node.annotation.annotation
    kind = kind.value if isinstance(kind, libcst.Subscript) else kind
    return imports.join_dotted_name(kind).rsplit(".", 1)[-1] == "ClassVar"


def _run_augmented(it: Machine, node: libcst.AugAssign, scope: Scope) -> Signal | None:
    target = node.target
    if isinstance(target, libcst.Attribute):
        owner, name, span = it.evaluate(target.value, scope), target.attr.value, it.span(target)
        left = members.get(it, owner, name, target)
        value = evaluate_augmented(it, node, left, it.evaluate(node.value, scope))
        members.set_attribute(it, owner, name, value, span)
    elif isinstance(target, libcst.Subscript):
        owner, key, span = (
            it.evaluate(target.value, scope),
            evaluate_index(it, target, scope),
            it.span(target),
        )
        left = items.get_item(it, owner, key, target)
        value = evaluate_augmented(it, node, left, it.evaluate(node.value, scope))
        items.set_item(it, owner, key, value, span)
    else:
        left = it.evaluate(target, scope)
        assign(it, target, evaluate_augmented(it, node, left, it.evaluate(node.value, scope)), scope)
    return None


def _run_return(it: Machine, node: libcst.Return, scope: Scope) -> Signal | None:
    return Signal("return", None if node.value is None else it.evaluate(node.value, scope))


def _run_break(it: Machine, node: libcst.Break, scope: Scope) -> Signal | None:
    return Signal("break")


def _run_continue(it: Machine, node: libcst.Continue, scope: Scope) -> Signal | None:
    return Signal("continue")


def _run_delete(it: Machine, node: libcst.Del, scope: Scope) -> Signal | None:
    group = node.target.elements if isinstance(node.target, (libcst.Tuple, libcst.List)) else ()
    for target in [element.value for element in group] or [node.target]:
        if isinstance(target, libcst.Name):
            it.evaluate(target, scope)
            names = scope.target(target.value).names
            it.journal.touch_names(names)
            names.pop(target.value, None)
        elif isinstance(target, libcst.Subscript):
            owner = it.evaluate(target.value, scope)
            items.delete_item(it, owner, evaluate_index(it, target, scope), it.span(target))
        elif isinstance(target, libcst.Attribute):
            members.delete_attribute(it, it.evaluate(target.value, scope), target.attr.value, it.span(target))
    return None


def _run_global(it: Machine, node: libcst.Global, scope: Scope) -> Signal | None:
    for item in node.names:
        scope.outer_names[item.name.value] = scope.module
    return None


def _run_nonlocal(it: Machine, node: libcst.Nonlocal, scope: Scope) -> Signal | None:
    for item in node.names:
        holder = scope.parent.holder(item.name.value) if scope.parent else None
        if holder is not None:
            scope.outer_names[item.name.value] = holder
    return None


def _run_assert(it: Machine, node: libcst.Assert, scope: Scope) -> Signal | None:
    if decide_truth(it, it.evaluate(node.test, scope), node.test) is False:
        message = it.evaluate(node.msg, scope) if node.msg is not None else "the assertion does not hold"
        raise Raised(
            "AssertionError",
            message if isinstance(message, str) else "the assertion does not hold",
            it.span(node),
        )
    return None


STATEMENTS: Mapping[type[libcst.CSTNode], Handler] = MappingProxyType(
    {
        libcst.SimpleStatementLine: _run_line,
        libcst.Expr: _run_expression,
        libcst.Assign: _run_assign,
        libcst.AnnAssign: _run_annotated,
        libcst.AugAssign: _run_augmented,
        libcst.If: conditions.run_if,
        libcst.For: loops.run_for,
        libcst.While: loops.run_while,
        libcst.With: managers.run_with,
        libcst.Match: matching.run_match,
        libcst.Try: handlers.run_try,
        libcst.TryStar: handlers.run_try,
        libcst.Raise: handlers.run_raise,
        libcst.Return: _run_return,
        libcst.Break: _run_break,
        libcst.Continue: _run_continue,
        libcst.Del: _run_delete,
        libcst.Global: _run_global,
        libcst.Nonlocal: _run_nonlocal,
        libcst.Assert: _run_assert,
        libcst.FunctionDef: definitions.define_function,
        libcst.ClassDef: definitions.define_class,
        libcst.Import: imports.run_import,
        libcst.ImportFrom: imports.run_import_from,
    }
)
