"""Curated environments: the public packages or images that stand for those of Microsoft's published definitions.

Source: the page "Azure Machine Learning curated environments" of the Azure documentation, in its editions of June and
September 2020 (names in capitals, with conda files), of September 2021 (names with the Ubuntu release, with
Dockerfiles) and of September 2023; for the later names, the azureml-assets registry as of 2024.

Exact versions are kept where the name says one. Left out is what needs a compiler or MPI (horovod, apex, mkl), and
Azure's own packages. Wheels of torch bring CUDA, as do those of TensorFlow 2.14 and newer with ``[and-cuda]``; older
TensorFlow for the GPU is the image that its makers publish. TensorFlow 1.x for the GPU has neither for Python 3.6,
so those names are not in the table, and pipelift asks the user for them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Curated:
    """The public equivalent of a curated environment: packages, and an image if it needs one."""

    python: str
    packages: tuple[str, ...]
    image: str | None = None


_TABLES = ("numpy", "pandas", "pyarrow", "scikit-learn", "scipy", "joblib", "matplotlib")
_COMMON_2021 = (
    "matplotlib>=3.3,<3.4",
    "psutil>=5.8,<5.9",
    "tqdm>=4.59,<4.60",
    "pandas>=1.1,<1.2",
    "scipy>=1.5,<1.6",
    "numpy>=1.10,<1.20",
    "ipykernel~=6.0",
)
_COMMON_2022 = (
    "matplotlib~=3.5.0",
    "psutil~=5.8.0",
    "tqdm~=4.62.0",
    "pandas~=1.3.0",
    "scipy~=1.7.0",
    "numpy~=1.21.0",
    "ipykernel~=6.0",
)
_DASK_2021 = ("dask~=2021.6.0", "distributed~=2021.6.0", "dask-ml~=1.9.0", "adlfs~=0.7.0")
_SKLEARN_024 = Curated("3.7", (*_COMMON_2021, "scikit-learn==0.24.1"))

# The published files pair torch 1.5.0 with torchvision 0.5.0, which pip refuses: its own pair is 0.6.0. torchvision
# before 0.5 fails with Pillow 7.
_TORCH_2020: Mapping[str, tuple[str, ...]] = {
    "1.0": ("torch==1.0.0", "torchvision==0.2.1", "pillow<7"),
    "1.1": ("torch==1.1.0", "torchvision==0.2.1", "pillow<7"),
    "1.2": ("torch==1.2.0", "torchvision==0.4.0", "pillow<7"),
    "1.3": ("torch==1.3.0", "torchvision==0.4.1", "pillow<7"),
    "1.4": ("torch==1.4.0", "torchvision==0.5.0"),
    "1.5": ("torch==1.5.0", "torchvision==0.6.0"),
    "1.6": ("torch==1.6.0", "torchvision==0.7.0"),
}
_TORCH_2021: Mapping[str, tuple[str, ...]] = {
    "AzureML-pytorch-1.7-ubuntu18.04-py37-cuda11-gpu": ("torch==1.7.1", "torchvision==0.8.2"),
    "AzureML-pytorch-1.8-ubuntu18.04-py37-cuda11-gpu": ("torch==1.8.1", "torchvision==0.9.1"),
    "AzureML-pytorch-1.9-ubuntu18.04-py37-cuda11-gpu": ("torch==1.9.0", "torchvision==0.10.0"),
}
_TORCH_LATER: Mapping[str, tuple[str, str, str]] = {
    "AzureML-pytorch-1.10-ubuntu18.04-py38-cuda11-gpu": ("3.8", "1.10.0", "0.11.1"),
    "AzureML-ACPT-pytorch-1.11-py38-cuda11.3-gpu": ("3.8", "1.11.0", "0.12.0"),
    "AzureML-ACPT-pytorch-1.11-py38-cuda11.5-gpu": ("3.8", "1.11.0", "0.12.0"),
    "AzureML-ACPT-pytorch-1.12-py38-cuda11.6-gpu": ("3.8", "1.12.1", "0.13.1"),
    "AzureML-ACPT-pytorch-1.12-py39-cuda11.6-gpu": ("3.9", "1.12.1", "0.13.1"),
    "AzureML-ACPT-pytorch-1.13-py38-cuda11.7-gpu": ("3.8", "1.13.1", "0.14.1"),
    "acpt-pytorch-1.13-cuda11.7": ("3.8", "1.13.1", "0.14.1"),
    "acpt-pytorch-2.0-cuda11.7": ("3.8", "2.0.1", "0.15.2"),
    "acpt-pytorch-2.2-cuda12.1": ("3.10", "2.2.2", "0.17.2"),
}
_TENSORFLOW_CPU: Mapping[str, str] = {
    "1.10": "1.10.0",
    "1.12": "1.12.0",
    "1.13": "1.13.1",
    "2.0": "2.0.0",
    "2.1": "2.1.0",
    "2.2": "2.2.0",
    "2.3": "2.3.0",
}
_TENSORFLOW_GPU: Mapping[str, tuple[str, str]] = {
    "AzureML-TensorFlow-2.0-GPU": ("3.6", "2.0.0-gpu-py3"),
    "AzureML-TensorFlow-2.1-GPU": ("3.6", "2.1.0-gpu-py3"),
    "AzureML-TensorFlow-2.2-GPU": ("3.6", "2.2.0-gpu"),
    "AzureML-TensorFlow-2.3-GPU": ("3.6", "2.3.0-gpu"),
    "AzureML-tensorflow-2.4-ubuntu18.04-py37-cuda11-gpu": ("3.6", "2.4.1-gpu"),
    "AzureML-tensorflow-2.5-ubuntu20.04-py38-cuda11-gpu": ("3.6", "2.5.0-gpu"),
    "AzureML-tensorflow-2.6-ubuntu20.04-py38-cuda11-gpu": ("3.6", "2.6.0-gpu"),
    "AzureML-tensorflow-2.7-ubuntu20.04-py38-cuda11-gpu": ("3.8", "2.7.0-gpu"),
    "AzureML-tensorflow-2.8-ubuntu20.04-py38-cuda11-gpu": ("3.8", "2.8.0-gpu"),
    "AzureML-tensorflow-2.11-cuda11": ("3.8", "2.11.0-gpu"),
    "AzureML-tensorflow-2.12-cuda11": ("3.8", "2.12.0-gpu"),
}
"""By name: the Python that the published image holds, and its tag."""

_FIXED: Mapping[str, Curated] = {
    "AzureML-Minimal": Curated("3.8", ()),
    "AzureML-minimal-ubuntu18.04-py37-cpu-inference": Curated("3.7", ()),
    "AzureML-minimal-ubuntu20.04-py38-cpu-inference": Curated("3.8", ()),
    "AzureML-Tutorial": Curated("3.8", (*_TABLES, "tqdm", "sklearn-pandas")),
    "AzureML-Pandas": Curated("3.8", _TABLES),
    "AzureML-Mlflow": Curated("3.8", (*_TABLES, "mlflow")),
    "AzureML-AutoML": Curated("3.8", (*_TABLES, "xgboost", "lightgbm")),
    "AzureML-AutoML-GPU": Curated("3.8", (*_TABLES, "xgboost", "lightgbm")),
    "AzureML-AutoML-DNN": Curated("3.8", (*_TABLES, "xgboost", "lightgbm", "torch", "transformers")),
    "AzureML-AutoML-DNN-GPU": Curated("3.8", (*_TABLES, "xgboost", "lightgbm", "torch", "transformers")),
    "AzureML-Chainer-5.1.0-CPU": Curated("3.6", ("chainer==5.1.0",)),
    "AzureML-Dask-CPU": Curated(
        "3.8",
        ("adlfs", "dask[complete]", "dask-ml", "distributed", "fastparquet", "joblib", "lz4", "pyarrow"),
    ),
    "AzureML-Scikit-learn-0.20.3": Curated(
        "3.6", ("scikit-learn==0.20.3", "scipy==1.2.1", "numpy==1.16.2", "joblib==0.13.2")
    ),
    "AzureML-sklearn-0.24-ubuntu18.04-py37-cpu": _SKLEARN_024,
    "AzureML-sklearn-0.24-ubuntu18.04-py37-cuda11-gpu": _SKLEARN_024,
    "AzureML-sklearn-0.24.1-ubuntu18.04-py37-cpu-inference": Curated(
        "3.7", ("scikit-learn==0.24.1", "numpy>=1.16.0", "pandas~=1.1.0")
    ),
    "AzureML-sklearn-1.0-ubuntu20.04-py38-cpu": Curated("3.8", (*_COMMON_2022, "scikit-learn~=1.0.0")),
    "AzureML-sklearn-1.5": Curated(
        "3.10", ("numpy<2", "pandas", "pyarrow", "scipy", "scikit-learn~=1.5.0", "matplotlib")
    ),
    "AzureML-lightgbm-3.2-ubuntu18.04-py37-cpu": Curated(
        "3.7", (*_COMMON_2021, "scikit-learn~=0.24.1", "xgboost~=1.4.0", "lightgbm~=3.2.0", *_DASK_2021)
    ),
    "AzureML-lightgbm-3.3": Curated(
        "3.8", (*_COMMON_2022, "scikit-learn~=1.0.0", "xgboost~=1.5.0", "lightgbm~=3.3.0")
    ),
    "AzureML-xgboost-0.9-ubuntu18.04-py37-cpu-inference": Curated(
        "3.7", ("xgboost==0.90", "scikit-learn==0.23.2", "numpy==1.20.1", "pandas==0.25.1")
    ),
    "AzureML-onnxruntime-1.6-ubuntu18.04-py37-cpu-inference": Curated(
        "3.7", ("onnxruntime==1.6.0", "numpy>=1.16.0", "pandas~=1.1.0")
    ),
    "AzureML-pytorch-1.6-ubuntu18.04-py37-cpu-inference": Curated(
        "3.7", ("torch==1.6.0", "numpy==1.20.1", "pandas==0.25.1")
    ),
    "AzureML-pytorch-1.7-ubuntu18.04-py37-cpu-inference": Curated(
        "3.7", ("torch==1.7.1", "numpy>=1.16.0", "pandas~=1.1.0")
    ),
    "AzureML-tensorflow-1.15-ubuntu18.04-py37-cpu-inference": Curated(
        "3.7", ("tensorflow==1.15.5", "protobuf<3.21", "pandas==0.25.1", "numpy<1.19")
    ),
    "AzureML-tensorflow-2.4-ubuntu18.04-py37-cpu-inference": Curated(
        "3.7", ("tensorflow==2.4.1", "pandas~=1.1.0")
    ),
    "AzureML-tensorflow-2.16-cuda12": Curated("3.10", ("tensorflow[and-cuda]==2.16.1", *_TABLES)),
}


def _families() -> Iterator[tuple[str, Curated]]:
    yield from _FIXED.items()
    for version, packages in _TORCH_2020.items():
        more = () if version == "1.0" else ("tensorboard==1.14.0",)
        for device in ("CPU", "GPU"):
            yield f"AzureML-PyTorch-{version}-{device}", Curated("3.6", (*packages, *more))
    for name, packages in _TORCH_2021.items():
        yield name, Curated("3.7", (*_COMMON_2021, *packages, "tensorboard==2.4.0"))
    for name, (python, torch, torchvision) in _TORCH_LATER.items():
        yield (
            name,
            Curated(python, (f"torch=={torch}", f"torchvision=={torchvision}", "tensorboard", *_TABLES)),
        )
    for version, release in _TENSORFLOW_CPU.items():
        # h5py 3 gives bytes where these releases of TensorFlow read text.
        yield f"AzureML-TensorFlow-{version}-CPU", Curated("3.6", (f"tensorflow=={release}", "h5py<3"))
    for name, (python, tag) in _TENSORFLOW_GPU.items():
        yield name, Curated(python, ("pandas", "scikit-learn", "matplotlib"), f"tensorflow/tensorflow:{tag}")


_CURATED: Mapping[str, Curated] = MappingProxyType(
    {name.lower(): environment for name, environment in _families()}
)


def find_curated(name: str) -> Curated | None:
    """The public equivalent of the curated environment `name` in any case; None where the table has none."""
    return _CURATED.get(name.lower())


def curated_names() -> tuple[str, ...]:
    """The names that the table has, in lower case, sorted."""
    return tuple(sorted(_CURATED))
