"""How the containers get at the state and the stores: folders, Docker volumes, Kubernetes claims, URLs; and secrets."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from pipelift.backends.airflow import names
from pipelift.backends.airflow.commands import template
from pipelift.backends.airflow.settings import settings_of
from pipelift.backends.printing.python import Code, python_literal
from pipelift.backends.wiring import remotes
from pipelift.compiler import ir
from pipelift.compiler.config.places import Claim, Folder, Remote, Volume
from pipelift.compiler.config.places import Place as StorePlace
from pipelift.compiler.ir.names import slug
from pipelift.compiler.ir.uses import store_uses
from pipelift.compiler.reading.reach import relative_path
from pipelift.compiler.target import Compilation
from pipelift.runtime.contract import paths
from pipelift.runtime.contract.stores import KINDS

TARGET = "airflow"
SHARED = "pipelift"
"""The volume that holds, on Kubernetes, the state and every store that has no claim of its own."""


Kind = Literal["folder", "volume", "claim", "url", "secret"]


@dataclass(frozen=True, slots=True)
class Place:
    """A constant at the top of the DAG file that says where data lies.

    `value` is a folder (as seen from the DAG file, or as the user wrote it: absolute or with ``~``), the name
    of a Docker volume, of a persistent volume claim or of a Kubernetes Secret, or a URL; `environment` names the
    variable that replaces it at run time, if one does. `volume` is what Kubernetes calls it inside a pod.
    """

    kind: Kind
    constant: str
    environment: str
    value: str
    purpose: str
    volume: str = ""


@dataclass(frozen=True, slots=True)
class Mount:
    """A `Place`, or the folder `sub_path` in it, at the path `target` of a container."""

    place: Place
    target: str
    read_only: bool = False
    sub_path: str = ""


@dataclass(frozen=True, slots=True)
class Reach:
    """What one step's container gets: `mounts`, the launcher's `options` for remote stores, the names of `secrets`.

    `writes_remote`: some of its outputs lie behind a URL.
    """

    mounts: tuple[Mount, ...]
    options: tuple[str | Code, ...]
    secrets: tuple[str, ...]
    writes_remote: bool


@dataclass(frozen=True, slots=True)
class Stores:
    """All places of a pipeline, in the order in which they stand in the file, and what steps get, by their ids.

    `fields` are, for each secret that a store needs, what its client calls login and password of a connection.
    """

    places: tuple[Place, ...]
    reach: Mapping[str, Reach]
    fields: Mapping[str, tuple[str | None, str]]


def stores(pipeline: ir.Pipeline, compilation: Compilation) -> Stores:
    """Decide for every store that a step uses. Reports the stores that the operator cannot reach."""
    places = remotes.places(pipeline, compilation, TARGET, store_uses)
    if settings_of(compilation.config).operator == "kubernetes":
        remotes.report(pipeline, compilation, places, store_uses, remotes.kubernetes_advice)
        builder: _Builder = _Pods(compilation, places)
    else:
        remotes.report(pipeline, compilation, places, store_uses, _connection_advice)
        builder = _Docker(compilation, places)
    reach = {step.id: builder.reach(pipeline, step) for step in pipeline.steps}
    return Stores(tuple(builder.places()), reach, _login_fields(places.values()))


class _Builder(ABC):
    """What both operators have in common: remote stores, and constants that differ from one another."""

    def __init__(self, compilation: Compilation, places: Mapping[str, StorePlace]) -> None:
        self._compilation = compilation
        self._taken: dict[str, set[str]] = defaultdict(set)
        self._remote = {name: location for name, location in places.items() if isinstance(location, Remote)}
        self._urls = {name: self._url(name, location) for name, location in self._remote.items()}
        mounts = {
            name: self._mount(name, location) for name, location in places.items() if name not in self._remote
        }
        self._mounts = {name: mount for name, mount in mounts.items() if mount is not None}
        self._state = self._state_mount()

    def places(self) -> Iterable[Place]:
        """Every constant of the file, each once."""
        mounted = [self._state.place, *(mount.place for mount in self._mounts.values())]
        return dict.fromkeys([*mounted, *self._urls.values()])

    def reach(self, pipeline: ir.Pipeline, step: ir.Step) -> Reach:
        """What the container of `step` gets."""
        uses = store_uses(pipeline, step)
        mounts = [
            Mount(mount.place, mount.target, not use.writable, mount.sub_path)
            for use in uses
            if (mount := self._mounts.get(use.name)) is not None
        ]
        remote = {use.name: self._remote[use.name] for use in uses if use.name in self._remote}
        return Reach(
            mounts=(*self._state_mounts(bool(remote)), *mounts),
            options=tuple(
                word for name, location in remote.items() for word in self._options(name, location)
            ),
            secrets=remotes.secrets(step, remote.values()),
            writes_remote=any(use.writes and use.name in remote for use in uses),
        )

    def _options(self, name: str, location: Remote) -> Iterable[str | Code]:
        """The URL is a constant of the file, which may hold what Jinja reads: it is no template (`literal`)."""
        yield Code(f"literal({python_literal(f'--store={name}=')} + {self._urls[name].constant})")
        yield from (template(word) for word in remotes.settings(name, location))

    def _url(self, name: str, location: Remote) -> Place:
        constant = self._constant("STORE", name)
        return Place("url", constant, f"PIPELIFT_{constant}", location.url, f"the URL of the store {name}")

    def _constant(self, kind: str, name: str) -> str:
        constant = names.constant(name, self._taken[kind])
        self._taken[kind].add(constant)
        return f"{kind}_{constant}"

    def _state_mounts(self, uses_remote: bool) -> tuple[Mount, ...]:
        """What the container of a step sees of the state."""
        return (self._state,)

    @abstractmethod
    def _state_mount(self) -> Mount:
        """Where the records of runs and results are."""

    @abstractmethod
    def _mount(self, name: str, location: StorePlace) -> Mount | None:
        """The mount of a store that is not remote; None, and a report, where the operator has none for it."""


class _Docker(_Builder):
    """Folders of the host and Docker's volumes."""

    def _state_mount(self) -> Mount:
        path = _relative_path(self._compilation, self._compilation.base / paths.STATE)
        purpose = "the folder for the records of runs and of results"
        return Mount(Place("folder", "STATE", "PIPELIFT_STATE", path, purpose), paths.STATE_PATH)

    def _state_mounts(self, uses_remote: bool) -> tuple[Mount, ...]:
        """The state to be read, and in it the registries and mirrors of remote stores, to be written; the step's own
        folder is mounted when its run is known."""
        shared = remotes.shared_folders(uses_remote)
        writable = (Mount(self._state.place, f"{paths.STATE_PATH}/{name}", sub_path=name) for name in shared)
        return (replace(self._state, read_only=True), *writable)

    def _mount(self, name: str, location: StorePlace) -> Mount | None:
        if isinstance(location, Claim):
            message = (
                f"store '{name}' is the volume claim '{location.name}', which the DockerOperator cannot mount"
            )
            self._compilation.reporter.report("PL433", message, help=_DOCKER_HELP)
            return None
        constant = self._constant("STORE", name)
        environment = f"PIPELIFT_{constant}"
        if isinstance(location, Volume):
            purpose = f"the Docker volume of the store {name}"
            return Mount(
                Place("volume", constant, environment, location.name, purpose), f"{paths.STORES_PATH}/{name}"
            )
        assert isinstance(location, Folder)
        purpose = f"the folder of the store {name}"
        return Mount(
            Place("folder", constant, environment, folder_text(location, self._compilation), purpose),
            f"{paths.STORES_PATH}/{name}",
        )


class _Pods(_Builder):
    """Volume claims of Kubernetes, and its Secrets."""

    def __init__(self, compilation: Compilation, places: Mapping[str, StorePlace]) -> None:
        self._volumes = {SHARED}
        self._secrets: dict[str, Mount] = {}
        super().__init__(compilation, places)

    def places(self) -> Iterable[Place]:
        """Those of the stores, and the Secrets."""
        return [*super().places(), *(mount.place for mount in self._secrets.values())]

    def reach(self, pipeline: ir.Pipeline, step: ir.Step) -> Reach:
        """The secrets are mounted too."""
        reach = super().reach(pipeline, step)
        mounts = (*reach.mounts, *(self._secret(name) for name in reach.secrets))
        return Reach(mounts, reach.options, (), reach.writes_remote)

    def _state_mount(self) -> Mount:
        return Mount(_shared(), paths.STATE_PATH, sub_path="state")

    def _mount(self, name: str, location: StorePlace) -> Mount | None:
        target = f"{paths.STORES_PATH}/{name}"
        reporter = self._compilation.reporter
        if isinstance(location, Claim):
            constant = self._constant("STORE", name)
            purpose = f"the claim of the store {name}"
            claim = Place(
                "claim", constant, f"PIPELIFT_{constant}", location.name, purpose, self._volume(name)
            )
            return Mount(claim, target)
        if isinstance(location, Folder) and location.written is None:
            reporter.report("PL434", f"store '{name}' has no claim: it lies in the claim '{SHARED}'")
            return Mount(_shared(), target, sub_path=f"stores/{names.label(name)}")
        kind = "a folder" if isinstance(location, Folder) else "a Docker volume"
        message = f"store '{name}' is {kind}, which the KubernetesPodOperator cannot mount"
        reporter.report("PL433", message)
        return None

    def _secret(self, name: str) -> Mount:
        """Optional: without it the launcher says what is missing, where a pod would never start."""
        if name not in self._secrets:
            constant, volume = self._constant("SECRET", name), self._volume(f"secret-{name}")
            place = Place("secret", constant, "", slug(name), "", volume)
            self._secrets[name] = Mount(place, f"{paths.SECRETS_PATH}/{name}", read_only=True)
        return self._secrets[name]

    def _volume(self, name: str) -> str:
        volume = names.label(name, self._volumes)
        self._volumes.add(volume)
        return volume


def _login_fields(places: Iterable[StorePlace]) -> dict[str, tuple[str | None, str]]:
    """By secret; where stores of several kinds share one, the first decides."""
    fields: dict[str, tuple[str | None, str]] = {}
    for location in places:
        if isinstance(location, Remote) and location.secret and location.scheme in KINDS:
            fields.setdefault(location.secret, KINDS[location.scheme].login)
    return dict(sorted(fields.items()))


def _shared() -> Place:
    purpose = "the claim (ReadWriteMany) for the records of runs, and for stores without a claim of their own"
    return Place("claim", "SHARED", "PIPELIFT_CLAIM", SHARED, purpose, SHARED)


def folder_text(folder: Folder, compilation: Compilation) -> str:
    """A folder as the DAG file says it: as the user did where that holds anywhere, else as seen from the output."""
    url = folder.written
    if url is not None and (url.startswith("~") or Path(url).is_absolute()):
        return url
    return _relative_path(compilation, folder.path)


def _relative_path(compilation: Compilation, folder: Path) -> str:
    """The way from the output folder to `folder`: the only part of a path that may reach an artifact."""
    return relative_path(folder, compilation.output)


def _connection_advice(secret: str) -> str:
    return f"Make an Airflow connection of that id: airflow connections add '{secret}' --conn-type … --conn-password …"


_DOCKER_HELP = (
    'Give it a folder or a Docker volume below [stores.NAME.airflow] in pipelift.toml: `url = "data"` or '
    '`url = "volume:NAME"`.'
)
