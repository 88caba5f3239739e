"""The registry of SDK models: `@sdk("azureml.core")` above a class is the one way to add one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, Protocol, TypeVar

from pipelift.compiler.diagnostics import Reporter
from pipelift.compiler.diagnostics.span import Span
from pipelift.compiler.diagnostics.suggestion import suggest
from pipelift.compiler.evaluate.values import Model, Modelled, ModelledClass, Module, Raised, Unknown, Value
from pipelift.compiler.sdk.catalogue.names import NAMES

C = TypeVar("C", bound=type[Modelled])

Treatment = Literal["kept", "approximated", "read"]
"""What becomes of a class: its meaning reaches the targets; with a stated loss; or it is accepted without effect."""


@dataclass(frozen=True, slots=True)
class Support:
    """A row of docs/support.md: the treatment of an entry point, and a note if it is not simply kept."""

    treatment: Treatment
    note: str = ""


_MEMBERS: dict[str, dict[str, Value]] = {}
_SUPPORT: dict[str, Support] = {}


def sdk(
    *modules: str, name: str | None = None, treatment: Treatment = "kept", note: str = ""
) -> Callable[[C], C]:
    """Register a class as the model of the SDK's class of that name, importable from each of `modules`."""

    def register(cls: C) -> C:
        public = name or cls.__name__
        cls.sdk_name = f"{modules[0]}.{public}"
        for module in modules:
            _MEMBERS.setdefault(module, {})[public] = ModelledClass(cls.sdk_name, cls)
            _SUPPORT[f"{module}.{public}"] = Support(treatment, note)
        return cls

    return register


def sdk_value(*modules: str, name: str, value: Value, treatment: Treatment = "read", note: str = "") -> None:
    """Register a constant, or a module's attribute, of the SDK."""
    for module in modules:
        _MEMBERS.setdefault(module, {})[name] = value
        _SUPPORT[f"{module}.{name}"] = Support(treatment, note)


def sdk_function(
    *modules: str, name: str, treatment: Treatment = "read", note: str = ""
) -> Callable[[Callable[..., Value]], Callable[..., Value]]:
    """Register a function as the model of the SDK's function of that name."""

    def register(function: Callable[..., Value]) -> Callable[..., Value]:
        model = Model(f"{modules[0]}.{name}", function, takes_unknown=True)
        sdk_value(*modules, name=name, value=model, treatment=treatment, note=note)
        return function

    return register


def is_sdk(path: str) -> bool:
    """Whether a module path belongs to the SDK."""
    return path == "azureml" or path.startswith("azureml.")


class Importer(Protocol):
    """What imports a module for the program: the modules so far by their paths, and where to report."""

    @property
    def loaded(self) -> dict[str, Module]:
        """The modules by their paths."""

    @property
    def reporter(self) -> Reporter:
        """Where to report."""


def find_module(importer: Importer, path: str, span: Span) -> Module | None:
    """The model of the SDK's module `path`; None where `path` is no module of the SDK."""
    if not is_sdk(path) or not _is_module(path):
        return None
    opaque = {name: _make_opaque(path, name, span) for name in sorted(NAMES.get(path, ()))}
    module = Module(path, {**opaque, **_MEMBERS.get(path, {})})
    module.missing = lambda name, where: _resolve_missing(importer, path, name, where)
    importer.loaded[path] = module
    return module


def _is_module(path: str) -> bool:
    """Whether pipelift takes `path` for a module: names with a capital or of a model are members, not modules."""
    owner, _, last = path.rpartition(".")
    return not (last[:1].isupper() or last in _MEMBERS.get(owner, {}) or last in NAMES.get(owner, ()))


def _resolve_missing(importer: Importer, path: str, name: str, span: Span) -> Value:
    if name.endswith("Exception"):
        return Model(f"{path}.{name}", lambda call, *args, **kw: Raised(name, name, call.span), True)
    if name == "VERSION" or name.startswith("__"):
        return Unknown("pipelift does not know which version of the SDK is meant", span)
    if _is_known_module(f"{path}.{name}"):
        inner = find_module(importer, f"{path}.{name}", span)
        return inner if inner is not None else _make_opaque(path, name, span)
    if (
        path not in NAMES
        or not name[:1].isupper()
        or name.isupper()
        or any(name in names for names in NAMES.values())
    ):
        return _make_opaque(path, name, span)
    return _report_unknown_name(importer.reporter, path, name, span)


def _is_known_module(path: str) -> bool:
    """Whether `path` is a module with models, or a package of such modules."""
    return any(name == path or name.startswith(f"{path}.") for name in (*NAMES, *_MEMBERS))


def _make_opaque(path: str, name: str, span: Span) -> Value:
    """What exists in the SDK without a model here: the class of that name in another module, else unknown."""
    model = find_model(name)
    return model if model is not None else Unknown(f"pipelift does not model {path}.{name}", span)


def _report_unknown_name(reporter: Reporter, path: str, name: str, span: Span) -> Unknown:
    every = {other for names in NAMES.values() for other in names} | {n for m in _MEMBERS.values() for n in m}
    hint = suggest(name, sorted(every), 0.7)
    reporter.report("PL202", f"'{name}' is no class of the SDK that pipelift knows: {path}{hint}", span)
    return Unknown(f"'{name}' is no class of the SDK that pipelift knows", span, reported=True)


def find_model(name: str) -> Value:
    """The SDK's class called `name`, for snippets without imports; None where there is none."""
    for members in _MEMBERS.values():
        if name in members:
            return members[name]
    return None


def support() -> Mapping[str, Support]:
    """What becomes of each registered entry point, by its dotted name."""
    return MappingProxyType(_SUPPORT)


def model_of(name: str) -> Value:
    """The model registered under a dotted name. Raises `KeyError` if there is none."""
    module, _, public = name.rpartition(".")
    return _MEMBERS[module][public]
