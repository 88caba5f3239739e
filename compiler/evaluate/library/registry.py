"""The registry of library models: `@module("functools")` above what makes one is the one way to add one."""

from __future__ import annotations

from collections.abc import Callable

from pipelift.compiler.diagnostics.span import Span
from pipelift.compiler.evaluate.machine import Machine
from pipelift.compiler.evaluate.values import Module

Maker = Callable[[Machine], Module]

_MAKERS: dict[str, Maker] = {}


def module(*paths: str) -> Callable[[Maker], Maker]:
    """Register a function as what makes the model of the module that each of `paths` names."""

    def register(make: Maker) -> Maker:
        for path in paths:
            _MAKERS[path] = make
        return make

    return register


def find_module(it: Machine, path: str, span: Span) -> Module | None:
    """The model of the library module `path`, made once an evaluation; None where there is none."""
    make = _MAKERS.get(path)
    if make is None:
        return None
    it.journal.touch(it.loaded)
    it.loaded[path] = make(it)
    return it.loaded[path]
