"""The Docker engine as a deployment meets it: is it there, what has it, and what did earlier deployments leave."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pipelift.backends.containers.docker import Docker, find_compose, find_docker
from pipelift.compiler.diagnostics import Refused
from pipelift.runtime.contract.locks import is_locked
from pipelift.runtime.contract.paths import LOCK

PROJECT = "com.docker.compose.project"


@dataclass(frozen=True, slots=True)
class Engine:
    """An engine that answers: the `docker` program and the variables `environ` that it is started with.

    `cpus` is how many the engine has, `has_gpus` whether it gives out NVIDIA GPUs.
    """

    docker: str
    environ: Mapping[str, str]
    cpus: int = 1
    has_gpus: bool = False

    def ask(self, *words: str) -> subprocess.CompletedProcess[str]:
        """What docker answers to the command line `words`; that it cannot be started is an answer too."""
        return Docker(self.docker, self.environ).ask(*words)


def find_engine(environ: Mapping[str, str]) -> Engine:
    """The engine of the docker command on the PATH of `environ`. Raises `Refused` (PL550, PL551) without one."""
    docker = find_docker(environ)
    if docker is None:
        raise Refused("PL550", "the docker command is not on the PATH")
    engine = Engine(docker.program, environ)
    version = find_compose(docker)
    if version.returncode:
        detail = version.stdout.strip() or _last_line(version.stderr)
        raise Refused("PL550", f"{docker.program} has no Compose of version 2 ({detail})")
    answer = engine.ask("info", "--format", "{{json .}}")
    info = _parse_object(answer.stdout) if answer.returncode == 0 else {}
    if not info.get("ServerVersion"):
        reason = "; ".join(info.get("ServerErrors") or ()) or _last_line(answer.stderr)
        raise Refused("PL551", f"the Docker engine does not answer: {reason}")
    return replace(engine, cpus=int(info.get("NCPU") or 1), has_gpus="nvidia" in (info.get("Runtimes") or {}))


def remove_project(engine: Engine, project: str) -> None:
    """Remove the containers and networks of a Compose project; named volumes stay."""
    label = f"label={PROJECT}={project}"
    containers = engine.ask("ps", "--all", "--quiet", "--filter", label).stdout.split()
    if containers:
        # --volumes is about the containers' unnamed volumes alone.
        engine.ask("rm", "--force", "--volumes", *containers)
    networks = engine.ask("network", "ls", "--quiet", "--filter", label).stdout.split()
    if networks:
        engine.ask("network", "rm", *networks)


def find_dead_projects(engine: Engine, prefix: str, runs: Path) -> tuple[str, ...]:
    """Projects called `prefix` and the id of a run in the folder `runs` that no process goes on with, sorted."""
    label = f'{{{{.Label "{PROJECT}"}}}}'
    run_ids = {
        line.removeprefix(prefix)
        for kind in (("ps", "--all"), ("network", "ls"))
        for line in engine.ask(*kind, "--filter", f"label={PROJECT}", "--format", label).stdout.splitlines()
        if line.startswith(prefix)
    }
    dead = (run for run in run_ids if run and (runs / run).is_dir() and not is_locked(str(runs / run / LOCK)))
    return tuple(sorted(prefix + run for run in dead))


def _parse_object(text: str) -> dict[str, Any]:
    try:
        data = json.loads(text)
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


def _last_line(text: str) -> str:
    lines: Iterator[str] = reversed(text.strip().splitlines())
    return next(lines, "it says nothing")
