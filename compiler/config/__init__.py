"""`pipelift.toml`: what it may hold, and where a store's data are for a target."""

from pipelift.compiler.config.file import (
    FILE_NAME,
    ComputeSection,
    Config,
    EnvironmentSection,
    ReuseSection,
    StoreConfig,
    StoreSection,
    Toleration,
    load_config,
)
from pipelift.compiler.config.section import Option, Section

__all__ = [
    "FILE_NAME",
    "ComputeSection",
    "Config",
    "EnvironmentSection",
    "Option",
    "ReuseSection",
    "Section",
    "StoreConfig",
    "StoreSection",
    "Toleration",
    "load_config",
]
