"""``try`` and ``raise``: a body that surely raises runs its handler; one that may raise is joined with it."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING

import libcst

from pipelift.compiler.evaluate.state import Scope
from pipelift.compiler.evaluate.values import Instance, ModelledClass, Raised, Unknown, UserClass, Value

if TYPE_CHECKING:
    from pipelift.compiler.evaluate.interpreter import Interpreter, Signal


def run_raise(it: Interpreter, node: libcst.Raise, scope: Scope) -> Signal | None:
    """Run ``raise``: always ends the block."""
    if node.exc is None:
        raise Raised("Exception", "the program raises its exception again", it.span(node))
    value = it.evaluate(node.exc, scope)
    kind, message = "Exception", "the program raises an exception"
    if isinstance(value, Raised):
        kind, message = value.kind, value.message
    elif isinstance(value, Instance):
        kind = value.cls.name
    elif isinstance(value, (UserClass, ModelledClass)):
        kind = value.name.rsplit(".", 1)[-1]
    elif hasattr(value, "name"):
        kind = str(value.name)
    raise Raised(kind, message, it.span(node), value)


def run_try(it: Interpreter, node: libcst.Try | libcst.TryStar, scope: Scope) -> Signal | None:
    """Run ``try``: the body, and its handlers where the body raises or may raise."""
    try:
        signal = _body_and_handlers(it, node, scope)
    except Raised:
        if node.finalbody is not None:
            it.execute(node.finalbody.body.body, scope)
        raise
    if node.finalbody is not None:
        return it.execute(node.finalbody.body.body, scope) or signal
    return signal


def _body_and_handlers(it: Interpreter, node: libcst.Try | libcst.TryStar, scope: Scope) -> Signal | None:
    external = it.external
    with it.journal.branch() as branch:
        try:
            signal = it.execute(node.body.body, scope)
            raised = None
        except Raised as error:
            raised = error
    if raised is not None:
        it.journal.commit(branch)
        return _handle(it, node, raised, scope)
    if it.external == external or not node.handlers:
        it.journal.commit(branch)
        return signal or _else(it, node, scope)

    def body() -> Signal | None:
        it.journal.commit(branch)
        return signal or _else(it, node, scope)

    # The body asks the workspace or the network, which may raise: each handler may run too.
    handlers = [lambda handler=handler: _run_handler(it, handler, None, scope) for handler in node.handlers]
    return it.either(it.span(node.handlers[0]), (body, *handlers))


def _else(it: Interpreter, node: libcst.Try | libcst.TryStar, scope: Scope) -> Signal | None:
    return it.execute(node.orelse.body.body, scope) if node.orelse is not None else None


def _handle(
    it: Interpreter, node: libcst.Try | libcst.TryStar, raised: Raised, scope: Scope
) -> Signal | None:
    for handler in node.handlers:
        if _catches(it, handler, raised, scope):
            return _run_handler(it, handler, raised, scope)
    raise raised


def _run_handler(
    it: Interpreter,
    handler: libcst.ExceptHandler | libcst.ExceptStarHandler,
    raised: Raised | None,
    scope: Scope,
) -> Signal | None:
    if handler.name is not None and isinstance(handler.name.name, libcst.Name):
        value: Value = Unknown("it is an exception", it.span(handler))
        if raised is not None and isinstance(raised.value, Instance):
            value = raised.value
        it.assign_name(scope, handler.name.name.value, value)
    try:
        return it.execute(handler.body.body, scope)
    except Raised as again:
        if raised is not None and again.message == "the program raises its exception again":
            raise raised from None
        raise


def _catches(
    it: Interpreter,
    handler: libcst.ExceptHandler | libcst.ExceptStarHandler,
    raised: Raised,
    scope: Scope,
) -> bool:
    if handler.type is None:
        return raised.kind != "SystemExit"
    caught = it.evaluate(handler.type, scope)
    classes = caught if isinstance(caught, tuple) else (caught,)
    return any(_is_kind(raised, cls) for cls in classes)


def _is_kind(raised: Raised, cls: Value) -> bool:
    if isinstance(cls, UserClass):
        return isinstance(raised.value, Instance) and cls in raised.value.cls.order
    name = str(getattr(cls, "name", "")).rsplit(".", 1)[-1]
    caught, kind = getattr(builtins, name, None), getattr(builtins, raised.kind, None)
    if isinstance(caught, type) and isinstance(kind, type):
        return issubclass(kind, caught)
    return name == raised.kind or (name in ("Exception", "BaseException") and raised.kind != "SystemExit")
