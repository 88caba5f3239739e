"""`RunConfiguration` and its parts: how a step runs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath, PurePosixPath

from pipelift.compiler.evaluate.kinds import describe_kind
from pipelift.compiler.evaluate.values import Call, Modelled, Value, derived, find_unknown
from pipelift.compiler.sdk.core.conda import CondaDependencies
from pipelift.compiler.sdk.core.environment import (
    DefaultEnvironment,
    Environment,
    fill_environment,
    read_section,
)
from pipelift.compiler.sdk.core.environment_sections import (
    DEFAULT_SHM_SIZE,
    ContainerSettings,
    DockerSection,
    PythonSection,
    Section,
)
from pipelift.compiler.sdk.core.unreadable import find_unreadable
from pipelift.compiler.sdk.registry import sdk, sdk_value
from pipelift.compiler.sdk.yaml_files import read_yaml

for _name, _image in {
    "DEFAULT_CPU_IMAGE": "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04",
    "DEFAULT_GPU_IMAGE": "mcr.microsoft.com/azureml/openmpi4.1.0-cuda11.8-cudnn8-ubuntu22.04",
}.items():
    sdk_value("azureml.core.runconfig", "azureml.core.environment", name=_name, value=_image)

DEFAULT_COUNT = 1
"""The SDK's default for the number of nodes of a run, and of processes on a node."""


@sdk("azureml.core", "azureml.core.runconfig")
class RunConfiguration(Modelled):
    """How a step runs: target, environment, distribution."""

    def __init__(
        self,
        call: Call,
        script: Value = None,
        arguments: Value = None,
        framework: Value = None,
        communicator: Value = None,
        conda_dependencies: Value = None,
        _history_enabled: Value = None,
        _path: Value = None,
        _name: Value = None,
        command: Value = None,
    ) -> None:
        self.span = call.span
        self.script = script
        self.arguments = arguments
        self.command = command
        self._target: Value = None
        self.framework = framework or "Python"
        self.communicator = communicator
        environment = DefaultEnvironment(call)
        if conda_dependencies is not None:
            environment.python = PythonSection(call, conda_dependencies=conda_dependencies)
        self.environment: Value = environment
        self.docker: Value = DockerSection(call)
        self.node_count: Value = DEFAULT_COUNT
        self.max_run_duration_seconds: Value = None
        self.auto_prepare_environment: Value = None
        self.environment_variables: Value = {}
        self.data_references: Value = {}
        self.data: Value = {}
        self.output_data: Value = {}
        self.mpi: Value = MpiConfiguration(call)
        self.pytorch: Value = PyTorchConfiguration(call)
        self.tensorflow: Value = TensorflowConfiguration(call)
        self.history: Value = HistoryConfiguration(call)
        self.spark: Value = Section("azureml.core.runconfig.SparkConfiguration", call, configuration={})
        self.amlcompute: Value = AmlComputeConfiguration(call)
        self.source_directory_data_store: Value = None

    @property
    def target(self) -> Value:
        """The compute target. The SDK keeps only its name; pipelift keeps what it knows of it."""
        return self._target

    @target.setter
    def target(self, value: Value) -> None:
        self.__dict__["_target"] = value

    @staticmethod
    def load(call: Call, path: Value, name: Value = None) -> Value:
        """The run configuration of a file: `path`, or ``<name>.runconfig`` in the places where the SDK looks."""
        unknown = find_unknown([path, name])
        if unknown is not None:
            return derived("the file of a run configuration is not known", call.span, unknown)
        runconfig = RunConfiguration(call)
        for value in (path, name):
            if not isinstance(value, (str, PurePath, type(None))):
                message = f"the file of a run configuration is {describe_kind(value)}, not a text"
                call.reporter.report("PL217", message, call.span)
                return runconfig
        file = _find_file(call, path, name)
        if file is None:
            file_name = str(path) if name is None else f"{path}/{name}.runconfig"
            problem = call.outside.problem(str(path))
            return find_unreadable(call, file_name, problem)
        try:
            data = read_yaml(call, file)
        except (OSError, ValueError):
            data = None
        if not isinstance(data, dict):
            return find_unreadable(call, file, "it is no run configuration")
        _fill_runconfig(call, runconfig, data, PurePosixPath(file).parent)
        return runconfig

    def save(
        self, call: Call, path: Value = None, name: Value = None, separate_environment_yaml: Value = False
    ) -> Value:
        """Nothing is written."""
        return None

    @staticmethod
    def delete(call: Call, path: Value, name: Value) -> Value:
        """Nothing is deleted."""
        return None


def _find_file(call: Call, path: Value, name: Value) -> str | None:
    if not isinstance(path, (str, PurePosixPath)):
        return None
    paths = [str(path)]
    if isinstance(name, str):
        paths = [f"{path}/{folder}{name}.runconfig" for folder in (".azureml/", "aml_config/", "")]
    return next((candidate for candidate in paths if call.outside.is_file(candidate)), None)


def _fill_runconfig(
    call: Call, runconfig: RunConfiguration, data: Mapping[str, Value], folder: PurePosixPath
) -> None:
    """Take over a run configuration's data; its paths start at the current folder, or beside the file."""
    runconfig.script, runconfig.arguments = data.get("script"), data.get("arguments")
    runconfig.command, runconfig.framework = data.get("command"), data.get("framework") or "Python"
    runconfig.target = data.get("target")
    communicator = data.get("communicator")
    runconfig.communicator = None if communicator == "None" else communicator
    runconfig.node_count = data.get("nodeCount") or DEFAULT_COUNT
    runconfig.max_run_duration_seconds = data.get("maxRunDurationSeconds")
    runconfig.environment_variables = dict(read_section(data, "environmentVariables"))
    processes = read_section(data, "mpi").get("processCountPerNode")
    runconfig.mpi = MpiConfiguration(call, processes or DEFAULT_COUNT)
    cluster = AmlComputeConfiguration(call)
    cluster.vm_size = read_section(data, "amlcompute").get("vmSize")
    cluster.vm_priority = read_section(data, "amlcompute").get("vmPriority")
    runconfig.amlcompute = cluster
    runconfig.docker = DockerSection(
        call, shm_size=read_section(data, "docker").get("shmSize") or DEFAULT_SHM_SIZE
    )
    environment = DefaultEnvironment(call)
    _fill_environment(call, environment, read_section(data, "environment"), folder)
    runconfig.environment = environment


def _fill_environment(
    call: Call, environment: Environment, data: Mapping[str, Value], folder: PurePosixPath
) -> None:
    python, _ = fill_environment(call, environment, data)
    file = read_section(data, "python").get("condaDependenciesFile")
    if file:
        path = next((p for p in (str(file), str(folder / str(file))) if call.outside.is_file(p)), str(file))
        python.conda_dependencies = CondaDependencies(call, path)


@sdk("azureml.core.runconfig", treatment="read", note="steps always run in containers, or locally")
class DockerConfiguration(ContainerSettings):
    """Docker settings of a run."""

    def __init__(
        self,
        call: Call,
        use_docker: Value = False,
        shared_volumes: Value = True,
        arguments: Value = None,
        shm_size: Value = DEFAULT_SHM_SIZE,
    ) -> None:
        self.span = call.span
        self.use_docker = use_docker
        self.shared_volumes = shared_volumes
        self.arguments = arguments
        self.shm_size = shm_size


@sdk("azureml.core.runconfig", treatment="approximated", note="a step gets one process on one node")
class MpiConfiguration(Modelled):
    """A job on several nodes or with several processes a node."""

    def __init__(
        self, call: Call, process_count_per_node: Value = DEFAULT_COUNT, node_count: Value = DEFAULT_COUNT
    ) -> None:
        self.span = call.span
        self.process_count_per_node = process_count_per_node
        self.node_count = node_count


@sdk("azureml.core.runconfig", treatment="approximated", note="a step gets one process on one node")
class PyTorchConfiguration(Modelled):
    """A distributed PyTorch job."""

    def __init__(
        self,
        call: Call,
        communication_backend: Value = "Nccl",
        process_count: Value = None,
        node_count: Value = DEFAULT_COUNT,
    ) -> None:
        self.span = call.span
        self.communication_backend = communication_backend
        self.process_count = process_count
        self.node_count = node_count


@sdk("azureml.core.runconfig", treatment="approximated", note="a step gets one process on one node")
class TensorflowConfiguration(Modelled):
    """A distributed TensorFlow job."""

    def __init__(self, call: Call, worker_count: Value = 1, parameter_server_count: Value = 1) -> None:
        self.span = call.span
        self.worker_count = worker_count
        self.parameter_server_count = parameter_server_count


@sdk("azureml.core.runconfig", treatment="read", note="what steps write to outputs and logs is always kept")
class HistoryConfiguration(Modelled):
    """What the service keeps of a run."""

    def __init__(self, call: Call) -> None:
        self.span = call.span
        self.output_collection: Value = True
        self.snapshot_project: Value = True
        self.directories_to_watch: Value = ["logs"]


@sdk("azureml.core.runconfig", treatment="read")
class AmlComputeConfiguration(Modelled):
    """The cluster that a run creates for itself: the older form of a compute target."""

    def __init__(self, call: Call) -> None:
        self.span = call.span
        self.vm_size: Value = None
        self.vm_priority: Value = None
        self.location: Value = None
        self.retain_cluster: Value = False
        self.cluster_max_node_count: Value = 1
