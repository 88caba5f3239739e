"""How the services of Compose get at a store: a host folder, a named volume, or a URL for the launcher."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pipelift.backends.compose.model import Mount, Variable
from pipelift.backends.compose.variables import escape, path_variable, store_variables
from pipelift.backends.containers.bundle import file_name
from pipelift.backends.wiring import remotes
from pipelift.compiler import ir
from pipelift.compiler.config.places import Claim, Folder, Place, Remote, Volume
from pipelift.compiler.ir.uses import store_uses
from pipelift.compiler.reading.reach import relative_path
from pipelift.compiler.target import Compilation
from pipelift.runtime.contract.paths import SECRETS, STATE, STORES, STORES_PATH
from pipelift.runtime.contract.secrets import FOLDER_VARIABLE

TARGET = "compose"
_VOLUME = re.compile(r"[A-Za-z0-9][\w.-]+", re.ASCII)
_SAFE = re.compile(r"[A-Za-z0-9_][\w.-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Access:
    """A store in services. The host folder of `variable` or the volume `volume` is mounted at `target`; what is
    `remote` is nowhere mounted: the launcher gets the URL of `variable`."""

    store: str
    target: str
    variable: Variable | None = None
    volume: str | None = None
    remote: Remote | None = None

    def mounts(self, *, read_only: bool) -> tuple[Mount, ...]:
        """The mount of this store in one service, if it has one."""
        if self.remote is not None:
            return ()
        source = self.variable.expression if self.variable else None
        return (Mount(self.target, source=source, volume=self.volume, read_only=read_only),)

    @property
    def options(self) -> tuple[str, ...]:
        """What tells the launcher where the store is, as Compose reads it; nothing where it is expected there."""
        name = escape(self.store)
        if self.remote is not None and self.variable is not None:
            settings = remotes.settings(self.store, self.remote)
            return (f"--store={name}={self.variable.expression}", *map(escape, settings))
        return () if self.target == f"{STORES_PATH}/{self.store}" else ("--store", f"{name}={self.target}")


def accesses(pipeline: ir.Pipeline, compilation: Compilation) -> Mapping[str, Access]:
    """How each store is reached, by name. Stores that cannot be are reported and get the default folder."""
    places = remotes.places(pipeline, compilation, TARGET, store_uses)
    remotes.report(pipeline, compilation, places, store_uses, _advice)
    volumes = {
        name: volume for name, place in places.items() if (volume := _volume(name, place, compilation))
    }
    variables = store_variables(
        {
            name: place.url
            if isinstance(place, Remote)
            else mount_path(_folder(name, place, compilation), compilation.output)
            for name, place in places.items()
            if name not in volumes
        },
        {name for name, place in places.items() if isinstance(place, Remote)},
    )
    return {
        name: Access(
            name,
            _target(name),
            variable=variables.get(name),
            volume=volumes.get(name),
            remote=place if isinstance(place, Remote) else None,
        )
        for name, place in places.items()
    }


def secrets_variable(compilation: Compilation) -> Variable:
    """The setting that says where the secrets lie, a file or a folder each."""
    folder = mount_path(compilation.base / STATE / SECRETS, compilation.output)
    return path_variable(FOLDER_VARIABLE, "folder of secrets, by name", folder)


def mount_path(path: Path, output: Path) -> str:
    """The way from the output folder to `path`, as Compose wants it: never absolute, never a bare name."""
    path_text = relative_path(path, output)
    return path_text if path_text.startswith("..") else f"./{path_text}"


def _volume(name: str, place: Place, compilation: Compilation) -> str | None:
    if not isinstance(place, Volume):
        return None
    if _VOLUME.fullmatch(place.name):
        return place.name
    compilation.reporter.report(
        "PL440", f"store '{name}' names the volume '{place.name}', no name that Docker takes"
    )
    return None


def _folder(name: str, place: Place, compilation: Compilation) -> Path:
    if isinstance(place, Folder):
        if ":" in relative_path(place.path, compilation.base):
            compilation.reporter.report(
                "PL440",
                f"the folder of store '{name}' has a colon in its name, which Docker cannot mount",
                help=f'Set `url = "FOLDER"` below [stores.{json.dumps(name)}] in pipelift.toml.',
            )
        return place.path
    if isinstance(place, Claim):
        compilation.reporter.report(
            "PL440",
            f"store '{name}' is the volume claim '{place.name}', which only a cluster has",
            help=f'Set `url = "FOLDER"` or "volume:NAME" below [stores.{name}.compose] in pipelift.toml.',
        )
    return compilation.config.folder / STATE / STORES / file_name(name)


def _target(name: str) -> str:
    return f"{STORES_PATH}/{name if _SAFE.fullmatch(name) else file_name(name)}"


def _advice(secret: str) -> str:
    return (
        f"Put it into the file {STATE}/{SECRETS}/{secret} beside the pipeline file, or set {FOLDER_VARIABLE}."
    )
