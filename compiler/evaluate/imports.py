"""Imports: modules of the project are evaluated, the SDK's and a part of the standard library's are modelled."""

from __future__ import annotations

from pathlib import Path

import libcst

from pipelift.compiler.diagnostics import Reporter
from pipelift.compiler.diagnostics.span import Span
from pipelift.compiler.evaluate.machine import MAX_DEPTH, Frame, Machine, Signal
from pipelift.compiler.evaluate.objects import Scope
from pipelift.compiler.evaluate.search_path import list_added_folders, list_project_folders, list_search_path
from pipelift.compiler.evaluate.values import Module, Raised, Unknown, Value
from pipelift.compiler.reading.reach import relative_path
from pipelift.compiler.reading.source import decode_source, parse


def run_import(it: Machine, node: libcst.Import, scope: Scope) -> Signal | None:
    """Run ``import a.b as c``: without ``as``, the first name of the path is bound."""
    for alias in node.names:
        path = join_dotted_name(alias.name)
        span = it.span(alias)
        module = load(it, path, span)
        if alias.asname is not None and isinstance(alias.asname.name, libcst.Name):
            it.assign_name(scope, alias.asname.name.value, module, bindable=False)
        else:
            first = path.split(".", 1)[0]
            it.assign_name(scope, first, load(it, first, span), bindable=False)
    return None


def run_import_from(it: Machine, node: libcst.ImportFrom, scope: Scope) -> Signal | None:
    """Run ``from a.b import c``."""
    span = it.span(node)
    path = join_dotted_name(node.module) if node.module is not None else ""
    if node.relative:
        path = _resolve_relative(scope, len(node.relative), path)
    if path == "__future__":
        return None
    module = load(it, path, span) if path else Module("", {})
    if isinstance(node.names, libcst.ImportStar):
        _import_all(it, module, scope, span)
        return None
    for alias in node.names:
        name = join_dotted_name(alias.name)
        bound = alias.asname.name if alias.asname is not None else alias.name
        if isinstance(bound, libcst.Name):
            value = _import_member(it, module, path, name, it.span(alias))
            it.assign_name(scope, bound.value, value, bindable=False)
    return None


def join_dotted_name(node: libcst.CSTNode) -> str:
    """The text of a dotted name."""
    if isinstance(node, libcst.Attribute):
        return f"{join_dotted_name(node.value)}.{node.attr.value}"
    return node.value if isinstance(node, libcst.Name) else ""


def _resolve_relative(scope: Scope, dots: int, path: str) -> str:
    package = [part for part in str(scope.module.names.get("__package__") or "").split(".") if part]
    parents = package[: max(len(package) - dots + 1, 0)]
    return ".".join([*parents, *filter(None, [path])])


def _import_all(it: Machine, module: Module | Unknown, scope: Scope, span: Span) -> None:
    """Run ``from module import *``; what a module does not tell of its names is looked for when a name is used."""
    if isinstance(module, Unknown):
        it.journal.touch(scope.module.stars)
        scope.module.stars.append(module)
        return
    exported = module.members.get("__all__")
    names = (
        exported
        if isinstance(exported, (list, tuple))
        else [name for name in module.members if name[:1] != "_"]
    )
    for name in names:
        if isinstance(name, str) and name in module.members:
            it.assign_name(scope, name, module.members[name])
    if module.list_missing is not None and module.missing is not None:
        for name in module.list_missing():
            if name[:1] != "_" and name not in module.members:
                it.assign_name(scope, name, module.missing(name, span), bindable=False)
    if module.partial:
        it.journal.touch(scope.module.stars)
        scope.module.stars.append(Unknown(f"pipelift does not model all of {module.name}"))


def _import_member(it: Machine, module: Module | Unknown, path: str, name: str, span: Span) -> Value:
    if isinstance(module, Unknown):
        return module
    if name in module.members:
        return module.members[name]
    inner = f"{path}.{name}" if path else name
    imported = _find_module(it, inner, span)
    if imported is not None:
        return imported
    if module.missing is not None:
        return module.missing(name, span)
    raise Raised("ImportError", f"cannot import name '{name}' from '{path}'", span)


def load(it: Machine, path: str, span: Span) -> Module | Unknown:
    """The module that `path` names, evaluated or modelled; unknown where it is neither.

    The project's own modules win over others, as Python's search path has it. Packages run before what is in them.
    """
    if path in it.loaded:
        return it.loaded[path]
    owner = path.rpartition(".")[0]
    if owner and _is_of_project(it, owner, span):
        load(it, owner, span)
    module = _find_module(it, path, span)
    if module is not None:
        return module
    top = path.split(".", 1)[0]
    if it.is_caught("ImportError"):
        it.external += 1
    refusals = (it.outside.refusal(str(folder), folder=True) for folder in list_added_folders(it))
    allow = next((refusal.allow for refusal in refusals if refusal is not None), "")
    hint = ", and a folder of sys.path lies outside the project" if allow else ""
    return Unknown(f"the module '{top}' is not evaluated{hint}", span, supply=allow)


def _is_of_project(it: Machine, path: str, span: Span) -> bool:
    """Whether a module's file stands in the project."""
    if _find_project_file(it, path) is not None:
        return True
    return it.find_module(it, path, span) is None and _find_project_file(it, path, laid_out=True) is not None


def _find_module(it: Machine, path: str, span: Span) -> Module | Unknown | None:
    """The module, where Python would look for it, else as a model, else where the project's packages begin."""
    return (
        _load_project_module(it, path)
        or it.find_module(it, path, span)
        or _load_project_module(it, path, laid_out=True)
        or _find_namespace(it, path)
    )


def _load_project_module(it: Machine, path: str, *, laid_out: bool = False) -> Module | None:
    if path in it.loaded:
        return it.loaded[path]
    file = _find_project_file(it, path, laid_out=laid_out)
    return None if file is None else _evaluate_module(it, path, file)


def _find_project_file(it: Machine, path: str, *, laid_out: bool = False) -> Path | None:
    """The file of one of the project's modules; a package wins over a module of the same name, as in Python.

    `laid_out` says that it is looked for where the project's packages begin, too (`list_project_folders`).
    """
    relative = path.replace(".", "/")
    folders = list_project_folders(it.outside) if laid_out else list_search_path(it)
    for folder in folders:
        for candidate in (folder / relative / "__init__.py", folder / f"{relative}.py"):
            if it.outside.is_file(str(candidate)):
                return candidate
    return None


def _find_namespace(it: Machine, path: str) -> Module | None:
    """A folder without ``__init__.py``: last, since a folder called `azureml` must not hide the SDK."""
    folders = (*list_search_path(it), *list_project_folders(it.outside))
    if not any(it.outside.is_dir(f"{folder}/{path.replace('.', '/')}") for folder in folders):
        return None
    module = Module(path, {})
    module.missing = lambda name, span: load(it, f"{path}.{name}", span)
    it.journal.touch(it.loaded)
    it.loaded[path] = module
    return module


def _evaluate_module(it: Machine, path: str, file: Path) -> Module:
    name = relative_path(file, it.outside.folder)
    collected = Reporter()
    text = decode_source(it.outside.read(str(file)), name, collected)
    source = None if text is None else parse(text, file, name, collected)
    package = path if file.name == "__init__.py" else path.rpartition(".")[0]
    members: dict[str, Value] = {"__name__": path, "__file__": file.as_posix(), "__package__": package}
    module = Module(path, members)
    module.missing = lambda name, span: _load_submodule(it, path, name, span)
    it.journal.touch(it.loaded)
    it.loaded[path] = module
    if source is not None and len(it.frames) <= MAX_DEPTH:
        it.frames.append(Frame())
        try:
            it.run(source, Scope(members, label=path))
        finally:
            it.frames.pop()
    elif source is None:
        findings = [it.reporter.find(one.code, one.message, one.span) for one in collected]
        module.missing = lambda name, span: Unknown(f"{path} is not Python", span, finding=findings[0])
    return module


def _load_submodule(it: Machine, path: str, name: str, span: Span) -> Value:
    inner = f"{path}.{name}"
    module = (
        _load_project_module(it, inner)
        or _load_project_module(it, inner, laid_out=True)
        or _find_namespace(it, inner)
    )
    if module is None:
        raise Raised("AttributeError", f"module '{path}' has no attribute '{name}'", span)
    return module
