"""Imports every file of models, so that the registry is whole."""

from pipelift.compiler.sdk import (
    compute,
    datasets,
    datastores,
    environment,
    runconfig,
    script_run,
    other_steps,
    pipeline,
    pipeline_data,
    steps,
    workspace,
)

__all__ = [
    "compute",
    "datasets",
    "datastores",
    "environment",
    "runconfig",
    "script_run",
    "other_steps",
    "pipeline",
    "pipeline_data",
    "steps",
    "workspace",
]
