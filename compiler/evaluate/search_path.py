"""Where the modules of a project are looked for: Python's own search path, and what an installation would add to it."""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from pipelift.compiler.evaluate.machine import Machine
from pipelift.compiler.evaluate.outside import Outside
from pipelift.compiler.reading.reach import project_root

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PROJECT_FILES = ("pyproject.toml", "setup.py", "setup.cfg")
"""What stands in the folder of a project that can be installed."""

MAX_PROJECT_FILE = 1_000_000
"""The largest of these files, in bytes, that is read."""


def list_search_path(it: Machine) -> list[Path]:
    """Python's own: the file's folder, the current one, ``PYTHONPATH``, and what the program adds to ``sys.path``."""
    outside = it.outside
    given = outside.environment.get("PYTHONPATH", "").split(os.pathsep)
    named = [*outside.python_path, *(outside.start / path for path in given if path)]
    return list(dict.fromkeys([outside.folder, outside.cwd, *named, *list_added_folders(it)]))


def list_added_folders(it: Machine) -> list[Path]:
    """The folders that the program adds to ``sys.path``."""
    system = it.loaded.get("sys")
    sys_path = system.members.get("path") if system is not None else None
    entries = sys_path if isinstance(sys_path, list) else []
    return [it.outside.resolve(str(entry)) for entry in entries if isinstance(entry, (str, PurePosixPath))]


def list_project_folders(outside: Outside) -> tuple[Path, ...]:
    """Where the project's own packages begin, as it is laid out: above the package that the file lies in, in the
    folders that project files name, in ``src``, at the top. What Python finds without them wins."""
    if outside.project_folders is None:
        outside.project_folders = tuple(dict.fromkeys(_find_project_folders(outside)))
    return outside.project_folders


def _find_project_folders(outside: Outside) -> Iterator[Path]:
    top = project_root(outside.folder)
    within = [folder for folder in (outside.folder, *outside.folder.parents) if folder.is_relative_to(top)]
    yield from [folder for folder in within if not outside.is_file(str(folder / "__init__.py"))][:1]
    for folder in within:
        if folder == top or any(outside.is_file(str(folder / name)) for name in PROJECT_FILES):
            yield from _list_named_folders(outside, folder)
            yield from (inner for inner in (folder / "src",) if outside.is_dir(str(inner)))
            yield folder


def _list_named_folders(outside: Outside, folder: Path) -> Iterator[Path]:
    """The folders that the project files in `folder` name as those of packages."""
    names = [*_read_pyproject(outside, folder), *_read_setup(outside, folder)]
    for path in (folder / name for name in names):
        if outside.is_dir(str(path)):
            yield Path(os.path.normpath(path))


def _read(outside: Outside, path: Path) -> str:
    try:
        return outside.read(str(path), MAX_PROJECT_FILE).decode("utf-8", "replace")
    except OSError:
        return ""


def _read_pyproject(outside: Outside, folder: Path) -> Iterator[str]:
    """What setuptools and Poetry are told in pyproject.toml (their documented tables)."""
    try:
        data = tomllib.loads(_read(outside, folder / "pyproject.toml"))
    except (ValueError, RecursionError):
        return
    setuptools = _table(_table(data, "tool"), "setuptools")
    yield from _texts([_table(setuptools, "package-dir").get("")])
    yield from _texts(_table(_table(setuptools, "packages"), "find").get("where"))
    packages = _table(_table(data, "tool"), "poetry").get("packages")
    if isinstance(packages, list):
        yield from _texts([package.get("from") for package in packages if isinstance(package, dict)])


def _table(data: Mapping[str, object], name: str) -> Mapping[str, object]:
    table = data.get(name)
    return table if isinstance(table, dict) else {}


def _texts(values: object) -> Iterator[str]:
    """The texts in a list of a file that may hold anything."""
    yield from (value for value in values if isinstance(value, str)) if isinstance(values, list) else ()


def _read_setup(outside: Outside, folder: Path) -> Iterator[str]:
    """What setup.py gives as ``package_dir={"": …}`` and ``find_packages(…)``, where it is written out."""
    try:
        tree = ast.parse(_read(outside, folder / "setup.py"))
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        keywords = {keyword.arg: keyword.value for keyword in node.keywords}
        directories = keywords.get("package_dir")
        if isinstance(directories, ast.Dict):
            pairs = zip(directories.keys, directories.values, strict=True)
            yield from _constants(
                value for key, value in pairs if isinstance(key, ast.Constant) and key.value == ""
            )
        if ast.unparse(node.func).endswith(("find_packages", "find_namespace_packages")):
            yield from _constants(
                [*node.args[:1], *(keywords[name] for name in ("where",) if name in keywords)]
            )


def _constants(nodes: Iterator[ast.expr] | list[ast.expr]) -> Iterator[str]:
    yield from (
        node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
