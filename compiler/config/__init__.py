"""The configuration: what `pipelift.toml` may hold. `file.py` reads one; `places.py` says where a store's data are.

The sections are loaded when they are asked for: they need pydantic, and a file without configuration does not.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from pipelift.compiler.config.model import Config, ImagesSection, ReuseSection

if TYPE_CHECKING:
    from pipelift.compiler.config.section import Option, Section
    from pipelift.compiler.config.sections import (
        ComputeSection,
        EnvironmentSection,
        StoreConfig,
        StoreSection,
        Toleration,
    )

__all__ = [
    "ComputeSection",
    "Config",
    "EnvironmentSection",
    "ImagesSection",
    "Option",
    "ReuseSection",
    "Section",
    "StoreConfig",
    "StoreSection",
    "Toleration",
]


def __getattr__(name: str) -> object:
    """The section of that name."""
    if name not in __all__:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    module = "section" if name in ("Option", "Section") else "sections"
    value: object = getattr(import_module(f"{__name__}.{module}"), name)
    return value
