"""What people do with pipelines and runs: commands, requests, history, pictures. `run_file` runs a file here.

Imported on first use, so that ``pipelift --help`` starts quickly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipelift.app.api import run_file
    from pipelift.app.request import RunRequest

__all__ = ["RunRequest", "run_file"]

_HOMES = {"RunRequest": "pipelift.app.request", "run_file": "pipelift.app.api"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
