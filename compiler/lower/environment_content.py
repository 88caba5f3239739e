"""The content of an environment: from its sections in the program, or from the configuration."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pipelift.compiler import ir
from pipelift.compiler.diagnostics.span import Span
from pipelift.compiler.evaluate.values import Call, Unknown, Value
from pipelift.compiler.lower.context import Lowering
from pipelift.compiler.lower.read import Reader
from pipelift.compiler.sdk.catalogue.packages import remove_sdk_packages
from pipelift.compiler.sdk.core.conda import DEFAULT_PYTHON, CondaDependencies
from pipelift.compiler.sdk.core.requirement_files import read_requirements
from pipelift.runtime.contract.digests import digest

if TYPE_CHECKING:
    from pipelift.compiler.config import EnvironmentSection

# Ubuntu with MPI and a miniconda that the environment does not use; some hold CUDA.
_AZURE_BASE = re.compile(
    r"mcr\.microsoft\.com/azureml/(?:base(?:-gpu|-lite)?|(?:openmpi|intelmpi)\d[\w.-]*)(?::[\w.-]+)?",
    re.ASCII,
)
_URL = re.compile(r"(?P<scheme>https?://)(?P<authority>[^\s'\"/?#]*)", re.IGNORECASE)
"""The beginning of a URL, as it stands: urllib refuses some that pip would be given all the same."""


@dataclass(slots=True)
class Content:
    """The content of an environment that has no id yet. The fields are those of `ir.Environment`."""

    python: str = DEFAULT_PYTHON
    pip: list[str] = field(default_factory=list)
    conda: list[str] = field(default_factory=list)
    channels: list[str] = field(default_factory=list)
    image: str | None = None
    dockerfile: str | None = None
    user_managed: bool = False
    isolated: bool = False
    interpreter: str | None = None
    context: str | None = None

    def digest(self, variables: tuple[ir.NamedValue, ...]) -> str:
        """The sha256 of the content: no names, so that a renamed environment is the same one."""
        data: list[object] = [
            self.python,
            self.pip,
            self.conda,
            self.channels,
            self.image,
            self.dockerfile,
            self.user_managed,
        ]
        later = {"isolated": self.isolated, "interpreter": self.interpreter, "context": self.context}
        if any(later.values()):  # newer fields must not change the digests of environments without them
            data.append(later)
        pairs = [(variable.name, variable.value) for variable in variables]
        return digest(json.dumps([*data, pairs], sort_keys=True))


def add_dependencies(
    lowering: Lowering, content: Content, dependencies: CondaDependencies, read: Reader
) -> None:
    """Take over the packages of a conda section; the SDK's own are removed, with a note."""
    read = replace(read, span=dependencies.span)
    pip = list(_remove_credentials(lowering, read.texts(dependencies.pip, "the packages"), dependencies))
    remaining, removed = remove_sdk_packages(pip)
    if removed and not dependencies.untouched:
        message = f"{', '.join(removed)}: replaced by pipelift's runtime, with the packages that they brought"
        lowering.reporter.report("PL215", message, dependencies.span)
    conda, _ = remove_sdk_packages(read.texts(dependencies.conda, "the packages"))
    content.pip, content.conda = remaining, conda
    content.channels = list(read.texts(dependencies.channels, "the channels"))
    content.python = read.text(dependencies.python, "the Python version") or DEFAULT_PYTHON


def _remove_credentials(
    lowering: Lowering, entries: Sequence[str], dependencies: CondaDependencies
) -> Iterator[str]:
    """The pip section without user names and passwords in URLs, which are reported (PL264)."""
    for entry in entries:
        clean = _URL.sub(lambda url: url["scheme"] + url["authority"].rpartition("@")[2], entry)
        if clean != entry:
            lowering.reporter.secrets.update(_find_credentials(entry))
            message = (
                f"'{clean}' stands in the source with a user name or password, which is not carried over"
            )
            lowering.reporter.report("PL264", message, dependencies.span)
        yield clean


def _find_credentials(entry: str) -> Iterator[str]:
    for url in _URL.finditer(entry):
        user, at, _ = url["authority"].rpartition("@")
        if at:
            yield user.partition(":")[2] or user


def replace_azure_base(lowering: Lowering, content: Content, span: Span) -> Content:
    """Drop one of Azure's base images; one with CUDA stays, and the packages are installed beside its Python.

    The service creates a conda environment in those images, so that their own Python is never used.
    """
    image = content.image
    if image is None or content.user_managed or not _AZURE_BASE.fullmatch(image):
        return content
    if "cuda" in image or "base-gpu" in image:
        return replace(content, isolated=True)
    lowering.reporter.report("PL260", f"'{image}' is left out: it adds only MPI to a plain Python", span)
    return replace(content, image=None)


def read_configured(lowering: Lowering, name: str, section: EnvironmentSection, span: Span) -> Content:
    """The content of ``[environments.NAME]``. A file that cannot be read is reported (PL206)."""
    call = Call(span, lowering.reporter, _touch, lowering.record, lowering.outside, _invoke)
    content = Content(python=section.python or DEFAULT_PYTHON, image=section.image)
    conda, pip, dockerfile = (
        _find_file(lowering, name, path, span)
        for path in (section.conda_file, section.requirements_file, section.dockerfile)
    )
    read = Reader(lowering, f"the environment '{name}'", span)
    if conda is not None:
        add_dependencies(lowering, content, CondaDependencies(call, conda), read)
        content.python = section.python or content.python
    if pip is not None:
        content.pip += remove_sdk_packages(read.texts(read_requirements(call, pip), "the packages"))[0]
    content.pip += section.packages
    if dockerfile is not None:
        content.dockerfile = lowering.outside.read(dockerfile).decode("utf-8", "replace")
    content.user_managed = not (content.pip or content.conda) and bool(content.image or content.dockerfile)
    return content


def _find_file(lowering: Lowering, name: str, path: str | None, span: Span) -> str | None:
    """The absolute path of a file of the configuration; a missing file is reported."""
    if path is None:
        return None
    absolute = str(lowering.config.folder.absolute() / path)
    if lowering.outside.is_file(absolute):
        return absolute
    refusal = lowering.outside.refusal(absolute)
    problem = "no such file" if refusal is None else refusal.strerror
    message = f"'{path}' of [environments.{json.dumps(name)}] in pipelift.toml cannot be read: {problem}"
    lowering.reporter.report("PL206", message, span)
    return None


def _touch(_: object) -> None:
    """Nothing of the program is changed after it has ended."""


def _invoke(value: Value, _: Sequence[Value], __: Mapping[str, Value]) -> Value:
    return Unknown(f"{value} is not called after the program has ended")


def changes_content(section: EnvironmentSection) -> bool:
    """Whether a section of the configuration changes more than the version of Python."""
    return bool(
        section.image
        or section.packages
        or section.conda_file
        or section.requirements_file
        or section.dockerfile
    )


def qualify_image(image: str, address: str | None) -> str:
    """The full name of an image in a private registry; a name that has the registry is returned unchanged."""
    if address is None or not address.strip():
        return image
    host = re.sub(r"^https?://", "", address.strip()).strip("/")
    return image if image.startswith(f"{host}/") else f"{host}/{image.lstrip('/')}"
