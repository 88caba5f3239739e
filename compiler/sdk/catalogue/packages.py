"""The SDK's own packages in a requirement list: they are replaced by the libraries that steps used from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from pipelift.compiler.ir.requirements import parse_requirement

_INTERPRET = ("interpret-community", "numpy")
_AUTOML = ("joblib", "lightgbm", "numpy", "onnxruntime", "pandas", "scikit-learn", "scipy", "statsmodels")

_DEPENDENCIES: Mapping[str, tuple[str, ...]] = MappingProxyType(
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


def remove_sdk_packages(requirements: Sequence[str]) -> tuple[list[str], list[str]]:
    """The requirements with the SDK's packages replaced by their dependencies, and the packages that were removed."""
    if not requirements:
        return [], []
    from packaging.utils import canonicalize_name

    remaining: list[str] = []
    removed: list[str] = []
    dependencies: list[str] = []
    for entry in requirements:
        requirement = parse_requirement(entry)
        name = "" if requirement is None else canonicalize_name(requirement.name)
        if requirement is None or not name.startswith("azureml-"):
            remaining.append(entry)
            continue
        removed.append(entry)
        dependencies.extend(_DEPENDENCIES.get(name, ()))
        dependencies.extend(
            package for extra in sorted(requirement.extras) for package in _EXTRAS.get(extra, ())
        )
    names = _list_unconditional(remaining)
    remaining.extend(package for package in dict.fromkeys(dependencies) if package not in names)
    return remaining, removed


def _list_unconditional(requirements: Sequence[str]) -> set[str]:
    """The packages that every machine installs: those without a marker."""
    from packaging.utils import canonicalize_name

    parsed = (parse_requirement(entry) for entry in requirements)
    return {
        canonicalize_name(requirement.name)
        for requirement in parsed
        if requirement is not None and requirement.marker is None
    }
