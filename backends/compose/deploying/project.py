"""An output folder's Compose project as Compose itself reads it for one run: services, folders, commands."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pipelift.backends.compose.model import Data
from pipelift.backends.containers.bundle import file_name
from pipelift.compiler import ir
from pipelift.compiler.diagnostics import Refused
from pipelift.runtime.contract.paths import STATE_PATH, STORES_PATH

MAIN, HARDWARE = "compose.yaml", "compose.gpu.yaml"
_PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class ComposeProject:
    """One run's project: `name` is its own, `files` are read in the folder `directory` with the variables `environ`.

    `services` are what Compose makes of them.
    """

    docker: str
    name: str
    directory: Path
    files: tuple[str, ...]
    environ: Mapping[str, str]
    services: Mapping[str, Any]

    @property
    def beginning(self) -> str | None:
        """The service that begins a run."""
        return next((name for name in self.services if self.command_of(name)[:1] == ["begin"]), None)

    @property
    def state(self) -> Path:
        """The state folder on this machine. Raises `Refused` (PL552) where no service has it."""
        begin = self.beginning
        if begin is None or STATE_PATH not in self._mounts(begin):
            reason = "no service of compose.yaml begins a run with a state folder of this machine"
            raise _refuse_project(self.directory, reason)
        return Path(self._mounts(begin)[STATE_PATH])

    def folders(self, pipeline: ir.Pipeline) -> dict[str, str]:
        """Where each of the pipeline's stores lies that is a folder of this machine, by the store's name."""
        mounts = {target: source for name in self.services for target, source in self._mounts(name).items()}
        names = {store.name: (store.name, file_name(store.name)) for store in pipeline.stores}
        sources = {
            name: mounts.get(f"{STORES_PATH}/{folder}")
            for name, candidates in names.items()
            for folder in reversed(candidates)
        }
        return {name: source for name, source in sources.items() if source is not None}

    def command_of(self, service: str) -> list[str]:
        """The service's command. Compose prints a dollar sign twice, as it would read it."""
        words = self.services[service].get("command") or []
        return [str(word).replace("$$", "$") for word in words]

    def waits_for(self, service: str) -> tuple[str, ...]:
        """The services that must have completed before."""
        return tuple(self.services[service].get("depends_on") or {})

    def run_command(self, service: str, container: str, *more: str) -> list[str]:
        """What runs the service alone as `container`, with `more` words after its own command."""
        words = ("run", "--no-deps", "--rm", "-T", "--name", container, service)
        return [
            *_compose_command(self.docker, self.name, self.files),
            *words,
            *self.command_of(service),
            *more,
        ]

    def _mounts(self, service: str) -> dict[str, str]:
        """The folders of this machine that the service sees, by their places in it."""
        volumes = self.services[service].get("volumes") or []
        return {entry["target"]: entry["source"] for entry in volumes if entry.get("type") == "bind"}


def read_project(
    docker: str, name: str, directory: Path, *, hardware: bool, environ: Mapping[str, str]
) -> ComposeProject:
    """Let Compose read the project for the run's `environ`. Raises `Refused` (PL552) with what it says."""
    files = (MAIN, HARDWARE) if hardware else (MAIN,)
    try:
        answer = subprocess.run(
            [*_compose_command(docker, name, files), "config", "--format", "json"],
            cwd=directory,
            env=dict(environ),
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
        if answer.returncode:
            raise _refuse_project(directory, answer.stderr.strip() or f"exit status {answer.returncode}")
        data: Data = json.loads(answer.stdout)
        services = data["services"]
    except (OSError, subprocess.TimeoutExpired, ValueError, KeyError) as error:
        raise _refuse_project(directory, str(error)) from error
    assert isinstance(services, dict)  # the Compose specification says so, and Compose has read it
    return ComposeProject(docker, name, directory, files, environ, services)


def _refuse_project(directory: Path, reason: str) -> Refused:
    return Refused("PL552", f"Compose cannot read {directory.name}: {reason}")


def build_supervised_pipeline(pipeline: ir.Pipeline, project: ComposeProject) -> ir.Pipeline:
    """The steps that are services, waiting for each other as their services do: what supervising them needs."""
    steps = tuple(replace(step, inputs=()) for step in pipeline.steps if step.id in project.services)
    step_ids = {step.id for step in steps}
    order = tuple(
        ir.OrderEdge(before=before, after=step.id)
        for step in steps
        for before in project.waits_for(step.id)
        if before in step_ids
    )
    return replace(pipeline, steps=steps, order=order)


def _compose_command(docker: str, name: str, files: tuple[str, ...]) -> list[str]:
    options = [word for file in files for word in ("-f", file)]
    return [docker, "compose", "--progress", "quiet", "-p", name, *options]
