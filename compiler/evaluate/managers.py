"""``with``: the user's context managers by their methods or as generators, and those of the standard library."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import libcst

from pipelift.compiler.evaluate.arithmetic import decide_truth
from pipelift.compiler.evaluate.calls import run_function
from pipelift.compiler.evaluate.exceptions import catches, make_exception_object
from pipelift.compiler.evaluate.machine import Frame, Machine, Signal
from pipelift.compiler.evaluate.objects import Instance, Manager, Scope
from pipelift.compiler.evaluate.targets import assign
from pipelift.compiler.evaluate.values import BoundMethod, Modelled, Raised, Unknown, Value, derived


class Suppress(Modelled):
    """What ``contextlib.suppress(…)`` gives."""

    sdk_name = "contextlib.suppress"
    pure = True

    def __init__(self, classes: tuple[Value, ...]) -> None:
        self.classes = classes


def run_with(it: Machine, node: libcst.With, scope: Scope) -> Signal | None:
    """Run ``with``."""
    return _enter_items(it, node.items, node, scope)


def _enter_items(
    it: Machine, items: Sequence[libcst.WithItem], node: libcst.With, scope: Scope
) -> Signal | None:
    if not items:
        return it.execute(node.body.body, scope)
    item, remaining = items[0], items[1:]
    value = it.evaluate(item.item, scope)

    def body(entered: Value) -> Signal | None:
        if item.asname is not None:
            assign(it, item.asname.name, entered, scope)
        return _enter_items(it, remaining, node, scope)

    if isinstance(value, Manager):
        return _run_with_generator(it, value, item, body)
    if isinstance(value, Suppress):
        return _run_suppressed(it, value, body)
    if isinstance(value, Instance) and value.cls.lookup("__enter__")[0]:
        return _run_with_instance(it, value, item, body)
    if isinstance(value, Unknown):
        it.external += 1
        value = derived("it is what an unknown context manager gives", it.span(item.item), value)
    elif not isinstance(value, Modelled):
        message = f"'{type(value).__name__}' object does not support the context manager protocol"
        raise Raised("TypeError", message, it.span(item.item))
    return body(value)


def _run_suppressed(it: Machine, value: Suppress, body: Callable[[Value], Signal | None]) -> Signal | None:
    try:
        with it.awaiting():
            return body(None)
    except Raised as raised:
        if not catches(raised, value.classes):
            raise
        return None


def _run_with_instance(
    it: Machine, value: Instance, item: libcst.WithItem, body: Callable[[Value], Signal | None]
) -> Signal | None:
    span = it.span(item.item)
    leave = value.cls.lookup("__exit__")[1]
    entered = it.call(BoundMethod(value, value.cls.lookup("__enter__")[1]), (), {}, span)
    try:
        with it.awaiting():
            signal = body(entered)
    except Raised as raised:
        error = make_exception_object(raised)
        answer = it.call(BoundMethod(value, leave), (error.cls, error, None), {}, span) if leave else None
        if decide_truth(it, answer, item.item) is True:
            return None
        raise
    if leave is not None:
        it.call(BoundMethod(value, leave), (None, None, None), {}, span)
    return signal


def _run_with_generator(
    it: Machine, manager: Manager, item: libcst.WithItem, body: Callable[[Value], Signal | None]
) -> Signal | None:
    """Run the generator; where it yields, the body of the ``with`` runs, back in the place that it stands in."""
    outer_frames, outer_source = it.frames, it.source
    signals: list[Signal | None] = []

    def resume(entered: Value) -> None:
        inner_frames, inner_source = it.frames, it.source
        it.frames, it.source = outer_frames, outer_source
        try:
            signals.append(body(entered))
        finally:
            it.frames, it.source = inner_frames, inner_source

    frame = Frame(resume=resume)
    it.frames = [*outer_frames]
    try:
        run_function(it, manager.function, manager.args, manager.kwargs, it.span(item.item), frame)
    finally:
        it.frames = outer_frames
    return signals[0] if signals else None
