"""Imports every file of models, so that the registry is whole."""

from pipelift.compiler.sdk.core import compute, conda, environment, runconfig, workspace
from pipelift.compiler.sdk.data import (
    datasets,
    datastores,
    factories,
    outputs,
    pipeline_data,
    registered_stores,
    tables,
)
from pipelift.compiler.sdk.pipeline import endpoints, pipeline, schedules, time_zones, yaml_format
from pipelift.compiler.sdk.steps import (
    automl,
    azure,
    command,
    data_transfer,
    databricks,
    former,
    hyperdrive,
    many_models,
    modules,
    parallel_run,
    script,
    step,
    synapse,
)
from pipelift.compiler.sdk.train import estimators, script_run

__all__ = [
    "automl",
    "azure",
    "command",
    "compute",
    "conda",
    "data_transfer",
    "databricks",
    "datasets",
    "datastores",
    "endpoints",
    "environment",
    "estimators",
    "factories",
    "former",
    "hyperdrive",
    "many_models",
    "modules",
    "outputs",
    "parallel_run",
    "pipeline",
    "pipeline_data",
    "registered_stores",
    "runconfig",
    "schedules",
    "script",
    "script_run",
    "step",
    "synapse",
    "tables",
    "time_zones",
    "workspace",
    "yaml_format",
]
