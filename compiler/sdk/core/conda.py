"""`CondaDependencies`: packages by conda and pip."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping

from pipelift.compiler.evaluate.values import Call, Modelled, Value
from pipelift.compiler.sdk.core.requirement_files import (
    expand_entries,
    is_option,
    package_name,
    path_text,
)
from pipelift.compiler.sdk.core.unreadable import find_unreadable
from pipelift.compiler.sdk.registry import sdk
from pipelift.compiler.sdk.yaml_files import read_yaml, yaml_text

DEFAULT_PYTHON = "3.8.13"
"""The Python of an environment that names none (measured: `_generate_default_runconfig`)."""

CONDA_PYTHON = "3.10.18"
"""The Python of `CondaDependencies.create()` (measured; it differs from the environment's own)."""

_PYTHONS = tuple(f"3.{minor}" for minor in range(14, 5, -1))
"""The versions of Python that an image may have, the newest first."""


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
        """Whether these are an environment's default packages, unchanged."""
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
        dependencies = CondaDependencies(call)
        dependencies._python = python_version
        if pip_indexurl is not None:
            dependencies.set_pip_option(call, _format_option("--find-links", pip_indexurl))
        for package in list_packages(pip_packages, "azureml-defaults"):
            dependencies.add_pip_package(call, package)
        for package in list_packages(conda_packages):
            dependencies.add_conda_package(call, package)
        return dependencies

    @staticmethod
    def merge_requirements(call: Call, requirements: Value) -> Value:
        """The requirements, each once."""
        return list(dict.fromkeys(requirements)) if isinstance(requirements, (list, tuple)) else requirements

    def _read(self, call: Call, path: Value) -> None:
        """Take over a conda file; a mistake in it is reported."""
        path = path_text(path)
        if not isinstance(path, str):
            self._pip.append(path)
            return
        try:
            fill_dependencies(self, read_yaml(call, path))
            self._pip[:] = expand_entries(call, self._pip, posixpath.dirname(path))
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "it is no conda file"
            self._pip.append(find_unreadable(call, path, reason))

    @property
    def conda(self) -> list[Value]:
        """The conda packages, Python not among them."""
        return self._conda

    @property
    def pip(self) -> list[Value]:
        """The pip packages and the options for pip."""
        return self._pip

    @property
    def channels(self) -> list[Value]:
        """The conda channels."""
        return self._channels

    @property
    def pip_packages(self) -> Value:
        """The pip packages, as a new list."""
        return [entry for entry in self._pip if not is_option(entry)]

    @property
    def pip_options(self) -> Value:
        """The options for pip, as a new list."""
        return [entry for entry in self._pip if is_option(entry)]

    @property
    def conda_packages(self) -> Value:
        """The conda packages, as a new list."""
        return list(self._conda)

    @property
    def conda_channels(self) -> Value:
        """The channels, as a new list."""
        return list(self._channels)

    def get_python_version(self, call: Call) -> Value:
        """The version of Python."""
        return self._python

    @property
    def python(self) -> Value:
        """The version of Python; None where the file names none."""
        return self._python

    def _touch(self, call: Call, entries: list[Value]) -> None:
        """Tell the journal that `entries` is about to change."""
        call.touch(self.__dict__)
        call.touch(entries)
        self._untouched = False

    def add_pip_package(self, call: Call, pip_package: Value) -> Value:
        """Add a pip package; it takes the place of one of the same name."""
        self.remove_pip_package(call, pip_package)
        self._pip.append(pip_package)
        return None

    def add_conda_package(self, call: Call, conda_package: Value) -> Value:
        """Add a conda package; ``python=3.8`` sets the version of Python."""
        self._touch(call, self._conda)
        if isinstance(conda_package, str) and _is_python(conda_package):
            self._python = find_python(conda_package) or self._python
        elif not (isinstance(conda_package, str) and conda_package in self._conda):
            self._conda.append(conda_package)
        return None

    def add_channel(self, call: Call, channel: Value) -> Value:
        """Add a channel."""
        self._touch(call, self._channels)
        if not (isinstance(channel, str) and channel in self._channels):
            self._channels.append(channel)
        return None

    def add_cntk_package(self, call: Call, core_type: Value = "cpu") -> Value:
        """Add the Microsoft Cognitive Toolkit."""
        return self.add_pip_package(call, "cntk" if core_type == "cpu" else "cntk-gpu")

    def add_tensorflow_pip_package(
        self, call: Call, core_type: Value = "cpu", version: Value = None
    ) -> Value:
        """Add TensorFlow for the CPU or the GPU."""
        name = "tensorflow-gpu" if core_type == "gpu" else "tensorflow"
        return self.add_pip_package(call, pin_package(name, "==", version))

    def add_tensorflow_conda_package(
        self, call: Call, core_type: Value = "cpu", version: Value = None
    ) -> Value:
        """Add TensorFlow by conda."""
        name = "tensorflow-gpu" if core_type == "gpu" else "tensorflow"
        return self.add_conda_package(call, pin_package(name, "=", version))

    def remove_channel(self, call: Call, channel: Value) -> Value:
        """Drop a channel."""
        self._touch(call, self._channels)
        self._channels[:] = [other for other in self._channels if other != channel]
        return None

    def set_pip_option(self, call: Call, pip_option: Value) -> Value:
        """Set an option for pip, as ``--extra-index-url URL``; it takes the place of an earlier one of that name."""
        self.remove_pip_option(call, pip_option)
        self._pip.append(pip_option)
        return None

    def set_pip_index_url(self, call: Call, index_url: Value) -> Value:
        """As `set_pip_option`; a bare URL, which the SDK refuses, is taken as the index."""
        return self.set_pip_option(
            call, index_url if is_option(index_url) else _format_option("--index-url", index_url)
        )

    def remove_pip_option(self, call: Call, pip_option: Value) -> Value:
        """Drop an option for pip."""
        self._touch(call, self._pip)
        if isinstance(pip_option, str):
            name = pip_option.split()[:1]
            self._pip[:] = [
                entry for entry in self._pip if not (is_option(entry) and entry.split()[:1] == name)
            ]
        return None

    def remove_pip_package(self, call: Call, pip_package: Value) -> Value:
        """Remove the pip package of that name, in any version."""
        self._touch(call, self._pip)
        if isinstance(pip_package, str):
            name = package_name(pip_package)
            self._pip[:] = [
                entry for entry in self._pip if not (isinstance(entry, str) and package_name(entry) == name)
            ]
        return None

    def remove_conda_package(self, call: Call, conda_package: Value) -> Value:
        """Drop a conda package."""
        self._touch(call, self._conda)
        self._conda[:] = [package for package in self._conda if package != conda_package]
        return None

    def set_python_version(self, call: Call, version: Value) -> Value:
        """Set the version of Python."""
        self._touch(call, self._conda)
        self._python = version
        return None

    def set_pip_requirements(self, call: Call, pip_requirements: Value) -> Value:
        """Replace the pip packages and options."""
        self._touch(call, self._pip)
        self._pip[:] = list_packages(pip_requirements)
        return None

    def save(self, call: Call, path: Value = None) -> Value:
        """Write nothing to disk: the file appears in the overlay."""
        return self.save_to_file(call, ".", path)

    def save_to_file(self, call: Call, base_directory: Value, conda_file_path: Value = None) -> Value:
        """Write nothing to disk: the file appears in the overlay."""
        if isinstance(conda_file_path, str):
            call.touch(call.outside.written)
            call.outside.written[str(call.outside.resolve(conda_file_path))] = self._render().encode()
        return conda_file_path

    def serialize_to_string(self, call: Call) -> Value:
        """The text of the conda file."""
        return self._render()

    def _render(self) -> str:
        pip = [entry for entry in self._pip if isinstance(entry, str)]
        entries: list[object] = [
            f"python={self._python}",
            *(c for c in self._conda if isinstance(c, str)),
            {"pip": pip},
        ]
        channels = [channel for channel in self._channels if isinstance(channel, str)]
        return yaml_text({**({"channels": channels} if channels else {}), "dependencies": entries})


def default_dependencies(call: Call) -> CondaDependencies:
    """The SDK's default packages of an environment."""
    dependencies = CondaDependencies(call)
    dependencies._python, dependencies._pip, dependencies._untouched = (
        DEFAULT_PYTHON,
        ["azureml-defaults"],
        True,
    )
    return dependencies


def fill_dependencies(target: CondaDependencies, data: Value) -> None:
    """Take over the data of a conda file. Raises `ValueError` if they have another form."""
    if not isinstance(data, dict):
        raise ValueError("it is no conda file")
    dependencies = _read_entries(data, "dependencies")
    target._untouched = False
    target._channels = _read_entries(data, "channels")
    target._python = None
    for entry in dependencies:
        if isinstance(entry, dict):
            target._pip.extend(_read_entries(entry, "pip"))
        elif _is_python(str(entry)):
            target._python = find_python(str(entry))
        else:
            target._conda.append(str(entry))


def _read_entries(data: Mapping[Value, Value], name: str) -> list[Value]:
    """The list under `name`, empty if it is missing. Raises `ValueError` if the value is not a list."""
    entries = data.get(name) or []
    if not isinstance(entries, list):
        raise ValueError(f"'{name}' is no list")
    return list(entries)


def _is_python(package: str) -> bool:
    return re.fullmatch(r"(?:[\w./-]+::)?python\s*(?:[=<>~!].*)?", package.strip()) is not None


def find_python(package: str) -> str | None:
    """The version in ``python=3.8.13=h12debd9_0`` (without the build) or ``python>=3.8,<3.10`` (its first number).

    Numbers that the range excludes (``python<3.9``) are skipped; if it excludes all of them, the newest version that
    has an image and lies in the range is taken.
    """
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    spec = package.partition("::")[2] or package
    numbers = re.findall(r"\d+(?:\.\d+)*", spec)
    try:
        versions = SpecifierSet(spec.strip().removeprefix("python"))
    except InvalidSpecifier:  # conda's own: ``=3.8``
        return next(iter(numbers), None)
    named = (number for number in numbers if any(map(versions.contains, _list_releases(number))))
    newest = (minor for minor in _PYTHONS if numbers and any(map(versions.contains, _list_releases(minor))))
    return next(named, None) or next(newest, None) or next(iter(numbers), None)


def _list_releases(version: str) -> list[str]:
    """Releases of Python that `version` may stand for: ``3.8`` is any of 3.8.0, 3.8.1 and so on."""
    return [version, *(f"{version}.{patch}" for patch in range(30) if version.count(".") < 2)]


def pin_package(name: str, sign: str, version: Value) -> Value:
    """The package in that version; without one where `version` is None, and unknown where that is."""
    if version is None:
        return name
    return f"{name}{sign}{version}" if isinstance(version, str) else version


def _format_option(name: str, value: Value) -> Value:
    return f"{name} {value}" if isinstance(value, str) else value


def list_packages(packages: Value, default: str | None = None) -> list[Value]:
    """The packages as a list: `packages` may be None (then `default`, if there is one), one package, or several."""
    if packages is None:
        return [] if default is None else [default]
    if isinstance(packages, Iterable) and not isinstance(packages, str):
        return list(packages)
    return [packages]
