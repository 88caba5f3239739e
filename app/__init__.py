"""What people do with pipelines and runs: commands, requests, history, pictures. `run_file` runs a file here.

Imported on first use, so that ``pipelift --help`` starts quickly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipelift.app.api import run_file

__all__ = ["run_file"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from pipelift.app import api

    return getattr(api, name)
