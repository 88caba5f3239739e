"""`Environment` and its sections: what a step needs installed."""

from __future__ import annotations

import copy

from pipelift.compiler.evaluate.values import Call, Modelled, Unknown, Value
from pipelift.compiler.sdk.conda import DEFAULT_PYTHON, CondaDependencies, default_dependencies
from pipelift.compiler.sdk.registry import sdk


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


@sdk("azureml.core.environment")
class PythonSection(Modelled):
    """The Python of an environment. A conda file that is named by its path is read at once."""

    def __init__(self, call: Call, **_: Value) -> None:
        self.span = call.span
        self.conda_dependencies: Value = default_dependencies(call)
        self.user_managed_dependencies: Value = False
        self.interpreter_path: Value = "python"
        self.base_conda_environment: Value = None
        self._call = call
        self._file: Value = None

    @property
    def conda_dependencies_file(self) -> Value:
        """The path of the conda file."""
        return self._file

    @conda_dependencies_file.setter
    def conda_dependencies_file(self, path: Value) -> None:
        self._file = path
        if path is not None:
            self.conda_dependencies = CondaDependencies(self._call, path)


@sdk("azureml.core.environment")
class DockerSection(Modelled):
    """The image of an environment. `use_docker` is that of a run configuration's section of the same name."""

    def __init__(self, call: Call, **options: Value) -> None:
        self.span = call.span
        self.enabled: Value = None
        self.use_docker: Value = None
        self.base_image: Value = None
        self.base_dockerfile: Value = None
        self.base_image_registry = ContainerRegistry(call)
        self.build_context: Value = None
        self.arguments: Value = []
        self.shared_volumes: Value = True
        self.gpu_support: Value = None
        self.shm_size: Value = "2g"
        self.platform: Value = None
        self.__dict__.update(options)


@sdk("azureml.core.container_registry", "azureml.core", "azureml.core.runconfig", fate="read")
class ContainerRegistry(Modelled):
    """A private registry: its password is a reference, never carried."""

    def __init__(self, call: Call) -> None:
        self.span = call.span
        self.address: Value = None
        self.username: Value = None
        self.password: Value = None


for _name, _cls in {"PythonEnvironment": PythonSection, "DockerEnvironment": DockerSection}.items():
    sdk("azureml.core.environment", name=_name)(type(_name, (_cls,), {"__doc__": _cls.__doc__}))


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
        self.spark = Section("azureml.core.environment.SparkSection", call, packages=[], repositories=[])
        self.databricks = Section("azureml.core.databricks.DatabricksSection", call, cluster=None)
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
        made.python.conda_dependencies = CondaDependencies(call, file_path)
        return made

    @staticmethod
    def from_pip_requirements(call: Call, name: Value, file_path: Value, pip_version: Value = None) -> Value:
        """An environment from a requirements file."""
        made = Environment(call, name)
        dependencies = CondaDependencies.create(call, pip_packages=requirements(call, file_path))
        dependencies._python = DEFAULT_PYTHON
        made.python.conda_dependencies = dependencies
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
        made.docker.base_image = image
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
        made.docker.base_dockerfile = dockerfile
        _add_files(call, made, conda_specification, pip_requirements)
        return made

    @staticmethod
    def from_existing_conda_environment(call: Call, name: Value, conda_environment_name: Value) -> Value:
        """An environment of the machine that defines the pipeline."""
        made = Environment(call, name)
        made.known = False
        return made

    @staticmethod
    def from_docker_build_context(call: Call, name: Value, docker_build_context: Value) -> Value:
        """An environment from a folder with a Dockerfile, of which only the Dockerfile is read."""
        made = Environment(call, name)
        made.docker.base_dockerfile = getattr(docker_build_context, "dockerfile", None)
        made.python.user_managed_dependencies = True
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
        made.python.conda_dependencies = CondaDependencies(call, conda)
    elif pip is not None:
        packages = requirements(call, pip)
        made.python.conda_dependencies = CondaDependencies.create(call, pip_packages=packages)
    else:
        made.python.user_managed_dependencies = True


def requirements(call: Call, path: Value) -> list[Value]:
    """The lines of a requirements file that name packages; what makes it unreadable is reported."""
    if not isinstance(path, str):
        return [path]
    try:
        text = call.outside.read(path).decode("utf-8", "replace")
    except OSError as error:
        call.reporter.report("PL206", f"'{path}' cannot be read: {error.strerror}", call.span)
        return []
    lines = (line.split(" #", 1)[0].strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith(("#", "-"))]


@sdk("azureml.core.environment", fate="approximated", note="only the Dockerfile is read")
class DockerBuildContext(Modelled):
    """A folder with a Dockerfile. `dockerfile` is its text."""

    def __init__(
        self,
        call: Call,
        location_type: Value = None,
        location: Value = None,
        dockerfile_path: Value = "Dockerfile",
    ) -> None:
        self.span = call.span
        path = f"{location or '.'}/{dockerfile_path}"
        self.dockerfile: Value = Unknown("the Dockerfile is elsewhere", call.span)
        if call.outside.is_file(path):
            self.dockerfile = call.outside.read(path).decode("utf-8", "replace")

    @staticmethod
    def from_local_directory(
        call: Call, workspace: Value, path: Value, dockerfile_path: Value = "Dockerfile"
    ) -> Value:
        """A folder beside the program."""
        return DockerBuildContext(call, None, path, dockerfile_path)


class DefaultEnvironment(Environment):
    """The environment of a new `RunConfiguration`: the SDK's default until the program changes it."""

    sdk_name = "azureml.core.environment.Environment"
