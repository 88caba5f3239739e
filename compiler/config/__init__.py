"""`pipelift.toml`: what it may hold, and where a store's data are for a target."""

from pipelift.compiler.config.file import (
    FILE_NAME,
    ComputeSection,
    Config,
    EnvironmentSection,
    KubeflowSection,
    LocalSection,
    ReuseSection,
    StoreConfig,
    StoreSection,
    Toleration,
    load_config,
)

__all__ = [
    "FILE_NAME",
    "ComputeSection",
    "Config",
    "EnvironmentSection",
    "KubeflowSection",
    "LocalSection",
    "ReuseSection",
    "StoreConfig",
    "StoreSection",
    "Toleration",
    "load_config",
]
