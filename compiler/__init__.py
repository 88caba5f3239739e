"""pipelift's compiler and its Python API: `analyse` and `compile_file`. `pipelift.app.run_file` runs.

Imported on first use, so that ``pipelift --help`` starts quickly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipelift.compiler.api import compile_file
    from pipelift.compiler.driver import Analysis, analyse
    from pipelift.compiler.options import Options

__all__ = ["Analysis", "Options", "analyse", "compile_file"]

_HOMES = {
    "Analysis": "pipelift.compiler.driver",
    "Options": "pipelift.compiler.options",
    "analyse": "pipelift.compiler.driver",
    "compile_file": "pipelift.compiler.api",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
