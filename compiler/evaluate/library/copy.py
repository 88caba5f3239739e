"""`copy`."""

from __future__ import annotations

import copy

from pipelift.compiler.evaluate import meter, operators
from pipelift.compiler.evaluate.library.models import partial_module
from pipelift.compiler.evaluate.library.registry import module
from pipelift.compiler.evaluate.machine import LibraryCall, Machine
from pipelift.compiler.evaluate.objects import Instance
from pipelift.compiler.evaluate.values import Model, Modelled, Module, Value


@module("copy")
def copy_module(it: Machine) -> Module:
    """`copy`: a copy of a list or dict is one; SDK objects are copied with their attributes."""
    shallow = Model("copy.copy", lambda call, value: copy_value(call, value, 0), takes_unknown=True)
    deep = Model(
        "copy.deepcopy", lambda call, value, memo=None: copy_value(call, value, MAX_COPY), takes_unknown=True
    )
    return partial_module("copy", {"copy": shallow, "deepcopy": deep})


MAX_COPY = 20
"""How deep a deep copy goes."""


def copy_value(call: LibraryCall, value: Value, depth: int) -> Value:
    """A copy of `value`, whose parts are copied to the given depth."""
    meter.spend()
    meter.charge(value)

    def inner(item: Value) -> Value:
        return copy_value(call, item, depth - 1) if depth else item

    if isinstance(value, (list, set)):
        return operators.make_set(type(value), list(map(inner, value)))
    if isinstance(value, dict):
        copied = value.copy()
        copied.update({key: inner(item) for key, item in value.items()})
        return copied
    if type(value) is tuple:
        return tuple(map(inner, value))
    if isinstance(value, Instance) and "_name_" not in value.attributes:
        return Instance(value.cls, {name: inner(item) for name, item in value.attributes.items()}, call.span)
    if not isinstance(value, Modelled):
        return value
    clone = copy.copy(value)
    for name, attribute in value.__dict__.items():
        if isinstance(attribute, (list, dict, set)):
            clone.__dict__[name] = inner(attribute) if depth else attribute.copy()
        elif depth and not name.startswith("_") and isinstance(attribute, Modelled):
            clone.__dict__[name] = inner(attribute)
    return clone
