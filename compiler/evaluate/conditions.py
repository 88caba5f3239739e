"""``if``: one of two branches, or what holds after either where it is not known which."""

from __future__ import annotations

import libcst

from pipelift.compiler.evaluate.arithmetic import decide_truth
from pipelift.compiler.evaluate.machine import Machine, Signal
from pipelift.compiler.evaluate.objects import Scope
from pipelift.compiler.evaluate.values import Unknown


def run_if(it: Machine, node: libcst.If, scope: Scope) -> Signal | None:
    """Run ``if``; where its condition is not known, both branches."""
    decided = decide_truth(it, it.evaluate(node.test, scope), node.test)
    if isinstance(decided, Unknown):
        return it.run_alternatives(
            it.span(node.test),
            (lambda: it.execute(node.body.body, scope), lambda: run_else(it, node.orelse, scope)),
            decided,
        )
    return it.execute(node.body.body, scope) if decided else run_else(it, node.orelse, scope)


def run_else(it: Machine, node: libcst.If | libcst.Else | None, scope: Scope) -> Signal | None:
    """Run what stands after ``else`` or ``elif``."""
    if node is None:
        return None
    if isinstance(node, libcst.If):
        return it.stack.descend(run_if, it, node, scope)
    return it.execute(node.body.body, scope)
