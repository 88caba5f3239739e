"""The configuration: what `pipelift.toml` may hold. `file.py` reads one; `places.py` says where a store's data are."""

from pipelift.compiler.config.model import (
    ComputeSection,
    Config,
    EnvironmentSection,
    ReuseSection,
    StoreConfig,
    StoreSection,
    Toleration,
)
from pipelift.compiler.config.section import Option, Section

__all__ = [
    "ComputeSection",
    "Config",
    "EnvironmentSection",
    "Option",
    "ReuseSection",
    "Section",
    "StoreConfig",
    "StoreSection",
    "Toleration",
]
