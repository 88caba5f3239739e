"""`importlib`: a module by its name, wherever an ``import`` would find it."""

from __future__ import annotations

from pipelift.compiler.evaluate.imports import load
from pipelift.compiler.evaluate.library.models import partial_module
from pipelift.compiler.evaluate.library.registry import module
from pipelift.compiler.evaluate.machine import LibraryCall, Machine
from pipelift.compiler.evaluate.values import Model, Module, Raised, Unknown, Value


@module("importlib")
def importlib_module(it: Machine) -> Module:
    """`importlib`."""
    again = Model("importlib.reload", lambda call, module: module, takes_unknown=True)
    return partial_module(
        "importlib", {"import_module": Model("importlib.import_module", _import_module), "reload": again}
    )


def _import_module(call: LibraryCall, name: Value, package: Value = None) -> Value:
    """The module; leading dots count from `package`. Raises `Raised` as Python does for a name that is none."""
    if not isinstance(name, str):
        raise Raised("TypeError", "the name of a module is a text", call.span)
    path = name.lstrip(".")
    dots = len(name) - len(path)
    if dots and not isinstance(package, str):
        raise Raised("TypeError", "the 'package' argument is required for a relative import", call.span)
    if dots:
        parents = str(package).split(".")
        path = ".".join([*parents[: len(parents) - dots + 1], *filter(None, [path])])
    if not path or not all(part.isidentifier() for part in path.split(".")):
        return Unknown("the name of the module is none that pipelift looks for", call.span)
    return load(call.machine, path, call.span)
