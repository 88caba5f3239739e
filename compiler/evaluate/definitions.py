"""``def`` and ``class``: functions and classes of the user's as values, and their decorators."""

from __future__ import annotations

import libcst

from pipelift.compiler.diagnostics.span import Span
from pipelift.compiler.evaluate import construct
from pipelift.compiler.evaluate.calls import evaluate_defaults
from pipelift.compiler.evaluate.machine import Machine, Signal
from pipelift.compiler.evaluate.objects import Function, Scope, UserClass
from pipelift.compiler.evaluate.values import Model, ModelledClass, Unknown, Value

_EMPTY_BASES = frozenset({"object", "ABC", "Generic", "Protocol"})
"""Base classes that add nothing that the evaluation sees."""


def define_function(it: Machine, node: libcst.FunctionDef, scope: Scope) -> Signal | None:
    """Run ``def``: bind the function; its body waits for a call."""
    assert it.source is not None
    owner = scope.owner if scope.is_class else None
    function = Function(
        node.name.value,
        node,
        scope,
        it.source,
        evaluate_defaults(it, node.params, scope),
        owner=owner,
        generator=_has_yield(node.body),
    )
    it.assign_name(scope, node.name.value, _apply_decorators(it, function, node, scope))
    return None


def _apply_decorators(
    it: Machine, value: Value, node: libcst.FunctionDef | libcst.ClassDef, scope: Scope
) -> Value:
    """`value` after its decorators; one that is not known (a retry, a progress bar) is taken to change nothing."""
    decorators = [it.evaluate(decoration.decorator, scope) for decoration in node.decorators]
    for decorator, decoration in zip(reversed(decorators), reversed(node.decorators), strict=True):
        if isinstance(decorator, Unknown):
            continue
        result = it.call(decorator, (value,), {}, it.span(decoration))
        value = value if result is None or isinstance(result, Unknown) else result
    return value


def _has_yield(body: libcst.BaseSuite) -> bool:
    """Whether the body itself yields; a function or lambda inside it does not count."""
    pending: list[libcst.CSTNode] = [body]
    while pending:
        node = pending.pop()
        if isinstance(node, libcst.Yield):
            return True
        if not isinstance(node, (libcst.FunctionDef, libcst.Lambda, libcst.ClassDef)):
            pending.extend(node.children)
    return False


def define_class(it: Machine, node: libcst.ClassDef, scope: Scope) -> Signal | None:
    """Run ``class``: evaluate its body in a scope of its own, and bind the class."""
    span = it.span(node.name)
    evaluated = [(it.evaluate(base.value, scope), it.span(base.value)) for base in node.bases]
    bases = tuple(
        resolved
        for value, base_span in evaluated
        if (resolved := _resolve_base(value, base_span)) is not None
    )
    cls = UserClass(node.name.value, {}, bases, span)
    cls.mixin = next((mixin for value, _ in evaluated if (mixin := _find_mixin(value)) is not None), None)
    label = f"{scope.label}.{cls.name}" if scope.label else cls.name
    inner = Scope(cls.members, scope, "class", label, owner=cls)
    it.execute(node.body.body, inner)
    cls.annotations = inner.annotations
    construct.finish_class(it, cls, span)
    it.assign_name(scope, node.name.value, _apply_decorators(it, cls, node, scope))
    return None


def _resolve_base(base: Value, span: Span) -> UserClass | ModelledClass | Unknown | None:
    """A base class as inheritance sees it; None for one that adds nothing."""
    if isinstance(base, (UserClass, Unknown)):
        return base
    name = str(getattr(base, "name", "")).rsplit(".", 1)[-1]
    if isinstance(base, (Model, ModelledClass)) and name in _EMPTY_BASES:
        return None
    if _find_mixin(base) is not None:
        return None
    if isinstance(base, ModelledClass):
        return base
    return Unknown("the base class is not the user's own", span)


def _find_mixin(base: Value) -> type | None:
    """The plain type of a base as in ``class Color(str, Enum)``."""
    return base.native if isinstance(base, Model) and base.native in (str, int, float) else None
