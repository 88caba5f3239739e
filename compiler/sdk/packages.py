"""The SDK's own packages in a requirement list: they leave, and leave behind what steps used from them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

_INTERPRET = ("interpret-community", "numpy")
_AUTOML = ("joblib", "lightgbm", "numpy", "onnxruntime", "pandas", "scikit-learn", "scipy", "statsmodels")

_BROUGHT: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "azureml-automl-runtime": _AUTOML,
        "azureml-datadrift": ("lightgbm", "matplotlib", "numpy", "pandas", "scikit-learn", "scipy"),
        "azureml-explain-model": _INTERPRET,
        "azureml-interpret": _INTERPRET,
        "azureml-mlflow": ("mlflow",),
        "azureml-opendatasets": ("numpy", "pandas", "pyarrow", "scipy"),
        "azureml-responsibleai": ("fairlearn", "joblib", "responsibleai"),
        "azureml-train-automl-runtime": (*_AUTOML, "dask", "pyarrow"),
    }
)
"""The libraries for scripts among what these packages require themselves (release 1.62 on the package index)."""

_EXTRAS: Mapping[str, tuple[str, ...]] = MappingProxyType({"pandas": ("pandas", "pyarrow")})
"""What an extra of azureml-dataprep or azureml-dataset-runtime brings."""

_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[([^\]]*)\])?")


def without_sdk(requirements: Sequence[str]) -> tuple[list[str], list[str]]:
    """The requirements without the SDK's packages but with what those brought, and those that left."""
    kept: list[str] = []
    removed: list[str] = []
    brought: list[str] = []
    for requirement in requirements:
        match = _REQUIREMENT.match(requirement)
        name = re.sub(r"[-_.]+", "-", match[1]).lower() if match else ""
        if not name.startswith("azureml-"):
            kept.append(requirement)
            continue
        removed.append(requirement)
        extras = [extra.strip() for extra in ((match[2] if match else "") or "").split(",")]
        brought.extend(_BROUGHT.get(name, ()))
        brought.extend(package for extra in extras for package in _EXTRAS.get(extra, ()))
    names = {_name(requirement) for requirement in kept}
    kept.extend(package for package in dict.fromkeys(brought) if package not in names)
    return kept, removed


def _name(requirement: str) -> str:
    match = _REQUIREMENT.match(requirement)
    return match[1].lower() if match else requirement
