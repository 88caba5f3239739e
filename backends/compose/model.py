"""A Compose file as frozen dataclasses, each of which prints itself as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

Data: TypeAlias = "dict[str, object]"

AMD_DEVICES = ("/dev/kfd", "/dev/dri")
"""What ROCm needs in a container."""


@dataclass(frozen=True, slots=True)
class Variable:
    """A setting of whoever starts the run, read from the environment or from ``.env``.

    `default` is text (None: there is no default). `expression` is what stands in the Compose file. `inline`
    says that the default stands there too; otherwise ``.env`` has to hold it.
    """

    name: str
    summary: str
    default: str | None
    expression: str
    inline: bool = True


@dataclass(frozen=True, slots=True)
class Mount:
    """A folder of the container: a bind mount of the host path `source`, or the named volume `volume`."""

    target: str
    source: str | None = None
    volume: str | None = None
    read_only: bool = False

    def data(self) -> Data:
        """The long syntax, which is safe for any path."""
        kind: Data = {"type": "bind" if self.volume is None else "volume"}
        ends: Data = {"source": self.source if self.volume is None else self.volume, "target": self.target}
        only: Data = {"read_only": True} if self.read_only else {}
        bind: Data = {"bind": {"create_host_path": True}} if self.volume is None else {}
        return {**kind, **ends, **only, **bind}


@dataclass(frozen=True, slots=True)
class Build:
    """How a service's image is built; the context is the folder of the Compose file."""

    dockerfile: str
    arguments: tuple[tuple[str, str], ...]

    def data(self) -> Data:
        """The value of ``build``."""
        return {"context": ".", "dockerfile": self.dockerfile, "args": dict(self.arguments)}


@dataclass(frozen=True, slots=True)
class Service:
    """One service; `comment` stands above it. `after` are the services that must complete first.

    `hidden` are folders of mounts that its container sees empty. `secrets` are the project's, by name, and where its
    container finds them. `shm_size` is in GiB.
    """

    name: str
    comment: str
    image: str
    build: Build
    command: tuple[str, ...]
    entrypoint: tuple[str, ...] = ()
    user: str | None = None
    mounts: tuple[Mount, ...] = ()
    hidden: tuple[str, ...] = ()
    secrets: tuple[tuple[str, str], ...] = ()
    after: tuple[str, ...] = ()
    restart: str | None = None
    shm_size: float | None = None

    def data(self) -> Data:
        """The service's value, without keys that say nothing."""
        condition = {"condition": "service_completed_successfully"}
        everything: Data = {
            "image": self.image,
            "build": self.build.data(),
            "entrypoint": list(self.entrypoint),
            "command": list(self.command),
            "user": self.user,
            "volumes": [mount.data() for mount in self.mounts],
            "tmpfs": list(self.hidden),
            "secrets": [{"source": name, "target": target} for name, target in self.secrets],
            "depends_on": {name: dict(condition) for name in self.after},
            "restart": self.restart,
            "shm_size": _gibibytes(self.shm_size),
        }
        return {key: value for key, value in everything.items() if value}


@dataclass(frozen=True, slots=True)
class Hardware:
    """What ``compose.gpu.yaml`` adds to one service: memory in GiB, None where nothing is known.

    AMD's GPUs (`is_amd`) are device files: a container gets all of them.
    """

    service: str
    gpus: int
    cpus: float | None
    memory: float | None
    reserved_cpus: float | None
    reserved_memory: float | None
    shm_size: float | None = None
    is_amd: bool = False

    def data(self) -> Data:
        """The service's value in the override file."""
        limits = _without_none({"cpus": _number(self.cpus), "memory": _gibibytes(self.memory)})
        reserved = _without_none(
            {"cpus": _number(self.reserved_cpus), "memory": _gibibytes(self.reserved_memory)}
        )
        if self.gpus and not self.is_amd:
            reserved["devices"] = [{"driver": "nvidia", "count": self.gpus, "capabilities": ["gpu"]}]
        resources: Data = {"limits": limits, "reservations": reserved}
        service: Data = {"deploy": {"resources": {key: value for key, value in resources.items() if value}}}
        if self.gpus and self.is_amd:
            service["devices"] = [f"{path}:{path}" for path in AMD_DEVICES]
        # Docker's own 64 MB soon run out.
        return {**service, "shm_size": _gibibytes(self.shm_size)} if self.gpus else service


@dataclass(frozen=True, slots=True)
class Project:
    """The Compose file, its override for hardware, and the variables of both.

    `secrets` are names and the files that hold them; `variable_secrets` are those whose value is that of a variable.
    """

    name: str
    source: str
    services: tuple[Service, ...]
    volumes: tuple[tuple[str, str], ...] = ()
    secrets: tuple[tuple[str, str], ...] = ()
    variable_secrets: tuple[tuple[str, str], ...] = ()
    hardware: tuple[Hardware, ...] = ()
    variables: tuple[Variable, ...] = field(default_factory=tuple)

    def data(self) -> Data:
        """The content of ``compose.yaml``."""
        services: Data = {service.name: service.data() for service in self.services}
        return {"name": self.name, "services": services, **self.resources()}

    def resources(self) -> Data:
        """The volumes, each with its own name, which Compose would prefix with the project's, and the secrets."""
        everything: Data = {
            "volumes": {key: {"name": name} for key, name in self.volumes},
            "secrets": {
                **{name: {"file": file} for name, file in self.secrets},
                **{name: {"environment": variable} for name, variable in self.variable_secrets},
            },
        }
        return {key: value for key, value in everything.items() if value}

    def hardware_data(self) -> Data:
        """The content of ``compose.gpu.yaml``."""
        return {"services": {entry.service: entry.data() for entry in self.hardware}}


def _without_none(data: Data) -> Data:
    return {key: value for key, value in data.items() if value is not None}


def _number(value: float | None) -> str | None:
    return None if value is None else f"{value:g}"


def _gibibytes(value: float | None) -> str | None:
    if value is None:
        return None
    return f"{value:g}g" if float(value).is_integer() else f"{round(value * 1024)}m"
