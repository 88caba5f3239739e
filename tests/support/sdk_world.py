"""Helpers for tests of SDK models: a program's text goes in, its graph and its codes come out as short texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

from pipelift.compiler import ir
from pipelift.compiler.diagnostics import Diagnostic
from pipelift.compiler.driver import analyse
from pipelift.compiler.options import Options
from tests.agreement.compare import graphs
from tests.support.folders import write_files

PRELUDE = """\
from azureml.core import *
from azureml.core.compute import *
from azureml.core.conda_dependencies import CondaDependencies
from azureml.core.databricks import JarLibrary
from azureml.core.runconfig import MpiConfiguration, RunConfiguration
from azureml.data import HDFSOutputDatasetConfig, OutputFileDatasetConfig
from azureml.data.data_reference import DataReference
from azureml.data.datapath import DataPath, DataPathComputeBinding
from azureml.data.dataset_consumption_config import DatasetConsumptionConfig
from azureml.data.sql_data_reference import SqlDataReference
from azureml.pipeline.core import *
from azureml.pipeline.core.graph import InputPortDef, OutputPortDef
from azureml.pipeline.steps import *
from azureml.train.automl import AutoMLConfig
from azureml.train.dnn import PyTorch, TensorFlow
from azureml.train.estimator import Estimator
from azureml.train.hyperdrive import *
ws = Workspace.from_config()
store = ws.get_default_datastore()
files = Dataset.File.from_files((store, "in"))
table = Dataset.Tabular.from_delimited_files((store, "t.csv"))
run = RunConfiguration()
def py(name, **options):
    return PythonScriptStep("a.py", name=name, source_directory="src", compute_target="cpu", **options)
def data(name="d", **options):
    return PipelineData(name, datastore=store, **options)
"""
"""What every snippet begins with; line numbers of diagnostics count from the end of it."""


@dataclass(frozen=True)
class Reading:
    """What was read: the pipelines, their data as ``graph --format json`` has it, and what was said."""

    pipelines: tuple[ir.Pipeline, ...]
    graphs: list[Any]
    said: tuple[Diagnostic, ...]

    @property
    def codes(self) -> list[str]:
        """The codes of errors and warnings, each once, less those of what the snippets leave out on purpose."""
        return sorted({one.code for one in self.said} - {"PL215", "PL303", "PL216", "PL207", "PL267"})

    @property
    def edges(self) -> list[str]:
        """The first pipeline's edges: ``a.out -> b.in mount``; source data is ``*``, order is ``a => b``."""
        return [_edge(edge) for edge in self.graphs[0]["edges"]]

    @property
    def step(self) -> ir.Step:
        """The only step of the only pipeline."""
        (pipeline,) = self.pipelines
        (step,) = pipeline.steps
        return step

    def arguments(self, name: str) -> list[Any]:
        """A step's arguments, as recordings have them."""
        return next(step["arguments"] for step in self.graphs[0]["steps"] if step["name"] == name)


def _edge(edge: dict[str, str]) -> str:
    if edge["kind"] == "order":
        return f"{edge['from']} => {edge['to']}"
    before = "*" if edge["from"] is None else f"{edge['from']}.{edge['from_port']}"
    return f"{before} -> {edge['to']}.{edge['to_port']} {edge['mode']}"


def read(folder: Path, source: str, files: Mapping[str, str] | None = None) -> Reading:
    """Read the snippet after the prelude, as `pipeline.py` in `folder`."""
    write_files(folder, {**(files or {}), "pipeline.py": PRELUDE + dedent(source)})
    analysis = analyse(Path("pipeline.py"), Options(cwd=folder), snapshots=False)
    return Reading(analysis.pipelines, graphs(analysis.pipelines), tuple(analysis.reporter))
