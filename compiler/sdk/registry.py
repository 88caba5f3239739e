"""The registry of SDK models: `@sdk("azureml.core")` above a class is the one way to add one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal, Protocol, TypeVar

from pipelift.compiler.diagnostics import Reporter
from pipelift.compiler.diagnostics.span import Span
from pipelift.compiler.diagnostics.suggestion import suggest
from pipelift.compiler.evaluate.exceptions import EXCEPTIONS
from pipelift.compiler.evaluate.objects import UserClass
from pipelift.compiler.evaluate.values import Model, Modelled, ModelledClass, Module, Unknown, Value
from pipelift.compiler.sdk.catalogue import signatures
from pipelift.compiler.sdk.outlines import TableOutline, describe

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
        cls.outline = TableOutline(cls.sdk_name)
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
    """The model of the SDK's module `path`; None where `path` is no module of the SDK.

    A module that the table lacks may be one of another version: its names are not known.
    """
    if not is_sdk(path) or not _is_module(path):
        return None
    if not _is_known_module(path):
        _report_unknown_module(importer.reporter, path, span)
    members = {name: _sign(path, name, member) for name, member in _MEMBERS.get(path, {}).items()}
    module = Module(path, members)
    module.missing = lambda name, where: _resolve_missing(importer, path, name, where)
    module.list_missing = lambda: signatures.list_members(path)
    importer.loaded[path] = module
    return module


def _sign(path: str, name: str, member: Value) -> Value:
    """A function's model with the signature of the SDK's; the table is not loaded before a module of it is imported."""
    found = signatures.find_entry(f"{path}.{name}") if isinstance(member, Model) else None
    if isinstance(member, Model) and found is not None and isinstance(found[1], list):
        return replace(member, signature=signatures.read_signature(found[1][0]))
    return member


def _is_module(path: str) -> bool:
    """Whether pipelift takes `path` for a module: names with a capital or of a model are members, not modules."""
    owner, _, last = path.rpartition(".")
    if _is_known_module(path):
        return True
    return not (last[:1].isupper() or last in _MEMBERS.get(owner, {}) or signatures.find_entry(path))


def _is_known_module(path: str) -> bool:
    """Whether `path` is a module of the SDK, or one with models."""
    return signatures.has_module(path) or any(
        name == path or name.startswith(f"{path}.") for name in _MEMBERS
    )


def _report_unknown_module(reporter: Reporter, path: str, span: Span) -> None:
    """Tell of a module that looks misspelt: one that looks like no other may be of another version."""
    hint = suggest(path, [*signatures.list_modules(), *_MEMBERS], 0.9)
    if hint:
        finding = reporter.find("PL202", f"the SDK has no module '{path}' that pipelift knows{hint}", span)
        if path.startswith("azureml.pipeline"):
            reporter.blame(finding)  # as for its names


def _resolve_missing(importer: Importer, path: str, name: str, span: Span) -> Value:
    """What a name of a module without a model there is: described, a module within, or not known."""
    full = f"{path}.{name}"
    described = describe(full, _find_registered)
    if described is not None:
        return described
    if _is_known_module(full):
        inner = find_module(importer, full, span)
        return inner if inner is not None else _make_opaque(path, name, span)
    if name.endswith(("Exception", "Error")):
        return UserClass(name, {}, (EXCEPTIONS["Exception"],), builtin=True)
    if name == "VERSION" or name.startswith("__"):
        return Unknown("pipelift does not know which version of the SDK is meant", span)
    if signatures.find_entry(full) is not None or find_model(name) is not None:
        return _make_opaque(path, name, span)
    return _report_unknown_name(importer.reporter, path, name, span)


def _find_registered(path: str) -> Value:
    """The model under the name `path`, or under one that leads to the same class of the SDK."""
    module, _, name = path.rpartition(".")
    model = _MEMBERS.get(module, {}).get(name)
    if model is not None:
        return model
    homes = (other for other, members in _MEMBERS.items() if name in members)
    return next(
        (
            _MEMBERS[other][name]
            for other in homes
            if (signatures.find_entry(f"{other}.{name}") or ("",))[0] == path
        ),
        None,
    )


def _make_opaque(path: str, name: str, span: Span) -> Value:
    """What exists in the SDK without a model here: the class of that name in another module, else unknown."""
    model = find_model(name)
    return model if model is not None else Unknown(f"pipelift does not model {path}.{name}", span)


def _report_unknown_name(reporter: Reporter, path: str, name: str, span: Span) -> Unknown:
    """Tell of a name that no module of the SDK has, where it looks misspelt: another version may have had it."""
    here = {*signatures.list_names(path), *_MEMBERS.get(path, {})}
    every = {*here, *(n for m in _MEMBERS.values() for n in m)}
    hint = suggest(name, sorted(here), 0.7) or suggest(name, sorted(every), 0.7)
    known = signatures.has_module(path) and name[:1].isupper() and not name.isupper()
    if not hint and not known:
        return Unknown(f"pipelift does not model {path}.{name}", span)
    problem = f"'{name}' is no class of the SDK that pipelift knows"
    finding = reporter.find("PL202", f"{problem}: {path}{hint}", span)
    if path.startswith("azureml.pipeline"):
        reporter.blame(finding)  # a pipeline or a step counts by being made, whoever needs the object
    return Unknown(problem, span, finding=finding)


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
