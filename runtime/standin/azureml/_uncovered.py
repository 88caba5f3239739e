"""What the stand-in says about the parts of the SDK that it does not cover."""

import sys
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, Dict, Optional

_REMEDY = (
    "pipelift runs the script without the Azure ML SDK and covers only what scripts usually need of it "
    "(the list is in docs/runtime.md). Take the call out, or put it where it is made on Azure only: "
    "`if hasattr(...)` and `except AttributeError` both work."
)

# Modules of these packages describe pipelines rather than run in steps: only using them is refused.
_IMPORTABLE = ("core", "data", "pipeline", "train", "widgets", "telemetry", "interpret")


_PIPELINE_RUN = {"PipelineRun": "azureml.core._pipeline_run"}
_HOMES = {"azureml.pipeline.core": _PIPELINE_RUN, "azureml.pipeline.core.run": _PIPELINE_RUN}
"""What is covered of modules that have no file here, so that an installed SDK keeps its own."""


class NotCovered(AttributeError):
    """A part of the SDK that the stand-in has not."""

    def __init__(self, call: str) -> None:
        super().__init__("{} is not covered by pipelift's stand-in for azureml. {}".format(call, _REMEDY))


class CoveredType(type):
    """Makes attributes that a class has not into a `NotCovered` that names them."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise NotCovered("{}.{}".format(cls.__name__, name))


class Covered(metaclass=CoveredType):
    """The base of the stand-in's classes."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise NotCovered("{}.{}".format(type(self).__name__.lstrip("_"), name))


def placeholder(module: str, name: str) -> type:
    """A class that can be imported and named, and that raises `NotCovered` when it is used."""

    def refuse(self: object, *args: object, **kwargs: object) -> None:
        raise NotCovered("{}.{}".format(module, name))

    return CoveredType(name, (object,), {"__init__": refuse, "__module__": module})


class PartialModule(ModuleType):
    """A module that imports some names only when they are asked for, and has placeholders for all others."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError("module '{}' has no attribute '{}'".format(self.__name__, name))
        home = self.__dict__.get("_homes", {}).get(name)
        if home is not None:
            member = getattr(import_module(home), name)
        elif name.islower():
            return import_module("{}.{}".format(self.__name__, name))
        else:
            member = placeholder(self.__name__, name)
        setattr(self, name, member)
        return member


def partial(name: str, homes: Optional[Dict[str, str]] = None) -> None:
    """Make the module `name`, which is being imported, a `PartialModule`; `homes` says where names are."""
    module = sys.modules[name]
    module.__class__ = PartialModule
    module.__dict__["_homes"] = homes or {}


class _Placeholders(MetaPathFinder, Loader):
    """Finds, after everything else, the modules of `azureml` that there are not."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> Optional[ModuleSpec]:
        top, _, submodule = name.partition(".")
        if top != "azureml" or not submodule:
            return None
        if submodule.split(".")[0] in _IMPORTABLE and not submodule.startswith("core._"):
            return ModuleSpec(name, self, is_package=True)
        raise ModuleNotFoundError("{} is not installed, and {}".format(name, _REMEDY), name=name)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return PartialModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Nothing to run."""
        module.__dict__["_homes"] = _HOMES.get(module.__name__, {})


def install() -> None:
    """Make modules that are not covered say so; once a process."""
    if not any(isinstance(finder, _Placeholders) for finder in sys.meta_path):
        sys.meta_path.append(_Placeholders())
