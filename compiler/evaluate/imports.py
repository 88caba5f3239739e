"""Imports: modules of the project are evaluated, the SDK's and a part of the standard library's are modelled."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import libcst

from pipelift.compiler.evaluate.state import Scope
from pipelift.compiler.evaluate.values import Module, Raised, Unknown, Value
from pipelift.compiler.source import parse
from pipelift.compiler.span import Span

if TYPE_CHECKING:
    from pipelift.compiler.evaluate.interpreter import Interpreter, Signal


def run_import(it: Interpreter, node: libcst.Import, scope: Scope) -> Signal | None:
    """Run ``import a.b as c``: without ``as``, the first name of the path is bound."""
    for alias in node.names:
        path = dotted(alias.name)
        span = it.span(alias)
        module = load(it, path, span)
        if alias.asname is not None and isinstance(alias.asname.name, libcst.Name):
            it.assign_name(scope, alias.asname.name.value, module)
        else:
            first = path.split(".", 1)[0]
            it.assign_name(scope, first, load(it, first, span))
    return None


def run_import_from(it: Interpreter, node: libcst.ImportFrom, scope: Scope) -> Signal | None:
    """Run ``from a.b import c``."""
    span = it.span(node)
    path = dotted(node.module) if node.module is not None else ""
    if node.relative:
        path = _absolute(it, scope, len(node.relative), path)
    if path == "__future__":
        return None
    module = load(it, path, span)
    if isinstance(node.names, libcst.ImportStar):
        _import_all(it, module, scope)
        return None
    for alias in node.names:
        name = dotted(alias.name)
        bound = alias.asname.name if alias.asname is not None else alias.name
        if isinstance(bound, libcst.Name):
            it.assign_name(scope, bound.value, _member(it, module, path, name, it.span(alias)))
    return None


def dotted(node: libcst.CSTNode) -> str:
    """The text of a dotted name."""
    if isinstance(node, libcst.Attribute):
        return f"{dotted(node.value)}.{node.attr.value}"
    return node.value if isinstance(node, libcst.Name) else ""


def _absolute(it: Interpreter, scope: Scope, dots: int, path: str) -> str:
    top = scope
    while top.parent is not None:
        top = top.parent
    package = str(top.names.get("__package__") or "").split(".")
    kept = package[: len(package) - dots + 1]
    return ".".join([*filter(None, kept), *filter(None, [path])])


def _import_all(it: Interpreter, module: Module | Unknown, scope: Scope) -> None:
    if isinstance(module, Module):
        for name, value in list(module.members.items()):
            if not name.startswith("_"):
                it.assign_name(scope, name, value)


def _member(it: Interpreter, module: Module | Unknown, path: str, name: str, span: Span) -> Value:
    if isinstance(module, Unknown):
        return module
    if name in module.members:
        return module.members[name]
    inner = f"{path}.{name}"
    found = _project_module(it, inner, span) or it.find_module(it, inner, span) or _namespace(it, inner)
    if found is not None:
        return found
    if module.missing is not None:
        return module.missing(name, span)
    raise Raised("ImportError", f"cannot import name '{name}' from '{path}'", span)


def load(it: Interpreter, path: str, span: Span) -> Module | Unknown:
    """The module that `path` names, evaluated or modelled; unknown where it is neither.

    The project's own modules win over others, as Python's search path has it.
    """
    if path in it.loaded:
        return it.loaded[path]
    found = _project_module(it, path, span) or it.find_module(it, path, span) or _namespace(it, path)
    if found is not None:
        return found
    it.external += 1
    top = path.split(".", 1)[0]
    return Unknown(f"the module '{top}' is not evaluated", span)


def _project_module(it: Interpreter, path: str, span: Span) -> Module | None:
    if path in it.loaded:
        return it.loaded[path]
    relative = path.replace(".", "/")
    for folder in dict.fromkeys((it.outside.folder, it.outside.cwd)):
        for candidate in (folder / f"{relative}.py", folder / relative / "__init__.py"):
            if it.outside.is_file(str(candidate)):
                return _evaluate_module(it, path, candidate)
    return None


def _namespace(it: Interpreter, path: str) -> Module | None:
    """A folder without ``__init__.py``: last, since a folder called `azureml` must not hide the SDK."""
    folders = dict.fromkeys((it.outside.folder, it.outside.cwd))
    if not any((folder / path.replace(".", "/")).is_dir() for folder in folders):
        return None
    module = Module(path, {})
    module.missing = lambda name, span: load(it, f"{path}.{name}", span)
    it.loaded[path] = module
    return module


def _evaluate_module(it: Interpreter, path: str, file: Path) -> Module:
    text = it.outside.read(str(file)).decode("utf-8-sig", errors="replace")
    name = Path(os.path.relpath(file, it.outside.folder)).as_posix()
    source = parse(text, file, name, it.reporter)
    package = path if file.name == "__init__.py" else path.rpartition(".")[0]
    members: dict[str, Value] = {"__name__": path, "__file__": str(file), "__package__": package}
    module = Module(path, members)
    module.missing = lambda name, span: _submodule(it, path, name, span)
    it.loaded[path] = module
    if source is not None:
        it.run(source, Scope(members))
    return module


def _submodule(it: Interpreter, path: str, name: str, span: Span) -> Value:
    found = _project_module(it, f"{path}.{name}", span) or _namespace(it, f"{path}.{name}")
    if found is None:
        raise Raised("AttributeError", f"module '{path}' has no attribute '{name}'", span)
    return found
