"""`Environment`, `CondaDependencies` and `RunConfiguration`: what a step needs installed."""

from __future__ import annotations

import copy

import yaml
from pipelift.compiler.evaluate.values import Call, Modelled, Unknown, Value
from pipelift.compiler.sdk.registry import sdk

DEFAULT_PYTHON = "3.8.13"
"""The Python of an environment that names none (measured: `_generate_default_runconfig`)."""

CONDA_PYTHON = "3.10.18"
"""The Python of `CondaDependencies.create()` (measured; it differs from the environment's own)."""


@sdk("azureml.core.conda_dependencies", "azureml.core")
class CondaDependencies(Modelled):
    """Packages by conda and pip."""

    def __init__(
        self, call: Call, conda_dependencies_file_path: Value = None, _underlying_structure: Value = None
    ) -> None:
        self.span = call.span
        self._conda: list[Value] = []
        self._pip: list[Value] = []
        self._channels: list[Value] = []
        self._python: Value = CONDA_PYTHON
        if conda_dependencies_file_path is not None:
            self._read(call, conda_dependencies_file_path)

    @staticmethod
    def create(
        call: Call,
        pip_indexurl: Value = None,
        pip_packages: Value = None,
        conda_packages: Value = None,
        python_version: Value = CONDA_PYTHON,
        pin_sdk_version: Value = True,
    ) -> Value:
        """Packages from lists."""
        made = CondaDependencies(call)
        made._pip = (
            list(pip_packages)
            if isinstance(pip_packages, (list, tuple))
            else [pip_packages or "azureml-defaults"]
        )
        made._conda = list(conda_packages) if isinstance(conda_packages, (list, tuple)) else []
        made._python = python_version
        return made

    def _read(self, call: Call, path: Value) -> None:
        """Take over a conda file; a mistake in it is reported."""
        if not isinstance(path, str):
            self._pip.append(path)
            return
        try:
            data = yaml.safe_load(call.outside.read(path))
            dependencies = data.get("dependencies") or []
        except (OSError, yaml.YAMLError, AttributeError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is no conda file"
            call.reporter.report("PL206", f"'{path}' cannot be read: {reason}", call.span)
            return
        self._channels = list(data.get("channels") or [])
        self._python = None
        for entry in dependencies:
            if isinstance(entry, dict):
                self._pip.extend(entry.get("pip") or [])
            elif str(entry).split("=")[0].strip() == "python":
                self._python = str(entry).partition("=")[2].lstrip("=") or None
            else:
                self._conda.append(str(entry))

    @property
    def conda(self) -> list[Value]:
        """The conda packages, Python not among them."""
        return self._conda

    @property
    def pip(self) -> list[Value]:
        """The pip packages."""
        return self._pip

    @property
    def channels(self) -> list[Value]:
        """The conda channels."""
        return self._channels

    @property
    def python(self) -> Value:
        """The version of Python; None where the file names none."""
        return self._python

    def add_pip_package(self, call: Call, pip_package: Value) -> Value:
        """Add a pip package."""
        call.touch(self._pip)
        self._pip.append(pip_package)
        return None

    def add_conda_package(self, call: Call, conda_package: Value) -> Value:
        """Add a conda package."""
        call.touch(self._conda)
        self._conda.append(conda_package)
        return None

    def add_channel(self, call: Call, channel: Value) -> Value:
        """Add a channel."""
        call.touch(self._channels)
        self._channels.append(channel)
        return None

    def remove_pip_package(self, call: Call, pip_package: Value) -> Value:
        """Drop a pip package."""
        call.touch(self._pip)
        self._pip[:] = [one for one in self._pip if one != pip_package]
        return None

    def remove_conda_package(self, call: Call, conda_package: Value) -> Value:
        """Drop a conda package."""
        call.touch(self._conda)
        self._conda[:] = [one for one in self._conda if one != conda_package]
        return None

    def set_python_version(self, call: Call, version: Value) -> Value:
        """Set the version of Python."""
        self._python = version
        return None

    def set_pip_requirements(self, call: Call, pip_requirements: Value) -> Value:
        """Replace the pip packages."""
        call.touch(self._pip)
        self._pip[:] = (
            list(pip_requirements) if isinstance(pip_requirements, (list, tuple)) else [pip_requirements]
        )
        return None

    def save(self, call: Call, path: Value = None) -> Value:
        """Write nothing to disk: the file appears in the overlay."""
        return self.save_to_file(call, ".", path)

    def save_to_file(self, call: Call, base_directory: Value, conda_file_path: Value = None) -> Value:
        """Write nothing to disk: the file appears in the overlay."""
        if isinstance(conda_file_path, str):
            call.touch(call.outside.written)
            call.outside.written[str(call.outside.resolve(conda_file_path))] = self._text().encode()
        return conda_file_path

    def serialize_to_string(self, call: Call) -> Value:
        """The text of the conda file."""
        return self._text()

    def _text(self) -> str:
        pip = [one for one in self._pip if isinstance(one, str)]
        entries: list[object] = [
            f"python={self._python}",
            *(c for c in self._conda if isinstance(c, str)),
            {"pip": pip},
        ]
        return yaml.safe_dump({"dependencies": entries}, sort_keys=False)


class Section(Modelled):
    """A part of an environment or a run configuration: plain attributes."""

    def __init__(self, sdk_name: str, call: Call, **attributes: Value) -> None:
        self.__dict__["_name"] = sdk_name
        self.span = call.span
        self.__dict__.update(attributes)

    @property
    def sdk_name(self) -> str:  # type: ignore[override]  # each section has a name of its own
        """The name for messages."""
        return str(self.__dict__["_name"])


def _docker(call: Call) -> Section:
    return Section(
        "azureml.core.environment.DockerSection",
        call,
        enabled=None,
        base_image=None,
        base_dockerfile=None,
        base_image_registry=Section(
            "azureml.core.ContainerRegistry", call, address=None, username=None, password=None
        ),
        arguments=[],
        shared_volumes=True,
        gpu_support=None,
        shm_size="2g",
        platform=None,
        use_docker=None,
    )


@sdk("azureml.core", "azureml.core.environment")
class Environment(Modelled):
    """An environment. `known` is False where only the workspace knows what it holds."""

    def __init__(self, call: Call, name: Value = None, **_: Value) -> None:
        self.span = call.span
        self.name = name
        self.version: Value = None
        self.known = True
        self.python = Section(
            "azureml.core.environment.PythonSection",
            call,
            conda_dependencies=None,
            conda_dependencies_file=None,
            user_managed_dependencies=False,
            interpreter_path="python",
        )
        self.docker = _docker(call)
        self.spark = Section("azureml.core.environment.SparkSection", call, packages=[], repositories=[])
        self.r: Value = None
        self.environment_variables: Value = {}
        self.inferencing_stack_version: Value = None

    @staticmethod
    def get(call: Call, workspace: Value, name: Value, version: Value = None, label: Value = None) -> Value:
        """A registered or curated environment."""
        found = Environment(call, name)
        found.version, found.known = version, False
        return found

    @staticmethod
    def from_conda_specification(call: Call, name: Value, file_path: Value) -> Value:
        """An environment from a conda file."""
        made = Environment(call, name)
        made.python.conda_dependencies = CondaDependencies(call, file_path)  # type: ignore[attr-defined]
        return made

    @staticmethod
    def from_pip_requirements(call: Call, name: Value, file_path: Value, pip_version: Value = None) -> Value:
        """An environment from a requirements file."""
        made = Environment(call, name)
        dependencies = CondaDependencies.create(call, pip_packages=_requirements(call, file_path))
        dependencies._python = DEFAULT_PYTHON
        made.python.conda_dependencies = dependencies  # type: ignore[attr-defined]
        return made

    @staticmethod
    def from_docker_image(
        call: Call,
        name: Value,
        image: Value,
        container_registry: Value = None,
        conda_specification: Value = None,
        pip_requirements: Value = None,
    ) -> Value:
        """An environment from an image."""
        made = Environment(call, name)
        made.docker.base_image = image  # type: ignore[attr-defined]
        _add_files(call, made, conda_specification, pip_requirements)
        return made

    @staticmethod
    def from_dockerfile(
        call: Call,
        name: Value,
        dockerfile: Value,
        conda_specification: Value = None,
        pip_requirements: Value = None,
    ) -> Value:
        """An environment from a Dockerfile, given as text or as a path."""
        made = Environment(call, name)
        if isinstance(dockerfile, str) and call.outside.is_file(dockerfile):
            dockerfile = call.outside.read(dockerfile).decode("utf-8", "replace")
        made.docker.base_dockerfile = dockerfile  # type: ignore[attr-defined]
        _add_files(call, made, conda_specification, pip_requirements)
        return made

    @staticmethod
    def from_existing_conda_environment(call: Call, name: Value, conda_environment_name: Value) -> Value:
        """An environment of the machine that defines the pipeline."""
        made = Environment(call, name)
        made.known = False
        return made

    @staticmethod
    def list(call: Call, workspace: Value) -> Value:
        """Not known."""
        return Unknown("only the workspace knows its environments", call.span)

    def clone(self, call: Call, new_name: Value) -> Value:
        """A copy with a name of its own; a clone of a curated environment is as unknown as that."""
        made = copy.copy(self)
        made.__dict__.update(
            name=new_name if self.known else self.name,
            python=copy.copy(self.python),
            docker=copy.copy(self.docker),
            environment_variables=dict(self.environment_variables)
            if isinstance(self.environment_variables, dict)
            else self.environment_variables,
        )
        return made

    def register(self, call: Call, workspace: Value) -> Value:
        """The same: nothing is registered."""
        return self

    def build(self, call: Call, workspace: Value, image_build_compute: Value = None) -> Value:
        """Nothing is built."""
        return Unknown("pipelift builds nothing while it evaluates", call.span)

    def save_to_directory(self, call: Call, path: Value, overwrite: Value = False) -> Value:
        """Nothing is written."""
        return None


def _add_files(call: Call, made: Environment, conda: Value, pip: Value) -> None:
    if conda is not None:
        made.python.conda_dependencies = CondaDependencies(call, conda)  # type: ignore[attr-defined]
    elif pip is not None:
        packages = _requirements(call, pip)
        made.python.conda_dependencies = CondaDependencies.create(call, pip_packages=packages)  # type: ignore[attr-defined]
    else:
        made.python.user_managed_dependencies = True  # type: ignore[attr-defined]


def _requirements(call: Call, path: Value) -> list[Value]:
    if not isinstance(path, str):
        return [path]
    try:
        text = call.outside.read(path).decode("utf-8", "replace")
    except OSError as error:
        call.reporter.report("PL206", f"'{path}' cannot be read: {error.strerror}", call.span)
        return []
    lines = (line.split(" #", 1)[0].strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith(("#", "-"))]


class DefaultEnvironment(Environment):
    """The environment of a new `RunConfiguration`: the SDK's default until the program changes it."""

    sdk_name = "azureml.core.environment.Environment"


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
        self.environment: Value = DefaultEnvironment(call)
        if conda_dependencies is not None:
            self.environment.python.conda_dependencies = conda_dependencies
        self.docker: Value = _docker(call)
        self.node_count: Value = 1
        self.max_run_duration_seconds: Value = None
        self.auto_prepare_environment: Value = None
        self.environment_variables: Value = {}
        self.data_references: Value = {}
        self.data: Value = {}
        self.output_data: Value = {}
        self.mpi = Section(
            "azureml.core.runconfig.MpiConfiguration", call, process_count_per_node=1, node_count=1
        )
        self.history = Section("azureml.core.runconfig.HistoryConfiguration", call, output_collection=True)
        self.amlcompute = Section(
            "azureml.core.runconfig.AmlComputeConfiguration", call, vm_size=None, vm_priority=None
        )
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
        """A run configuration from a file, which pipelift does not read yet."""
        return Unknown("a run configuration from a file is not read yet", call.span)

    def save(
        self, call: Call, path: Value = None, name: Value = None, separate_environment_yaml: Value = False
    ) -> Value:
        """Nothing is written."""
        return None


@sdk("azureml.core.runconfig")
class DockerConfiguration(Modelled):
    """Docker settings of a run."""

    def __init__(
        self,
        call: Call,
        use_docker: Value = False,
        shared_volumes: Value = True,
        arguments: Value = None,
        shm_size: Value = "2g",
    ) -> None:
        self.span = call.span
        self.use_docker = use_docker
        self.shared_volumes = shared_volumes
        self.arguments = arguments
        self.shm_size = shm_size


@sdk("azureml.core.runconfig")
class MpiConfiguration(Modelled):
    """A job on several nodes or with several processes a node."""

    def __init__(self, call: Call, process_count_per_node: Value = 1, node_count: Value = 1) -> None:
        self.span = call.span
        self.process_count_per_node = process_count_per_node
        self.node_count = node_count


@sdk("azureml.core.container_registry", "azureml.core", "azureml.core.runconfig")
class ContainerRegistry(Modelled):
    """A private registry: its password is a reference, never carried."""

    def __init__(self, call: Call) -> None:
        self.span = call.span
        self.address: Value = None
        self.username: Value = None
        self.password: Value = None
