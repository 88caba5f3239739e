"""What a name means: a variable, a builtin, a forgotten import of the SDK, or nothing."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

import libcst

from pipelift.compiler.evaluate.state import Scope
from pipelift.compiler.evaluate.values import Unknown, Value

if TYPE_CHECKING:
    from pipelift.compiler.evaluate.interpreter import Interpreter


def resolve_name(it: Interpreter, name: str, scope: Scope, node: libcst.CSTNode) -> Value:
    """The value of `name` seen from `scope`.

    A name that nothing defines is an error of its own, reported here: each such name of a program is told in one
    run. A name of the SDK that is used without its import (a snippet) is assumed, with a warning.
    """
    holder = scope.holder(name)
    if holder is not None:
        return holder.names[name]
    if name in it.builtins:
        return it.builtins[name]
    span = it.span(node)
    assumed = it.guess(name)
    if assumed is not None:
        it.reporter.report("PL104", f"'{name}' is used without an import; the SDK's is assumed", span)
        it.assign_name(_module_scope(scope), name, assumed)
        return assumed
    close = difflib.get_close_matches(name, _visible(scope), n=1, cutoff=0.75)
    hint = f" (did you mean '{close[0]}'?)" if close else ""
    it.reporter.report("PL103", f"the name '{name}' is not defined{hint}", span)
    unknown = Unknown(f"the name '{name}' is not defined", span, reported=True)
    it.assign_name(_module_scope(scope), name, unknown)
    return unknown


def _module_scope(scope: Scope) -> Scope:
    while scope.parent is not None:
        scope = scope.parent
    return scope


def _visible(scope: Scope | None) -> list[str]:
    names: list[str] = []
    while scope is not None:
        names.extend(scope.names)
        scope = scope.parent
    return names
