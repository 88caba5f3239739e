"""The registry of SDK models: `@sdk("azureml.core")` above a class is the one way to add one."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from typing import Any, TypeVar

from pipelift.compiler.diagnostics import Reporter
from pipelift.compiler.evaluate.values import Model, Modelled, ModelledClass, Module, Raised, Unknown, Value
from pipelift.compiler.sdk.names import NAMES
from pipelift.compiler.span import Span

C = TypeVar("C", bound=type[Modelled])

_MEMBERS: dict[str, dict[str, Value]] = {}


def sdk(*modules: str, name: str | None = None) -> Callable[[C], C]:
    """Register a class as the model of the SDK's class of that name, importable from each of `modules`."""

    def register(cls: C) -> C:
        public = name or cls.__name__
        cls.sdk_name = f"{modules[0]}.{public}"
        for module in modules:
            _MEMBERS.setdefault(module, {})[public] = ModelledClass(cls.sdk_name, cls)
        return cls

    return register


def sdk_function(*modules: str, name: str) -> Callable[[Callable[..., Value]], Callable[..., Value]]:
    """Register a function as the model of the SDK's function of that name."""

    def register(function: Callable[..., Value]) -> Callable[..., Value]:
        for module in modules:
            _MEMBERS.setdefault(module, {})[name] = Model(
                f"{modules[0]}.{name}", function, takes_unknown=True
            )
        return function

    return register


def is_sdk(path: str) -> bool:
    """Whether a module path belongs to the SDK."""
    return path == "azureml" or path.startswith("azureml.")


def find_module(it: Any, path: str, span: Span) -> Module | None:
    """The model of the SDK's module `path`; None where `path` is no module of the SDK."""
    if not is_sdk(path) or not _exists(path):
        return None
    module = Module(path, dict(_MEMBERS.get(path, {})))
    module.missing = lambda name, where: _missing(it, path, name, where)
    it.loaded[path] = module
    return module


def _exists(path: str) -> bool:
    """Whether pipelift takes `path` for a module: names with a capital or of a model are members, not modules."""
    owner, _, last = path.rpartition(".")
    return not (last[:1].isupper() or last in _MEMBERS.get(owner, {}) or last in NAMES.get(owner, ()))


def _missing(it: Any, path: str, name: str, span: Span) -> Value:
    if name.endswith("Exception"):
        return Model(f"{path}.{name}", lambda call, *args, **kw: Raised(name, name, call.span), True)
    if name == "VERSION" or name.startswith("__"):
        return Unknown("pipelift does not know which version of the SDK is meant", span)
    elsewhere = [module for module, names in NAMES.items() if name in names]
    if elsewhere:
        found = guess(name)
        return found if found is not None else Unknown(f"pipelift does not model {elsewhere[0]}.{name}", span)
    if not name[:1].isupper():
        inner = find_module(it, f"{path}.{name}", span)
        return inner if inner is not None else Unknown(f"pipelift does not model {path}.{name}", span)
    reporter: Reporter = it.reporter
    return _no_such_name(reporter, path, name, span)


def _no_such_name(reporter: Reporter, path: str, name: str, span: Span) -> Unknown:
    every = {one for names in NAMES.values() for one in names} | {n for m in _MEMBERS.values() for n in m}
    close = difflib.get_close_matches(name, sorted(every), n=1, cutoff=0.7)
    hint = f" (did you mean '{close[0]}'?)" if close else ""
    reporter.report("PL202", f"'{name}' is no class of the SDK that pipelift knows: {path}{hint}", span)
    return Unknown(f"'{name}' is no class of the SDK that pipelift knows", span, reported=True)


def guess(name: str) -> Value:
    """The SDK's class called `name`, for snippets without imports; None where there is none."""
    for members in _MEMBERS.values():
        if name in members:
            return members[name]
    return None


def modelled_names() -> dict[str, tuple[str, ...]]:
    """The registered names by module, sorted: what docs/support.md is printed from."""
    return {module: tuple(sorted(names)) for module, names in sorted(_MEMBERS.items())}
