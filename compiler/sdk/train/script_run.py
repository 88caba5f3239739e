"""`ScriptRunConfig`: a script with its run configuration, as CommandStep and HyperDriveConfig take it."""

from __future__ import annotations

from pipelift.compiler.evaluate.values import Call, Modelled, Unknown, Value
from pipelift.compiler.sdk.core.runconfig import (
    MpiConfiguration,
    PyTorchConfiguration,
    RunConfiguration,
    TensorflowConfiguration,
)
from pipelift.compiler.sdk.registry import sdk

MAX_DURATION = 2592000
"""The time limit of a ScriptRunConfig that names none, in seconds: 30 days."""


@sdk("azureml.core", "azureml.core.script_run_config")
class ScriptRunConfig(Modelled):
    """A script or command, and how it runs."""

    def __init__(
        self,
        call: Call,
        source_directory: Value,
        script: Value = None,
        arguments: Value = None,
        run_config: Value = None,
        _telemetry_values: Value = None,
        compute_target: Value = None,
        environment: Value = None,
        distributed_job_config: Value = None,
        resume_from: Value = None,
        max_run_duration_seconds: Value = MAX_DURATION,
        command: Value = None,
        docker_runtime_config: Value = None,
    ) -> None:
        self.span = call.span
        self.source_directory = source_directory
        self.script = script
        self.command = command
        config = RunConfiguration(call) if run_config is None else run_config
        self.run_config: Value = config
        self.arguments = arguments
        if isinstance(config, RunConfiguration):
            self.arguments = config.arguments if arguments is None else arguments
            call.touch(config.__dict__)
            if docker_runtime_config is not None:
                config.docker = docker_runtime_config
            self._fill(config, compute_target, environment, distributed_job_config, max_run_duration_seconds)

    def _fill(
        self,
        config: RunConfiguration,
        compute_target: Value,
        environment: Value,
        distribution: Value,
        seconds: Value,
    ) -> None:
        config.script = self.script if self.script is not None else config.script
        config.command = self.command if self.command is not None else config.command
        if compute_target is not None:
            config.target = compute_target
        if environment is not None:
            config.environment = environment
        if seconds != MAX_DURATION:
            config.max_run_duration_seconds = seconds
        distribute(config, distribution)


def distribute(config: RunConfiguration, distribution: Value) -> None:
    """Take over the configuration of a distributed job."""
    if isinstance(distribution, MpiConfiguration):
        config.mpi, config.communicator = distribution, "IntelMpi"
        config.node_count = distribution.node_count
    elif isinstance(distribution, PyTorchConfiguration):
        config.pytorch, config.node_count = distribution, distribution.node_count
    elif isinstance(distribution, TensorflowConfiguration):
        config.tensorflow, config.framework = distribution, "TensorFlow"
        config.node_count = distribution.worker_count
    elif isinstance(distribution, Unknown):
        config.mpi = config.node_count = distribution
