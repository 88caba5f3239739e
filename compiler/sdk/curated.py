"""Curated environments: the packages that Microsoft's published definitions name, as public packages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Curated:
    """The public equivalent of a curated environment."""

    python: str
    packages: tuple[str, ...]


_TABLES = ("numpy", "pandas", "pyarrow", "scikit-learn", "scipy", "joblib", "matplotlib")

CURATED: Mapping[str, Curated] = MappingProxyType(
    {
        "AzureML-Tutorial": Curated("3.8", (*_TABLES, "tqdm", "sklearn-pandas")),
        "AzureML-Minimal": Curated("3.8", ()),
        "AzureML-Scikit-learn-0.20.3": Curated("3.8", _TABLES),
        "AzureML-Pandas": Curated("3.8", _TABLES),
        "AzureML-AutoML": Curated("3.8", (*_TABLES, "xgboost", "lightgbm")),
        "AzureML-sklearn-0.24-ubuntu18.04-py37-cpu": Curated("3.7", _TABLES),
        "AzureML-sklearn-1.0-ubuntu20.04-py38-cpu": Curated("3.8", _TABLES),
        "AzureML-lightgbm-3.2-ubuntu18.04-py37-cpu": Curated("3.7", (*_TABLES, "lightgbm")),
        "AzureML-TensorFlow-2.2-GPU": Curated("3.8", (*_TABLES, "tensorflow")),
        "AzureML-tensorflow-2.4-ubuntu18.04-py37-cuda11-gpu": Curated("3.7", (*_TABLES, "tensorflow")),
        "AzureML-PyTorch-1.6-GPU": Curated("3.8", (*_TABLES, "torch", "torchvision")),
        "AzureML-pytorch-1.7-ubuntu18.04-py37-cuda11-gpu": Curated("3.7", (*_TABLES, "torch", "torchvision")),
    }
)
"""By name. Exact versions are not kept: most are gone from the index for today's platforms."""
