"""The sections of an `Environment`: Python, Docker with its registry and build context, Spark, R."""

from __future__ import annotations

from pipelift.compiler.evaluate.values import Call, Modelled, Unknown, Value, derived, find_unknown
from pipelift.compiler.sdk.core.conda import CondaDependencies, default_dependencies
from pipelift.compiler.sdk.core.unreadable import find_unreadable
from pipelift.compiler.sdk.registry import sdk

DEFAULT_INTERPRETER = "python"
"""The interpreter of an environment that names none."""

DEFAULT_SHM_SIZE = "2g"
"""The SDK's default for the shared memory of a container."""


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

    def __init__(self, call: Call, **options: Value) -> None:
        self.span = call.span
        self.conda_dependencies: Value = default_dependencies(call)
        self.user_managed_dependencies: Value = False
        self.interpreter_path: Value = DEFAULT_INTERPRETER
        self.base_conda_environment: Value = None
        self._call = call
        self._file: Value = None
        self.__dict__.update({name: value for name, value in options.items() if name in self.__dict__})

    @property
    def conda_dependencies_file(self) -> Value:
        """The path of the conda file."""
        return self._file

    @conda_dependencies_file.setter
    def conda_dependencies_file(self, path: Value) -> None:
        self._file = path
        if path is not None:
            self.conda_dependencies = CondaDependencies(self._call, path)


@sdk("azureml.core.container_registry", "azureml.core", "azureml.core.runconfig")
class ContainerRegistry(Modelled):
    """A private registry: its address becomes part of the image's name, its credentials are never carried."""

    def __init__(self, call: Call) -> None:
        self.span = call.span
        self.address: Value = None
        self.username: Value = None
        self.password: Value = None
        self.registry_identity: Value = None


class ContainerSettings(Modelled):
    """The container settings that environments and run configurations share."""

    shm_size: Value


@sdk("azureml.core.environment")
class DockerSection(ContainerSettings):
    """The image of an environment: of image, Dockerfile and build context, the one that is set last counts.

    `use_docker` is that of a run configuration's section of the same name.
    """

    def __init__(self, call: Call, **options: Value) -> None:
        self.span = call.span
        self.enabled: Value = None
        self.use_docker: Value = None
        self.base_image_registry: Value = ContainerRegistry(call)
        self.arguments: Value = []
        self.shared_volumes: Value = True
        self.gpu_support: Value = None
        self.shm_size: Value = DEFAULT_SHM_SIZE
        self.platform: Value = None
        self._call = call
        self._image: Value = None
        self._dockerfile: Value = None
        self._context: Value = None
        self.__dict__.update(options)

    @property
    def base_image(self) -> Value:
        """The image."""
        return self._image

    @base_image.setter
    def base_image(self, image: Value) -> None:
        self._image = image
        if image is not None:
            self._dockerfile = self._context = None

    @property
    def base_dockerfile(self) -> Value:
        """The text of the Dockerfile; a path is read at once."""
        return self._dockerfile

    @base_dockerfile.setter
    def base_dockerfile(self, text: Value) -> None:
        self._dockerfile = read_dockerfile(self._call, text)
        if text is not None:
            self._image = self._context = None

    @property
    def build_context(self) -> Value:
        """The folder to build in."""
        return self._context

    @build_context.setter
    def build_context(self, context: Value) -> None:
        self._context = context
        if context is not None:
            self._image = self._dockerfile = None


def read_dockerfile(call: Call, text: Value) -> Value:
    """The text of a Dockerfile, from a text, a path or an open file. A missing file is reported (PL206)."""
    if not isinstance(text, str):
        return text
    if call.outside.is_file(text):
        return call.read(text).decode("utf-8", "replace")
    if "\n" not in text and "from " not in text.lower():
        return find_unreadable(call, text, call.outside.problem(text))
    return text


for _name, _cls in {"PythonEnvironment": PythonSection, "DockerEnvironment": DockerSection}.items():
    sdk("azureml.core.environment", name=_name)(type(_name, (_cls,), {"__doc__": _cls.__doc__}))


@sdk("azureml.core.environment")
class DockerBuildContext(Modelled):
    """A folder to build an image in. `dockerfile` is the Dockerfile's text, `folder` where it lies."""

    def __init__(
        self,
        call: Call,
        location_type: Value = None,
        location: Value = None,
        dockerfile_path: Value = "Dockerfile",
    ) -> None:
        self.span = call.span
        self.folder = location
        unknown = find_unknown([location, dockerfile_path])
        path = f"{location or '.'}/{dockerfile_path}"
        self.dockerfile: Value = Unknown(
            "the build context is a Git repository or in the workspace's store", call.span
        )
        if unknown is not None:
            self.dockerfile = derived("the folder of a Dockerfile is not known", call.span, unknown)
        elif call.outside.is_file(path):
            self.dockerfile = call.read(path).decode("utf-8", "replace")

    @staticmethod
    def from_local_directory(
        call: Call, workspace: Value, path: Value, dockerfile_path: Value = "Dockerfile"
    ) -> Value:
        """A folder beside the program; one without its Dockerfile is reported."""
        context = DockerBuildContext(call, None, path, dockerfile_path)
        is_named = isinstance(path, str) and isinstance(dockerfile_path, str)
        if isinstance(context.dockerfile, Unknown) and is_named:
            dockerfile = f"{path}/{dockerfile_path}"
            context.dockerfile = find_unreadable(call, dockerfile, call.outside.problem(dockerfile))
        return context


@sdk("azureml.core.environment")
class SparkPackage(Modelled):
    """A Maven package for Spark."""

    def __init__(
        self, call: Call, group: Value = None, artifact: Value = None, version: Value = None
    ) -> None:
        self.span = call.span
        self.group = group
        self.artifact = artifact
        self.version = version


@sdk("azureml.core.environment", treatment="approximated", note="Spark's packages are not installed")
class SparkSection(Modelled):
    """What an environment adds to Spark."""

    def __init__(self, call: Call, **_: Value) -> None:
        self.span = call.span
        self.packages: Value = []
        self.repositories: Value = []
        self.precache_packages: Value = True


sdk(
    "azureml.core.environment",
    name="SparkEnvironment",
    treatment="approximated",
    note="Spark's packages are not installed",
)(type("SparkEnvironment", (SparkSection,), {"__doc__": SparkSection.__doc__}))


@sdk("azureml.core.environment", note="by conda, as r-NAME")
class RCranPackage(Modelled):
    """A package of CRAN."""

    def __init__(self, call: Call) -> None:
        self.span = call.span
        self.name: Value = None
        self.version: Value = None
        self.repository: Value = None


@sdk("azureml.core.environment", treatment="approximated", note="use an image that has the package")
class RGitHubPackage(Modelled):
    """An R package of GitHub."""

    def __init__(self, call: Call) -> None:
        self.span = call.span
        self.repository: Value = None
        self.auth_token: Value = None


@sdk("azureml.core.environment", note="R and packages of CRAN by conda")
class RSection(Modelled):
    """The R of an environment."""

    def __init__(self, call: Call) -> None:
        self.span = call.span
        self.r_version: Value = None
        self.user_managed: Value = False
        self.rscript_path: Value = None
        self.snapshot_date: Value = None
        self.cran_packages: Value = None
        self.github_packages: Value = None
        self.custom_url_packages: Value = None
        self.bioconductor_packages: Value = None
