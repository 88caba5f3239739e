"""`copy`."""

from __future__ import annotations

import copy

from pipelift.compiler.evaluate.library.models import partly
from pipelift.compiler.evaluate.library.registry import module
from pipelift.compiler.evaluate.machine import LibraryCall, Machine
from pipelift.compiler.evaluate.objects import Instance
from pipelift.compiler.evaluate.values import Model, Modelled, Module, Value


@module("copy")
def copy_module(it: Machine) -> Module:
    """`copy`: a copy of a list or dict is one; SDK objects are copied with their attributes."""
    shallow = Model("copy.copy", lambda call, value: _copied(call, value, 0), takes_unknown=True)
    deep = Model(
        "copy.deepcopy", lambda call, value, memo=None: _copied(call, value, MAX_COPY), takes_unknown=True
    )
    return partly("copy", {"copy": shallow, "deepcopy": deep})


MAX_COPY = 20
"""How deep a deep copy goes."""


def _copied(call: LibraryCall, value: Value, depth: int) -> Value:
    call.machine.spend()

    def inner(one: Value) -> Value:
        return _copied(call, one, depth - 1) if depth else one

    if isinstance(value, (list, set)):
        return type(value)(map(inner, value))
    if isinstance(value, dict):
        copied = value.copy()
        copied.update({key: inner(one) for key, one in value.items()})
        return copied
    if type(value) is tuple:
        return tuple(map(inner, value))
    if isinstance(value, Instance) and "_name_" not in value.attributes:
        return Instance(value.cls, {name: inner(one) for name, one in value.attributes.items()}, call.span)
    if not isinstance(value, Modelled):
        return value
    made = copy.copy(value)
    for name, one in value.__dict__.items():
        if isinstance(one, (list, dict, set)):
            made.__dict__[name] = inner(one) if depth else one.copy()
        elif depth and not name.startswith("_") and isinstance(one, Modelled):
            made.__dict__[name] = inner(one)
    return made
