"""`CondaDependencies`: packages by conda and pip."""

from __future__ import annotations

from typing import Any

from pipelift.compiler.evaluate.values import Call, Modelled, Value
from pipelift.compiler.sdk.registry import sdk
from pipelift.compiler.sdk.yaml_files import read_yaml, yaml_text

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
        self._untouched = False
        if conda_dependencies_file_path is not None:
            self._read(call, conda_dependencies_file_path)

    @property
    def untouched(self) -> bool:
        """Whether this is an environment's default, as it was made."""
        return self._untouched

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
            fill_dependencies(self, read_yaml(call, path))
        except (OSError, ValueError, AttributeError) as error:
            reason = getattr(error, "strerror", None) or "it is no conda file"
            call.reporter.report("PL206", f"'{path}' cannot be read: {reason}", call.span)

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
    def pip_packages(self) -> Value:
        """The pip packages, as a list of its own."""
        return list(self._pip)

    @property
    def conda_packages(self) -> Value:
        """The conda packages, as a list of its own."""
        return list(self._conda)

    @property
    def conda_channels(self) -> Value:
        """The channels, as a list of its own."""
        return list(self._channels)

    def get_python_version(self, call: Call) -> Value:
        """The version of Python."""
        return self._python

    @property
    def python(self) -> Value:
        """The version of Python; None where the file names none."""
        return self._python

    def add_pip_package(self, call: Call, pip_package: Value) -> Value:
        """Add a pip package."""
        self._untouched = False
        call.touch(self._pip)
        self._pip.append(pip_package)
        return None

    def add_conda_package(self, call: Call, conda_package: Value) -> Value:
        """Add a conda package."""
        self._untouched = False
        call.touch(self._conda)
        self._conda.append(conda_package)
        return None

    def add_channel(self, call: Call, channel: Value) -> Value:
        """Add a channel."""
        self._untouched = False
        call.touch(self._channels)
        self._channels.append(channel)
        return None

    def add_tensorflow_pip_package(
        self, call: Call, core_type: Value = "cpu", version: Value = None
    ) -> Value:
        """Add TensorFlow; the package for the GPU is the same today."""
        return self.add_pip_package(call, f"tensorflow=={version}" if version else "tensorflow")

    def add_tensorflow_conda_package(
        self, call: Call, core_type: Value = "cpu", version: Value = None
    ) -> Value:
        """Add TensorFlow by conda."""
        return self.add_conda_package(call, f"tensorflow={version}" if version else "tensorflow")

    def remove_channel(self, call: Call, channel: Value) -> Value:
        """Drop a channel."""
        call.touch(self._channels)
        self._channels[:] = [one for one in self._channels if one != channel]
        return None

    def set_pip_option(self, call: Call, pip_option: Value) -> Value:
        """Where pip looks is the business of whoever builds the image."""
        return None

    def set_pip_index_url(self, call: Call, index_url: Value) -> Value:
        """As `set_pip_option`."""
        return None

    def remove_pip_option(self, call: Call, pip_option: Value) -> Value:
        """As `set_pip_option`."""
        return None

    def remove_pip_package(self, call: Call, pip_package: Value) -> Value:
        """Drop a pip package."""
        self._untouched = False
        call.touch(self._pip)
        self._pip[:] = [one for one in self._pip if one != pip_package]
        return None

    def remove_conda_package(self, call: Call, conda_package: Value) -> Value:
        """Drop a conda package."""
        self._untouched = False
        call.touch(self._conda)
        self._conda[:] = [one for one in self._conda if one != conda_package]
        return None

    def set_python_version(self, call: Call, version: Value) -> Value:
        """Set the version of Python."""
        self._untouched = False
        self._python = version
        return None

    def set_pip_requirements(self, call: Call, pip_requirements: Value) -> Value:
        """Replace the pip packages."""
        self._untouched = False
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
        return yaml_text({"dependencies": entries})


def default_dependencies(call: Call) -> CondaDependencies:
    """What an environment holds before the program says anything."""
    made = CondaDependencies(call)
    made._python, made._pip, made._untouched = DEFAULT_PYTHON, ["azureml-defaults"], True
    return made


def fill_dependencies(made: CondaDependencies, data: Any) -> None:
    """Take over a conda file's data. Raises `AttributeError` where it is none."""
    dependencies = data.get("dependencies") or []
    made._untouched = False
    made._channels = list(data.get("channels") or [])
    made._python = None
    for entry in dependencies:
        if isinstance(entry, dict):
            made._pip.extend(entry.get("pip") or [])
        elif str(entry).split("=")[0].strip() == "python":
            made._python = str(entry).partition("=")[2].lstrip("=") or None
        else:
            made._conda.append(str(entry))
