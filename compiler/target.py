"""The door to the targets: what a backend is, and how it is found (entry point group `pipelift.backends`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Protocol

from pipelift.compiler.config import Config
from pipelift.compiler.diagnostics import Reporter
from pipelift.compiler.ir import Pipeline

GROUP = "pipelift.backends"


class Missing(Exception):
    """A library that a target needs is not installed; the message has the ``pip install`` line. Exit status 2."""


@dataclass(frozen=True, slots=True)
class Compilation:
    """What a backend gets beside the pipeline.

    `contents` holds, for each snapshot's id, the bytes of its files by path. `output` is the folder that the
    artifacts will lie in and `base` the folder of the pipeline file: only the way from one to the other may
    reach an artifact. `config` is the user's `pipelift.toml`.
    """

    config: Config
    reporter: Reporter
    output: Path
    base: Path
    contents: Mapping[str, Mapping[str, bytes]]


@dataclass(frozen=True, slots=True)
class Artifacts:
    """The files of one output folder, by relative path with ``/``; `executable` names those with that bit."""

    files: Mapping[str, bytes]
    executable: frozenset[str] = field(default_factory=frozenset)


class Backend(Protocol):
    """One target. A third party registers an instance in the entry point group `pipelift.backends`."""

    @property
    def name(self) -> str:
        """The word after ``--target``."""

    @property
    def summary(self) -> str:
        """One line for `pipelift targets`."""

    @property
    def requires(self) -> tuple[str, ...]:
        """The importable modules that compiling needs, for `pipelift targets`; the extra has the target's name."""

    def compile(self, pipeline: Pipeline, compilation: Compilation) -> Artifacts:
        """Turn `pipeline` into files. Losses go to `compilation.reporter`; raises `Missing` without its library."""

    def verify(self, directory: Path, reporter: Reporter) -> None:
        """Load the artifacts in `directory` with the target's own loader and report what it refuses."""


class UnknownTarget(Exception):
    """There is no backend of that name; the message lists those there are. Exit status 2."""


@cache
def _entries() -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=GROUP)}


def backend_names() -> tuple[str, ...]:
    """The names of all installed backends, sorted; none is imported."""
    return tuple(sorted(_entries()))


def load_backend(name: str) -> Backend:
    """Import and return the backend `name`. Raises `UnknownTarget`."""
    entry = _entries().get(name)
    if entry is None:
        raise UnknownTarget(f"there is no target '{name}'; there are: {', '.join(backend_names())}, ir")
    backend: Backend = entry.load()
    return backend


class BuildFailed(Exception):
    """An image cannot be built; the message is one line for the user, the engine's own lines have been told."""


class Builder(Protocol):
    """Builds the images of an output folder, telling its progress line by line; raises `BuildFailed`."""

    def __call__(
        self,
        directory: Path,
        tell: Callable[[str], None],
        *,
        push: str | None = None,
        pip_config: Path | None = None,
        verbose: bool = False,
    ) -> None:
        """`push` names a registry, or is empty for the images' own; `pip_config` is a pip.conf for the build."""


def load_builder() -> Builder:
    """The installed builder of images. Raises `LookupError` where there is none."""
    for entry in entry_points(group="pipelift.builders", name="docker"):
        builder: Builder = entry.load()
        return builder
    raise LookupError("no builder of images is installed")
