"""Where the containers find the state and the stores: host folders, Docker volumes, Kubernetes claims."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pipelift.backends.airflow import names
from pipelift.compiler import ir
from pipelift.compiler.ir.uses import store_uses
from pipelift.compiler.target import Compilation

SHARED = "pipelift"
"""The volume that holds, on Kubernetes, the state and every store that has no claim of its own."""

STATE_TARGET = "/pipelift/state"
STORES_TARGET = "/pipelift/stores"


@dataclass(frozen=True, slots=True)
class Place:
    """A constant at the top of the DAG file that says where data lies.

    `value` is a folder (as seen from the DAG file, or as the user wrote it: absolute or with ``~``), the name
    of a Docker volume, or that of a persistent volume claim; `environment` names the variable that replaces
    it at run time. `volume` is what Kubernetes calls it inside a pod.
    """

    kind: Literal["folder", "volume", "claim"]
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
class Stores:
    """All places of a pipeline, in the order in which they stand in the file, and the mounts by step id."""

    places: tuple[Place, ...]
    mounts: dict[str, tuple[Mount, ...]]


def stores(pipeline: ir.Pipeline, compilation: Compilation) -> Stores:
    """Decide for every store that a step uses. Reports the stores that the operator cannot reach."""
    used = {use.name: None for step in pipeline.steps for use in store_uses(pipeline, step)}
    if compilation.config.airflow.operator == "kubernetes":
        state = Mount(_shared(), STATE_TARGET, sub_path="state")
        found = _claims(list(used), compilation)
    else:
        state = Mount(_state(compilation), STATE_TARGET)
        found = _docker(list(used), compilation)
    mounts = {
        step.id: (
            state,
            *(
                Mount(found[use.name].place, found[use.name].target, not use.writes, found[use.name].sub_path)
                for use in store_uses(pipeline, step)
                if use.name in found
            ),
        )
        for step in pipeline.steps
    }
    places = dict.fromkeys([state.place, *(mount.place for mount in found.values())])
    return Stores(tuple(places), mounts)


def _state(compilation: Compilation) -> Place:
    way = _way(compilation, compilation.base / ".pipelift")
    return Place(
        "folder", "STATE", "PIPELIFT_STATE", way, "the folder for the records of runs and of results"
    )


def _docker(used: list[str], compilation: Compilation) -> dict[str, Mount]:
    found: dict[str, Mount] = {}
    for name in used:
        constant = f"STORE_{names.constant(name, {mount.place.constant[6:] for mount in found.values()})}"
        url = compilation.config.store_url(name, "airflow")
        place = _docker_place(name, url, constant, compilation)
        if place is None:
            compilation.reporter.report(
                "PL433",
                f"store '{name}' is at '{url}', which the DockerOperator cannot mount",
                help=_DOCKER_HELP,
            )
            continue
        found[name] = Mount(place, f"{STORES_TARGET}/{name}")
    return found


def _docker_place(name: str, url: str | None, constant: str, compilation: Compilation) -> Place | None:
    environment = f"PIPELIFT_{constant}"
    if url is not None and url.startswith("volume:"):
        value = url.removeprefix("volume:")
        return Place("volume", constant, environment, value, f"the Docker volume of the store {name}")
    folder = compilation.config.store_folder(name, "airflow")
    if folder is None:
        return None
    chosen = url is not None and (url.startswith("~") or Path(url).is_absolute())
    value = url if url is not None and chosen else _way(compilation, folder)
    return Place("folder", constant, environment, value, f"the folder of the store {name}")


def _claims(used: list[str], compilation: Compilation) -> dict[str, Mount]:
    found: dict[str, Mount] = {}
    for name in used:
        url = compilation.config.store_url(name, "airflow")
        target = f"{STORES_TARGET}/{name}"
        if url is None:
            compilation.reporter.report(
                "PL434", f"store '{name}' has no claim: it lies in the claim '{SHARED}'"
            )
            found[name] = Mount(_shared(), target, sub_path=f"stores/{names.label(name)}")
        elif url.startswith("pvc:"):
            found[name] = Mount(_claim(name, url.removeprefix("pvc:"), list(found.values())), target)
        else:
            compilation.reporter.report(
                "PL433", f"store '{name}' is at '{url}', which the KubernetesPodOperator cannot mount"
            )
    return found


def _claim(name: str, value: str, others: list[Mount]) -> Place:
    constant = f"STORE_{names.constant(name, {mount.place.constant[6:] for mount in others})}"
    volume = names.label(name, {SHARED, *(mount.place.volume for mount in others)})
    return Place("claim", constant, f"PIPELIFT_{constant}", value, f"the claim of the store {name}", volume)


def _shared() -> Place:
    purpose = "the claim (ReadWriteMany) for the records of runs, and for stores without a claim of their own"
    return Place("claim", "SHARED", "PIPELIFT_CLAIM", SHARED, purpose, SHARED)


def _way(compilation: Compilation, folder: Path) -> str:
    """The way from the output folder to `folder`: the only part of a path that may reach an artifact."""
    return Path(os.path.relpath(folder, compilation.output)).as_posix()


_DOCKER_HELP = (
    'Give it a folder or a Docker volume below [stores.NAME.airflow] in pipelift.toml: `url = "data"` or '
    '`url = "volume:NAME"`.'
)
