"""Loops: over known items round by round, over unknown ones once or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import libcst

from pipelift.compiler.evaluate import left_out, meter
from pipelift.compiler.evaluate.arithmetic import decide_truth
from pipelift.compiler.evaluate.conditions import run_else
from pipelift.compiler.evaluate.iteration import advance, iterate
from pipelift.compiler.evaluate.machine import Machine, Signal
from pipelift.compiler.evaluate.objects import Scope
from pipelift.compiler.evaluate.targets import assign
from pipelift.compiler.evaluate.values import Iter, Unknown, Value, derived


def run_for(it: Machine, node: libcst.For, scope: Scope) -> Signal | None:
    """Run ``for``."""
    return left_out.run_loop(it, node, scope, lambda: _run_for(it, node, scope))


def _run_for(it: Machine, node: libcst.For, scope: Scope) -> Signal | None:
    iterable = it.evaluate(node.iter, scope)
    if isinstance(iterable, Unknown):
        return _run_unknown_loop(it, node, iterable, lambda: _run_round(it, node, iterable, scope))
    for item in _iterate_live(it, iterable, node.iter):
        meter.spend()
        if isinstance(item, Unknown) and item.many:
            cause = item.cause or item
            signal = _run_unknown_loop(it, node, cause, lambda: _run_round(it, node, cause, scope))  # noqa: B023
        else:
            assign(it, node.target, item, scope)
            signal = it.execute(node.body.body, scope)
        if signal is not None and signal.kind == "break":
            return None
        if signal is not None and signal.kind == "return":
            return signal
    return run_else(it, node.orelse, scope)


def _iterate_live(it: Machine, value: Value, node: libcst.CSTNode) -> Iterator[Value]:
    """The items as a loop sees them: of a list also those that its body adds, of an iterator one at a time."""
    if isinstance(value, list):
        position = 0
        while position < len(value):
            yield value[position]
            position += 1
    elif isinstance(value, Iter):
        has_item, item = advance(it, value)
        while has_item:
            yield item
            has_item, item = advance(it, value)
    elif isinstance(value, range):
        yield from value
    else:
        yield from iterate(it, value, node)


def _run_round(it: Machine, node: libcst.For, iterable: Unknown, scope: Scope) -> Signal | None:
    item = derived("it is an item of something unknown", it.span(node.iter), iterable)
    assign(it, node.target, item, scope)
    return it.execute(node.body.body, scope)


def _run_unknown_loop(
    it: Machine,
    node: libcst.For | libcst.While,
    cause: Unknown,
    run_round: Callable[[], Signal | None],
) -> Signal | None:
    """A loop of which it is not known how often it runs: once or not at all."""

    def some_rounds() -> Signal | None:
        signal = run_round()
        return signal if signal is not None and signal.kind == "return" else None

    it.unknown_loops += 1
    try:
        span = it.span(node.iter if isinstance(node, libcst.For) else node.test)
        return it.run_alternatives(span, (some_rounds, lambda: None), cause)
    finally:
        it.unknown_loops -= 1


def run_while(it: Machine, node: libcst.While, scope: Scope) -> Signal | None:
    """Run ``while``."""
    return left_out.run_loop(it, node, scope, lambda: _run_while(it, node, scope))


def _run_while(it: Machine, node: libcst.While, scope: Scope) -> Signal | None:
    while True:
        meter.spend()
        decided = decide_truth(it, it.evaluate(node.test, scope), node.test)
        if isinstance(decided, Unknown):
            return _run_unknown_loop(it, node, decided, lambda: it.execute(node.body.body, scope))
        if not decided:
            return run_else(it, node.orelse, scope)
        signal = it.execute(node.body.body, scope)
        if signal is not None and signal.kind == "break":
            return None
        if signal is not None and signal.kind == "return":
            return signal
