"""What a name means: a variable, a builtin, a forgotten import of the SDK, or nothing."""

from __future__ import annotations

import builtins

import libcst

from pipelift.compiler.diagnostics.suggestion import suggest
from pipelift.compiler.evaluate.machine import Machine
from pipelift.compiler.evaluate.objects import Scope
from pipelift.compiler.evaluate.values import Raised, Unknown, Value


def resolve_name(it: Machine, name: str, scope: Scope, node: libcst.CSTNode) -> Value:
    """The value of `name` seen from `scope`.

    A name that nothing defines is a finding of its own, told here: all such names of a program in one run. A name of
    the SDK that is used without its import (a snippet) is assumed, with a warning.
    """
    holder = scope.holder(name)
    if holder is not None:
        return holder.names[name]
    if name in it.builtins:
        return it.builtins[name]
    span = it.span(node)
    if name in it.bindings:
        return it.bindings[name]
    star = next((value for value in scope.module.stars), None)
    assumed = it.guess(name)
    if assumed is not None:
        if star is None:
            it.reporter.report("PL104", f"'{name}' is used without an import; the SDK's is assumed", span)
        it.assign_name(scope.module, name, assumed)
        return assumed
    if hasattr(builtins, name):
        return Unknown(f"pipelift does not follow {name}", span)
    if star is not None:
        return Unknown(
            f"the name '{name}' may come from a module of which all names are imported", span, star
        )
    if it.is_caught("NameError"):
        raise Raised("NameError", f"name '{name}' is not defined", span)
    hint = suggest(name, _list_visible(scope), 0.75)
    finding = it.reporter.find("PL103", f"the name '{name}' is not defined{hint}", span)
    unknown = Unknown(f"the name '{name}' is not defined", span, finding=finding)
    it.assign_name(scope.module, name, unknown)
    return unknown


def _list_visible(scope: Scope | None) -> list[str]:
    names: list[str] = []
    while scope is not None:
        names.extend(scope.names)
        scope = scope.parent
    return names
