"""`Environment`: what a step needs installed, and all of the SDK's functions that make one."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from pipelift.compiler.evaluate.values import Call, Modelled, Unknown, Value, derived
from pipelift.compiler.sdk.core.conda import DEFAULT_PYTHON, CondaDependencies, fill_dependencies
from pipelift.compiler.sdk.core.environment_sections import (
    DEFAULT_INTERPRETER,
    ContainerRegistry,
    DockerSection,
    PythonSection,
    Section,
    SparkSection,
)
from pipelift.compiler.sdk.core.mapping import WorkspaceMapping
from pipelift.compiler.sdk.core.requirement_files import path_text, read_requirements
from pipelift.compiler.sdk.core.unreadable import find_unreadable
from pipelift.compiler.sdk.record import record_of
from pipelift.compiler.sdk.registry import sdk


@sdk("azureml.core", "azureml.core.environment")
class Environment(Modelled):
    """An environment. `known` is False where only the workspace knows what it holds."""

    def __init__(self, call: Call, name: Value = None, **_: Value) -> None:
        self.span = call.span
        self.name = name
        self.version: Value = None
        self.known = True
        self.python: Value = PythonSection(call)
        self.docker: Value = DockerSection(call)
        self.spark: Value = SparkSection(call)
        self.databricks: Value = Section("azureml.core.databricks.DatabricksSection", call, cluster=None)
        self.r: Value = None
        self.environment_variables: Value = {}
        self.inferencing_stack_version: Value = None

    @staticmethod
    def get(call: Call, workspace: Value, name: Value, version: Value = None, label: Value = None) -> Value:
        """A registered or curated environment. Its content is known if the program itself has registered it."""
        registered = _registered_environments(call).get(name) if isinstance(name, str) else None
        if registered is not None:
            copied: Environment = registered.clone(call, name)
            return copied
        environment = Environment(call, name)
        environment.version, environment.known = version, False
        return environment

    @staticmethod
    def from_conda_specification(call: Call, name: Value, file_path: Value) -> Value:
        """An environment from a conda file. If the file names no Python, the SDK's default holds."""
        return make_environment(
            call, name, PythonSection(call, conda_dependencies=_read_conda_file(call, file_path))
        )

    @staticmethod
    def from_pip_requirements(call: Call, name: Value, file_path: Value, pip_version: Value = None) -> Value:
        """An environment from a requirements file."""
        return make_environment(
            call, name, PythonSection(call, conda_dependencies=_read_requirements(call, file_path))
        )

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
        docker = DockerSection(call)
        docker.base_image = image
        if container_registry is not None:
            docker.base_image_registry = container_registry
        return make_environment(call, name, _make_python(call, conda_specification, pip_requirements), docker)

    @staticmethod
    def from_dockerfile(
        call: Call,
        name: Value,
        dockerfile: Value,
        conda_specification: Value = None,
        pip_requirements: Value = None,
    ) -> Value:
        """An environment from a Dockerfile, given as text or as a path."""
        docker = DockerSection(call)
        docker.base_dockerfile = dockerfile
        return make_environment(call, name, _make_python(call, conda_specification, pip_requirements), docker)

    @staticmethod
    def from_existing_conda_environment(call: Call, name: Value, conda_environment_name: Value) -> Value:
        """An environment of the machine that defines the pipeline."""
        environment = Environment(call, name)
        environment.known = False
        return environment

    @staticmethod
    def from_docker_build_context(call: Call, name: Value, docker_build_context: Value) -> Value:
        """An environment from a folder with a Dockerfile."""
        docker = DockerSection(call)
        docker.build_context = docker_build_context
        return make_environment(call, name, PythonSection(call, user_managed_dependencies=True), docker)

    @staticmethod
    def load_from_directory(call: Call, path: Value) -> Value:
        """An environment from the files that `save_to_directory` wrote."""
        path = path_text(path)
        if isinstance(path, Unknown):
            return derived("an environment is read from a folder that is not known", call.span, path)
        if not isinstance(path, str):
            return Unknown("Environment.load_from_directory takes the path of a folder", call.span)
        environment = Environment(call)
        data = _read_definition(call, path)
        if isinstance(data, Unknown):
            return data
        python, docker = fill_environment(call, environment, data)
        if _may_exist(call, f"{path}/conda_dependencies.yml"):
            python.conda_dependencies = CondaDependencies(call, f"{path}/conda_dependencies.yml")
        if _may_exist(call, f"{path}/BaseDockerfile"):
            docker.base_dockerfile = f"{path}/BaseDockerfile"
        return environment

    @staticmethod
    def add_private_pip_wheel(
        call: Call, workspace: Value, file_path: Value, exist_ok: Value = False
    ) -> Value:
        """The address of an uploaded wheel: nothing is uploaded, so that no environment can install it."""
        path = path_text(file_path)
        wheel = f"the wheel '{path}'" if isinstance(path, str) else "a wheel"
        reason = (
            f"{wheel} would be uploaded to the workspace, from which no image installs it: put it into an image of "
            "your own or an index, and name that in the environment"
        )
        return Unknown(reason, call.span)

    @staticmethod
    def label(call: Call, workspace: Value, name: Value, version: Value, labels: Value) -> Value:
        """Nothing is labelled."""
        return None

    @staticmethod
    def list(call: Call, workspace: Value) -> Value:
        """The environments of the workspace, by name."""
        return WorkspaceMapping(
            "Environment.list()", call.span, lambda c, name: Environment.get(c, workspace, name)
        )

    def merged_with(self, other: Value) -> Value:
        """Merge one that is looked up in one branch and defined in the other: the definition says what it holds."""
        if not isinstance(other, Environment):
            return None
        names = (self.name, other.name)
        if self.name != other.name and not any(isinstance(name, Unknown) for name in names):
            return None
        if self.known and other.known:
            return None
        return self if self.known else other

    def doubt(self, cause: Unknown) -> None:
        """One that is only looked up may not be there."""
        if not self.known:
            self._doubted = cause

    def clone(self, call: Call, new_name: Value) -> Environment:
        """A copy under a new name; the clone of a curated environment has unknown content too."""
        copied = copy.copy(self)
        copied.__dict__.update(
            name=new_name if self.known else self.name,
            version=None if self.known else self.version,
            python=copy.copy(self.python),
            docker=copy.copy(self.docker),
            environment_variables=dict(self.environment_variables)
            if isinstance(self.environment_variables, dict)
            else self.environment_variables,
        )
        return copied

    def get_image_details(self, call: Call, workspace: Value) -> Value:
        """Not known."""
        return Unknown("only the workspace knows the images of its environments", call.span)

    def build_local(self, call: Call, workspace: Value, platform: Value = None, **_: Value) -> Value:
        """Nothing is built."""
        return self.build(call, workspace)

    def register(self, call: Call, workspace: Value) -> Value:
        """The same: nothing is registered, but it can be looked up by its name from now on."""
        if isinstance(self.name, str) and self.known:
            call.touch(_registered_environments(call))
            _registered_environments(call)[self.name] = self.clone(call, self.name)
        return self

    def build(self, call: Call, workspace: Value, image_build_compute: Value = None) -> Value:
        """Nothing is built."""
        return Unknown("pipelift builds nothing while it evaluates", call.span)

    def save_to_directory(self, call: Call, path: Value, overwrite: Value = False) -> Value:
        """Nothing is written."""
        return None


@dataclass(slots=True)
class EnvironmentRecord:
    """The environments that the program registers, by name; later look-ups return them."""

    environments: dict[str, Environment] = field(default_factory=dict)


def _registered_environments(call: Call) -> dict[str, Environment]:
    return record_of(call).part(EnvironmentRecord).environments


def make_environment(
    call: Call, name: Value, python: PythonSection, docker: DockerSection | None = None
) -> Environment:
    """An environment of these sections; without `docker` the SDK's default one."""
    environment = Environment(call, name)
    environment.python = python
    environment.docker = environment.docker if docker is None else docker
    return environment


def _make_python(call: Call, conda: Value, pip: Value) -> PythonSection:
    """The Python of an image: with the packages of a file, or, without one, that which the image has."""
    if conda is not None:
        return PythonSection(call, conda_dependencies=_read_conda_file(call, conda))
    if pip is not None:
        return PythonSection(call, conda_dependencies=_read_requirements(call, pip))
    return PythonSection(call, user_managed_dependencies=True)


def _read_conda_file(call: Call, path: Value) -> CondaDependencies:
    dependencies = CondaDependencies(call, path)
    dependencies._python = DEFAULT_PYTHON if dependencies._python is None else dependencies._python
    return dependencies


def _read_requirements(call: Call, path: Value) -> CondaDependencies:
    dependencies = CondaDependencies(call)
    dependencies._python, dependencies._pip = DEFAULT_PYTHON, read_requirements(call, path)
    return dependencies


def _may_exist(call: Call, path: str) -> bool:
    """Whether a file is there, or cannot be looked for, which whoever reads it reports."""
    return call.outside.is_file(path) or call.outside.refusal(path) is not None


def _read_definition(call: Call, path: str) -> dict[str, Value] | Unknown:
    """The data of ``azureml_environment.json`` in the folder `path`; unknown where it cannot be read (PL206)."""
    try:
        data = json.loads(call.read(f"{path}/azureml_environment.json"))
        problem = "" if isinstance(data, dict) else "it is no environment"
    except (OSError, ValueError) as error:
        data, problem = None, getattr(error, "strerror", None) or "it is no JSON"
    if isinstance(data, dict):
        return data
    return find_unreadable(call, f"{path}/azureml_environment.json", problem)


def fill_environment(
    call: Call, environment: Environment, data: Mapping[str, Value]
) -> tuple[PythonSection, DockerSection]:
    """Take over the data of an environment in a run configuration or definition, without its conda file.

    Returns the new sections of `environment`.
    """
    environment.name, environment.version = data.get("name") or environment.name, data.get("version")
    environment.environment_variables = dict(read_section(data, "environmentVariables"))
    python = _read_python(call, read_section(data, "python"))
    docker = _read_docker(call, read_section(data, "docker"))
    environment.python, environment.docker = python, docker
    return python, docker


def _read_python(call: Call, data: Mapping[str, Value]) -> PythonSection:
    filled = PythonSection(call, user_managed_dependencies=data.get("userManagedDependencies") is True)
    filled.interpreter_path = data.get("interpreterPath") or DEFAULT_INTERPRETER
    packages = data.get("condaDependencies")
    if isinstance(packages, dict):
        dependencies = CondaDependencies(call)
        try:
            fill_dependencies(dependencies, packages)
        except ValueError as error:
            finding = call.reporter.find("PL206", f"condaDependencies cannot be read: {error}", call.span)
            reason = "the packages of a definition cannot be read"
            dependencies.add_pip_package(call, Unknown(reason, call.span, finding=finding))
        filled.conda_dependencies = dependencies
    return filled


def _read_docker(call: Call, data: Mapping[str, Value]) -> DockerSection:
    registry = ContainerRegistry(call)
    registry.address = read_section(data, "baseImageRegistry").get("address")
    filled = DockerSection(call, base_image_registry=registry)
    if data.get("baseImage") is not None:
        filled.base_image = data["baseImage"]
    if data.get("baseDockerfile") is not None:
        filled.base_dockerfile = data["baseDockerfile"]
    return filled


def read_section(data: Mapping[str, Value], name: str) -> dict[str, Value]:
    """The mapping under `name`, empty if there is none."""
    part = data.get(name)
    return part if isinstance(part, dict) else {}


@sdk("azureml.core.environment")
class EnvironmentReference(Environment):
    """An environment of the workspace, by name and version."""

    def __init__(self, call: Call, name: Value, version: Value = None) -> None:
        super().__init__(call, name)
        self.version = version
        self.known = False

    def get_environment(self, call: Call, workspace: Value) -> Value:
        """The environment."""
        return Environment.get(call, workspace, self.name, self.version)


class DefaultEnvironment(Environment):
    """The environment of a new `RunConfiguration`: the SDK's default until the program changes it."""

    sdk_name = "azureml.core.environment.Environment"
