"""conda packages as requirements of the Python package index, where both mean the same software."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass

TWINS = {
    "beautifulsoup4": "beautifulsoup4",
    "bokeh": "bokeh",
    "catboost": "catboost",
    "click": "click",
    "cloudpickle": "cloudpickle",
    "dask": "dask",
    "fastparquet": "fastparquet",
    "flask": "flask",
    "gensim": "gensim",
    "h5py": "h5py",
    "imbalanced-learn": "imbalanced-learn",
    "ipykernel": "ipykernel",
    "ipython": "ipython",
    "jinja2": "jinja2",
    "joblib": "joblib",
    "jsonschema": "jsonschema",
    "keras": "keras",
    "lightgbm": "lightgbm",
    "matplotlib": "matplotlib",
    "mlflow": "mlflow",
    "nltk": "nltk",
    "notebook": "notebook",
    "numba": "numba",
    "numpy": "numpy",
    "opencv": "opencv-python-headless",
    "openpyxl": "openpyxl",
    "pandas": "pandas",
    "pillow": "pillow",
    "plotly": "plotly",
    "prophet": "prophet",
    "psutil": "psutil",
    "psycopg2": "psycopg2-binary",
    "py-opencv": "opencv-python-headless",
    "py-xgboost": "xgboost",
    "pyarrow": "pyarrow",
    "pydantic": "pydantic",
    "pytest": "pytest",
    "python-dateutil": "python-dateutil",
    "python-dotenv": "python-dotenv",
    "pytorch": "torch",
    "pytz": "pytz",
    "pyyaml": "pyyaml",
    "regex": "regex",
    "requests": "requests",
    "scikit-image": "scikit-image",
    "scikit-learn": "scikit-learn",
    "scipy": "scipy",
    "seaborn": "seaborn",
    "shap": "shap",
    "six": "six",
    "spacy": "spacy",
    "sqlalchemy": "sqlalchemy",
    "statsmodels": "statsmodels",
    "tensorboard": "tensorboard",
    "tensorflow": "tensorflow",
    "tensorflow-gpu": "tensorflow[and-cuda]",
    "tokenizers": "tokenizers",
    "torchaudio": "torchaudio",
    "torchvision": "torchvision",
    "tqdm": "tqdm",
    "transformers": "transformers",
    "xgboost": "xgboost",
    "xlrd": "xlrd",
}
"""The conda name of a package (conda-forge and defaults) and its name on the package index."""

# What the base image has anyway.
_BASE = frozenset({"python", "pip", "setuptools", "wheel"})
# Wheels of torch for Linux hold the CUDA libraries that conda has as packages of their own.
_INSIDE_TORCH = frozenset({"cudatoolkit", "cudnn", "cpuonly", "pytorch-cuda", "pytorch-mutex"})

_SPEC = re.compile(
    r"(?:[\w./-]+::)?(?P<name>[A-Za-z0-9][\w.-]*)\s*(?P<version>[=<>!~\s\d].*)?", re.ASCII | re.DOTALL
)
_VERSION = re.compile(r"\d[\w.+!-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Translation:
    """conda packages sorted out: `pip` pairs conda text with the requirement for it; `conda` has no twin."""

    pip: tuple[tuple[str, str], ...]
    conda: tuple[str, ...]


def translate(conda: tuple[str, ...]) -> Translation:
    """Each conda package as a requirement of the package index, or, without a twin, as it is."""
    names = {name_of(spec) for spec in conda}
    left_out = _BASE | (_INSIDE_TORCH if "pytorch" in names else frozenset())
    pairs: list[tuple[str, str]] = []
    untranslated: list[str] = []
    for spec in conda:
        if name_of(spec) in left_out:
            continue
        requirement = _convert_spec(spec)
        if requirement is None:
            untranslated.append(spec)
        else:
            pairs.append((spec, requirement))
    return Translation(tuple(pairs), tuple(untranslated))


def name_of(spec: str) -> str:
    """The package that a conda specification names, in lower case; empty where it names none."""
    match = _SPEC.fullmatch(spec.strip())
    return match["name"].lower() if match else ""


def _convert_spec(spec: str) -> str | None:
    match = _SPEC.fullmatch(spec.strip())
    twin = TWINS.get(match["name"].lower()) if match else None
    if match is None or twin is None:
        return None
    version = (match["version"] or "").strip()
    if not version:
        return twin
    clauses = _convert_clauses(version)
    return None if clauses is None else f"{twin}{clauses}"


def _convert_clauses(version: str) -> str | None:
    """A conda version (``=1.18``, ``==1.18.5``, ``=1.18.5=py38_0``, ``>=1,<2``) as pip writes it."""
    from packaging.specifiers import (  # only where there are packages with versions
        InvalidSpecifier,
        SpecifierSet,
    )

    with suppress(InvalidSpecifier):
        SpecifierSet(version)
        return ",".join("".join(part.split()) for part in version.split(","))
    number, _, _build = version.removeprefix("=").strip().partition("=")
    number = number.strip().split(" ")[0].removesuffix("*").removesuffix(".")
    if not _VERSION.fullmatch(number):
        return None
    # One equals sign is a prefix match: ``=1.18`` takes any 1.18.x; three parts leave nothing open.
    return f"=={number}.*" if number.count(".") < 2 and "=" not in version[1:] else f"=={number}"
