"""Which modules a step's script imports at once, read from its source; nothing is executed."""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Iterator, Mapping, Sequence

from pipelift.compiler.reading.contents import Content, read_whole

_GUARDS = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}


def imported_modules(files: Mapping[str, Content], script: str) -> frozenset[str]:
    """The top-level names of foreign modules that running `script` imports before it does anything else.

    `files` are the snapshot's files by path. Modules of the snapshot are followed, not named. Imports in
    functions, under an undecided ``if``, or in a ``try`` that catches the failure are left out: the script
    may well do without. A file that does not parse gives nothing.
    """
    roots = tuple(dict.fromkeys((posixpath.dirname(script), "")))
    foreign: set[str] = set()
    seen: set[str] = set()
    pending = [script]
    while pending:
        path = pending.pop()
        if path in seen or path not in files:
            continue
        seen.add(path)
        source = read_whole(files[path])
        for name in _read_names(source, posixpath.dirname(path)):
            own_files = _find_own_files(files, roots, name)
            pending += own_files
            top = name.partition(".")[0]
            if not own_files and not name.startswith("/") and not _is_own(files, roots, top, source):
                foreign.add(top)
    return frozenset(foreign)


def _read_names(source: bytes, package: str) -> Iterator[str]:
    """Dotted names; a relative import comes out as ``/folder.of.package.name``, from the snapshot's root."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return
    for node in _list_imports(tree.body):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
            continue
        base = node.module or ""
        if node.level:
            folders = [part for part in package.split("/") if part]
            base = "/" + ".".join([*folders[: len(folders) - node.level + 1], *filter(None, [node.module])])
        if base.strip("/"):
            yield base
        if node.level or node.module:
            # Each imported name may be a module of its own; where it is not, no file has that name.
            yield from (f"{base}.{alias.name}" for alias in node.names if alias.name != "*")


def _list_imports(body: Sequence[ast.stmt]) -> Iterator[ast.Import | ast.ImportFrom]:
    for node in body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        elif isinstance(node, ast.With) or (isinstance(node, ast.If) and _is_main(node.test)):
            yield from _list_imports(node.body)
        elif isinstance(node, ast.Try):
            if not any(_catches_import_errors(handler) for handler in node.handlers):
                yield from _list_imports(node.body)
            yield from _list_imports(node.finalbody)


def _is_main(test: ast.expr) -> bool:
    return isinstance(test, ast.Compare) and isinstance(test.left, ast.Name) and test.left.id == "__name__"


def _catches_import_errors(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(isinstance(kind, ast.Name) and kind.id in _GUARDS for kind in kinds)


def _find_own_files(files: Mapping[str, Content], roots: Sequence[str], name: str) -> list[str]:
    """The files of the snapshot that importing `name` executes, packages first; none if it is not there."""
    for root in ("",) if name.startswith("/") else roots:
        parts = name.lstrip("/").split(".")
        folders = [posixpath.join(root, *parts[:count]) for count in range(1, len(parts) + 1)]
        packages = [f"{folder}/__init__.py" for folder in folders if f"{folder}/__init__.py" in files]
        own_files = [*packages, *(f"{folder}.py" for folder in folders if f"{folder}.py" in files)]
        if own_files:
            return own_files
    return []


def _is_own(files: Mapping[str, Content], roots: Sequence[str], top: str, source: bytes) -> bool:
    if any(path.startswith(f"{posixpath.join(root, top)}/") for root in roots for path in files):
        return True
    if b"sys.path" not in source:
        return False
    # A script that changes its own search path may import from any folder of the snapshot.
    names = {posixpath.basename(path) for path in files}
    folders = {part for path in files for part in posixpath.dirname(path).split("/")}
    return f"{top}.py" in names or top in folders
