"""A project whose steps ask for hardware."""

from __future__ import annotations

from pathlib import Path

from tests.support.folders import write_files

PRELUDE = """
from azureml.core import *
from azureml.core.compute import *
from azureml.core.runconfig import *
from azureml.pipeline.core import Pipeline
from azureml.pipeline.steps import PythonScriptStep
ws = Workspace.from_config()
def step(name, target, run=None):
    return PythonScriptStep("train.py", name=name, source_directory="src", compute_target=target,
                            runconfig=run or RunConfiguration())
def cluster(name, size, **options):
    return ComputeTarget.create(ws, name, AmlCompute.provisioning_configuration(vm_size=size, **options))
"""


def project(folder: Path, body: str, config: str = "") -> Path:
    """Write a project with `body` as its program, and its `pipelift.toml`; returns the program's path."""
    files = {"src/train.py": "print('trained')\n", "pipeline.py": PRELUDE + body, "pipelift.toml": config}
    return write_files(folder, files) / "pipeline.py"
