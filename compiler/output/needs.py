"""What an output folder needs from the machine or cluster that it runs on: stores, secrets, parameters, GPUs.

The manifest carries it, REPORT.md tells it, and `pipelift doctor` asks whether it is there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal, TypeAlias

from pipelift.compiler.config import Config
from pipelift.compiler.config.places import Claim, Database, Folder, Place, Remote, Volume, place
from pipelift.compiler.ir import Pipeline
from pipelift.compiler.ir.uses import secret_uses, source_stores, store_uses
from pipelift.compiler.reading.reach import relative_path

Kind: TypeAlias = Literal["folder", "volume", "claim", "files", "database"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The common ground: immutable and, where one is read from a file, closed to unknown fields."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreNeed(Record):
    """A store that steps use. `where` is a folder as seen from the output folder, the name of a volume or claim,
    or a URL without credentials; `configured` is False where that is only our default. Steps are named: those that
    read source data there (what other steps made does not count), and those that write."""

    name: str
    kind: Kind
    where: str
    configured: bool
    options: tuple[tuple[str, str], ...] = ()
    secret: str | None = None
    read_by: tuple[str, ...] = ()
    written_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretNeed(Record):
    """A secret that has to be there: for stores, as variables of steps, in the arguments of steps (their names), or as
    the value of parameters that a run gives none."""

    name: str
    stores: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GpuNeed(Record):
    """GPUs that a step asks for; `model` is None where any will do."""

    step: str
    count: int
    model: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs(Record):
    """Everything; each tuple in the order of the pipeline, secrets by name. `parameters` have no default.

    `home` is the way from the output folder to the pipeline's folder, which has ``.pipelift/`` beside it.
    """

    home: str = "."
    stores: tuple[StoreNeed, ...] = ()
    secrets: tuple[SecretNeed, ...] = ()
    parameters: tuple[str, ...] = ()
    gpus: tuple[GpuNeed, ...] = ()


NOTHING = Needs()


def needs(pipeline: Pipeline, config: Config, target: str, output: Path, base: Path) -> Needs:
    """What the artifacts of `pipeline` (whose file lies in `base`) for `target`, in the folder `output`, need."""
    stores = tuple(_stores(pipeline, config, target, output))
    return Needs(
        home=_way(base, output),
        stores=stores,
        secrets=tuple(_secrets(pipeline, stores)),
        parameters=tuple(
            one.name for one in pipeline.parameters if one.default is None and one.secret is None
        ),
        gpus=tuple(
            GpuNeed(step=step.name, count=step.resources.gpus, model=step.resources.gpu_model)
            for step in pipeline.steps
            if step.resources.gpus and not step.unsupported
        ),
    )


def _stores(pipeline: Pipeline, config: Config, target: str, output: Path) -> Iterable[StoreNeed]:
    used: dict[str, None] = {}
    readers: dict[str, list[str]] = {}
    writers: dict[str, list[str]] = {}
    for step in pipeline.steps:
        for use in store_uses(pipeline, step):
            used[use.name] = None
            if use.writable:
                writers.setdefault(use.name, []).append(step.name)
        for name in source_stores(pipeline, step):
            readers.setdefault(name, []).append(step.name)
    for name in sorted(used):
        found = place(config, name, target)
        kind, where = _described(found, output)
        remote = found if isinstance(found, Remote) else None
        yield StoreNeed(
            name=name,
            kind=kind,
            where=where,
            configured=config.store_url(name, target) is not None,
            options=remote.options if remote else (),
            secret=remote.secret if remote else None,
            read_by=tuple(readers.get(name, ())),
            written_by=tuple(writers.get(name, ())),
        )


def _described(found: Place, output: Path) -> tuple[Kind, str]:
    if isinstance(found, Folder):
        return "folder", _way(found.path, output)
    if isinstance(found, Volume):
        return "volume", found.name
    if isinstance(found, Claim):
        return "claim", found.name
    return ("database" if isinstance(found, Database) else "files"), found.url


def _way(place: Path, output: Path) -> str:
    return relative_path(place.absolute(), output.absolute())


def _secrets(pipeline: Pipeline, stores: Iterable[StoreNeed]) -> Iterable[SecretNeed]:
    of_stores: dict[str, list[str]] = {}
    for store in stores:
        if store.secret is not None:
            of_stores.setdefault(store.secret, []).append(store.name)
    uses: dict[str, dict[str, dict[str, None]]] = {"variable": {}, "argument": {}}
    for step in pipeline.steps:
        for use in secret_uses(step):
            uses[use.kind].setdefault(use.secret, {})[use.name or step.name] = None
    parameters: dict[str, list[str]] = {}
    for parameter in pipeline.parameters:
        if parameter.secret is not None:
            parameters.setdefault(parameter.secret, []).append(parameter.name)
    variables, arguments = uses["variable"], uses["argument"]
    for name in sorted({*of_stores, *variables, *arguments, *parameters}):
        yield SecretNeed(
            name=name,
            stores=tuple(of_stores.get(name, ())),
            variables=tuple(variables.get(name, ())),
            arguments=tuple(arguments.get(name, ())),
            parameters=tuple(parameters.get(name, ())),
        )
