"""The part of Python's builtins and standard library that pipeline definitions use, as models."""

from __future__ import annotations

from collections.abc import Callable

from pipelift.compiler.diagnostics.span import Span
from pipelift.compiler.evaluate.library import (
    arguments,
    commands,
    containers,
    environ,
    files,
    fire,
    notebook,
    paths,
    records,
    regex,
    settings,
    small,
    times,
)
from pipelift.compiler.evaluate.machine import Machine
from pipelift.compiler.evaluate.values import Module, Unknown

MODULES: dict[str, Callable[[Machine], Module]] = {
    "IPython": notebook.ipython_module,
    "IPython.core": notebook.ipython_module,
    "IPython.core.display": notebook.ipython_module,
    "IPython.display": notebook.ipython_module,
    "abc": small.abc_module,
    "argparse": arguments.argparse_module,
    "asyncio": small.asyncio_module,
    "click": commands.click_module,
    "collections": containers.collections_module,
    "collections.abc": containers.abc_module,
    "configparser": settings.configparser_module,
    "contextlib": small.contextlib_module,
    "copy": small.copy_module,
    "dataclasses": records.dataclasses_module,
    "datetime": times.datetime_module,
    "dotenv": environ.dotenv_module,
    "enum": records.enum_module,
    "environs": environ.environs_module,
    "fire": fire.fire_module,
    "functools": small.functools_module,
    "glob": paths.glob_module,
    "itertools": containers.itertools_module,
    "json": files.json_module,
    "logging": small.logging_module,
    "math": small.math_module,
    "operator": small.operator_module,
    "os": paths.os_module,
    "os.path": paths.os_path_module,
    "pathlib": paths.pathlib_module,
    "random": times.random_module,
    "re": regex.re_module,
    "shutil": files.shutil_module,
    "string": small.string_module,
    "sys": small.sys_module,
    "time": times.time_module,
    "typer": commands.typer_module,
    "typing": small.typing_module,
    "typing_extensions": small.typing_module,
    "uuid": times.uuid_module,
    "warnings": small.warnings_module,
    "yaml": files.yaml_module,
}
"""One row a module: the way to add one."""


def find_module(it: Machine, path: str, span: Span) -> Module | Unknown | None:
    """The model of the library module `path`, made once an evaluation; None where there is none."""
    make = MODULES.get(path)
    if make is None:
        return None
    it.journal.touch(it.loaded)
    it.loaded[path] = make(it)
    return it.loaded[path]
