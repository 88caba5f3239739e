"""``try`` and ``raise``: a body that surely raises runs its handler; one that may raise is joined with it."""

from __future__ import annotations

import libcst

from pipelift.compiler.diagnostics.span import Span
from pipelift.compiler.evaluate.display import NotKnown, str_of
from pipelift.compiler.evaluate.exceptions import catches, make_exception_object
from pipelift.compiler.evaluate.machine import Machine, Signal
from pipelift.compiler.evaluate.objects import Instance, Scope, UserClass
from pipelift.compiler.evaluate.values import Raised, Unknown

Try = libcst.Try | libcst.TryStar


ExceptHandler = libcst.ExceptHandler | libcst.ExceptStarHandler


def run_raise(it: Machine, node: libcst.Raise, scope: Scope) -> Signal | None:
    """Run ``raise``: always ends the block."""
    span = it.span(node)
    if node.exc is None:
        if it.handling:
            raise it.handling[-1]
        raise Raised("RuntimeError", "No active exception to reraise", span)
    value = it.evaluate(node.exc, scope)
    if node.cause is not None:
        it.evaluate(node.cause.item, scope)
    if isinstance(value, UserClass):
        value = it.call(value, (), {}, span)
    if isinstance(value, Raised):
        raise Raised(value.kind, value.message, span, value.value)
    if isinstance(value, Instance) and "args" in value.attributes:
        raise Raised(value.cls.name, _render_message(it, value, span), span, value)
    name = getattr(value, "name", None)
    if isinstance(value, Unknown) or name is not None:
        kind = str(name or "Exception").rsplit(".", 1)[-1]
        raise Raised(kind, "the program raises an exception", span)
    raise Raised("TypeError", "exceptions must derive from BaseException", span)


def _render_message(it: Machine, value: Instance, span: Span) -> str:
    try:
        return str_of(it, value, span) or value.cls.name
    except NotKnown:
        return "the program raises an exception"


def run_try(it: Machine, node: Try, scope: Scope) -> Signal | None:
    """Run ``try``: the body, and its handlers where the body raises or may raise."""
    try:
        signal = _run_body_and_handlers(it, node, scope)
    except Raised:
        if node.finalbody is not None:
            ended = it.execute(node.finalbody.body.body, scope)
            if ended is not None:
                return ended
        raise
    if node.finalbody is not None:
        return it.execute(node.finalbody.body.body, scope) or signal
    return signal


def _list_caught_names(node: Try) -> frozenset[str] | None:
    """The names of the classes that the handlers catch; None for a bare ``except``."""
    names: set[str] = set()
    for handler in node.handlers:
        if handler.type is None:
            return None
        types = handler.type.elements if isinstance(handler.type, libcst.Tuple) else (handler.type,)
        for item in types:
            name = item.value if isinstance(item, libcst.Element) else item
            if isinstance(name, libcst.Attribute):
                name = name.attr
            if isinstance(name, libcst.Name):
                names.add(name.value)
    return frozenset(names)


def _run_body_and_handlers(it: Machine, node: Try, scope: Scope) -> Signal | None:
    external = it.external
    signal, raised = None, None
    with it.journal.branch() as branch:
        it.catching.append(_list_caught_names(node))
        try:
            signal = it.execute(node.body.body, scope)
        except Raised as error:
            raised = error
        finally:
            it.catching.pop()
    if raised is not None:
        it.journal.commit(branch)
        return _handle_exception(it, node, raised, scope)
    if it.external == external or not node.handlers:
        it.journal.commit(branch)
        return signal or _run_else(it, node, scope)

    def body() -> Signal | None:
        it.journal.commit(branch)
        return signal or _run_else(it, node, scope)

    # The body asks the workspace or the network, which may raise: each handler may run too.
    def may_run(handler: ExceptHandler) -> Signal | None:
        return _run_handler(it, handler, None, scope)

    span = it.span(node.handlers[0])
    handlers = [lambda handler=handler: may_run(handler) for handler in node.handlers]
    cause = Unknown("whether the workspace or a library answers or raises, only a run can tell", span)
    return it.run_alternatives(span, (body, *handlers), cause)


def _run_else(it: Machine, node: Try, scope: Scope) -> Signal | None:
    return it.execute(node.orelse.body.body, scope) if node.orelse is not None else None


def _handle_exception(it: Machine, node: Try, raised: Raised, scope: Scope) -> Signal | None:
    for handler in node.handlers:
        if _catches(it, handler, raised, scope):
            return _run_handler(it, handler, raised, scope)
    raise raised


def _run_handler(it: Machine, handler: ExceptHandler, raised: Raised | None, scope: Scope) -> Signal | None:
    bound = handler.name.name if handler.name is not None else None
    if isinstance(bound, libcst.Name):
        unknown = Unknown("it is an exception of something that is not evaluated", it.span(handler))
        it.assign_name(scope, bound.value, make_exception_object(raised) if raised is not None else unknown)
    it.handling.append(
        raised or Raised("Exception", "the program raises its exception again", it.span(handler))
    )
    try:
        return it.execute(handler.body.body, scope)
    finally:
        it.handling.pop()
        if isinstance(bound, libcst.Name):
            names = scope.target(bound.value).names
            it.journal.touch_names(names)
            names.pop(bound.value, None)


def _catches(it: Machine, handler: ExceptHandler, raised: Raised, scope: Scope) -> bool:
    if handler.type is None:
        return True
    caught = it.evaluate(handler.type, scope)
    return catches(raised, caught)
