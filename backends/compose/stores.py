"""Where a store's data lies for Compose: a host folder, or a named volume."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pipelift.backends.bundle import file_name
from pipelift.backends.compose.model import Mount, Variable
from pipelift.backends.compose.variables import store_variables
from pipelift.compiler.target import Compilation

TARGET = "compose"
STORES = "/pipelift/stores"
_VOLUME = re.compile(r"[A-Za-z0-9][\w.-]+", re.ASCII)
_SAFE = re.compile(r"[A-Za-z0-9_][\w.-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Place:
    """A store in containers: the folder `target`, and what is mounted there."""

    store: str
    target: str
    variable: Variable | None = None
    volume: str | None = None

    def mount(self, *, read_only: bool) -> Mount:
        """The mount of this store in one service."""
        source = self.variable.expression if self.variable else None
        return Mount(self.target, source=source, volume=self.volume, read_only=read_only)

    @property
    def option(self) -> tuple[str, ...]:
        """What tells the launcher the folder, where it is not the one it expects."""
        return () if self.target == f"{STORES}/{self.store}" else ("--store", f"{self.store}={self.target}")


def places(names: tuple[str, ...], compilation: Compilation) -> Mapping[str, Place]:
    """Each store's place by name; stores that cannot be mounted are reported and get the default folder."""
    volumes: dict[str, str] = {}
    folders: dict[str, str] = {}
    for name in names:
        volume = _volume(name, compilation)
        if volume is not None:
            volumes[name] = volume
        else:
            folders[name] = relative(_folder(name, compilation), compilation.output)
    variables = store_variables(folders)
    return {
        name: Place(name, _target(name), variable=variables.get(name), volume=volumes.get(name))
        for name in names
    }


def relative(path: Path, output: Path) -> str:
    """The way from the output folder to `path`, as Compose wants it: never absolute, never a bare name."""
    way = Path(os.path.relpath(os.path.abspath(path), os.path.abspath(output))).as_posix()
    return way if way.startswith("..") else f"./{way}"


def _volume(name: str, compilation: Compilation) -> str | None:
    url = compilation.config.store_url(name, TARGET)
    if url is None or not url.startswith("volume:"):
        return None
    volume = url.removeprefix("volume:")
    if _VOLUME.fullmatch(volume):
        return volume
    compilation.reporter.report(
        "PL440", f"store '{name}' names the volume '{volume}', no name that Docker takes"
    )
    return None


def _folder(name: str, compilation: Compilation) -> Path:
    folder = compilation.config.store_folder(name, TARGET)
    if folder is not None:
        return folder
    url = compilation.config.store_url(name, TARGET) or ""
    if not url.startswith("volume:"):
        scheme = url.split(":")[0]
        compilation.reporter.report(
            "PL440",
            f"store '{name}' is at a {scheme}: address, which Compose cannot mount",
            help=f'Set `url = "FOLDER"` or "volume:NAME" below [stores.{name}.compose] in pipelift.toml.',
        )
    return compilation.config.folder / ".pipelift" / "stores" / file_name(name)


def _target(name: str) -> str:
    return f"{STORES}/{name if _SAFE.fullmatch(name) else file_name(name)}"
