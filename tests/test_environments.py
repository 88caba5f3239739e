"""Environments: every way to make one, from the program to the Dockerfile."""

from __future__ import annotations

import re

import pytest

from pipelift.compiler.sdk.curated import curated, curated_names


@pytest.mark.parametrize("name", curated_names())
def test_a_curated_environment_has_packages_and_a_python_for_the_launcher(name: str) -> None:
    found = curated(name)
    assert found is not None
    assert re.fullmatch(r"3\.\d+", found.python)
    assert found.packages or "minimal" in name
    assert not [package for package in found.packages if package.startswith("azureml")]


@pytest.mark.parametrize(
    ("name", "package"),
    [
        ("AzureML-Scikit-learn-0.20.3", "scikit-learn==0.20.3"),
        ("AzureML-PyTorch-1.6-GPU", "torch==1.6.0"),
        ("AzureML-TensorFlow-2.2-CPU", "tensorflow==2.2.0"),
        ("azureml-sklearn-0.24-ubuntu18.04-py37-cpu", "scikit-learn==0.24.1"),
    ],
)
def test_versions_in_a_curated_name_are_pinned(name: str, package: str) -> None:
    found = curated(name)
    assert found is not None
    assert package in found.packages


def test_tensorflow_for_the_gpu_is_an_image_with_cuda() -> None:
    found = curated("AzureML-TensorFlow-2.2-GPU")
    assert found is not None
    assert found.image == "tensorflow/tensorflow:2.2.0-gpu"
