"""The part of Python's builtins and standard library that pipeline definitions use, as models."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pipelift.compiler.evaluate.library import arguments, files, paths, small, times
from pipelift.compiler.evaluate.values import Module, Unknown
from pipelift.compiler.span import Span

if TYPE_CHECKING:
    from pipelift.compiler.evaluate.interpreter import Interpreter

MODULES: dict[str, Callable[[Interpreter], Module]] = {
    "argparse": arguments.argparse_module,
    "copy": small.copy_module,
    "datetime": times.datetime_module,
    "dataclasses": small.dataclasses_module,
    "functools": small.functools_module,
    "json": files.json_module,
    "logging": small.logging_module,
    "os": paths.os_module,
    "os.path": paths.os_path_module,
    "pathlib": paths.pathlib_module,
    "random": times.random_module,
    "shutil": files.shutil_module,
    "string": small.string_module,
    "sys": small.sys_module,
    "time": times.time_module,
    "typing": small.typing_module,
    "uuid": times.uuid_module,
    "warnings": small.warnings_module,
    "yaml": files.yaml_module,
    "dotenv": files.dotenv_module,
}
"""One row a module: the way to add one."""


def find_module(it: Interpreter, path: str, span: Span) -> Module | Unknown | None:
    """The model of the library module `path`, made once an evaluation; None where there is none."""
    make = MODULES.get(path)
    if make is None:
        return None
    it.loaded[path] = make(it)
    return it.loaded[path]
