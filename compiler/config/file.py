"""`pipelift.toml`: what only the user can know about stores, compute, environments and targets."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator

from pipelift.compiler.config.section import Section, options_of, problem_text, suggestion
from pipelift.compiler.diagnostics import Refused, Reporter
from pipelift.compiler.diagnostics.span import Span
from pipelift.compiler.reading.reach import Reach, read_regular
from pipelift.compiler.secrets.secrecy import credentials_in
from pipelift.runtime.contract.secrets import NAME as SECRET_NAME
from pipelift.runtime.contract.secrets import looks_secret

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

S = TypeVar("S", bound=Section)

FILE_NAME = "pipelift.toml"
MAX_BYTES = 2_000_000
"""The largest configuration that is read."""
_SECTIONS = ("stores", "compute", "environments", "images", "reuse")
"""The tables that are the same for all targets; every other one bears the name of a target."""
RESOURCE_NAME = r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?/[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$"


class StoreConfig(Section):
    """`[stores.NAME]`: `url` is a folder (relative to the file), ``volume:NAME``, ``pvc:CLAIM``, an fsspec URL or a
    database's URL without a password.

    `secret` names what holds the credentials: a connection or a Secret of the engine, where it has such, else the
    file ``.pipelift/secrets/NAME`` or the variable ``PIPELIFT_SECRET_NAME``. `options` go to the client
    of a remote store as they are (``endpoint_url``, ``account_name``, …): they are written into artifacts, so a
    name that sounds secret is refused.
    """

    url: str | None = None
    secret: str | None = Field(default=None, pattern=SECRET_NAME)
    options: dict[str, str] = Field(default_factory=dict)

    @field_validator("url")
    @classmethod
    def _without_credentials(cls, url: str | None) -> str | None:
        parts = urlsplit(url) if url and "://" in url else None
        if parts is not None and (
            parts.password or "sig=" in parts.query.lower() or credentials_in(url or "")
        ):
            raise ValueError('holds a credential; take it out and name a secret: secret = "NAME"')
        return url

    @field_validator("options")
    @classmethod
    def _no_secrets(cls, options: dict[str, str]) -> dict[str, str]:
        for name in options:
            if looks_secret(name):
                raise ValueError(f"'{name}' is a credential; it belongs into the secret: secret = \"NAME\"")
        return options


class StoreSection(StoreConfig):
    """A store for all targets, with what differs on one of them below it: `targets` are ``[stores.NAME.TARGET]``."""

    targets: dict[str, StoreConfig] = Field(default_factory=dict)


class Toleration(Section):
    """A Kubernetes toleration."""

    key: str
    operator: Literal["Exists", "Equal"] = "Exists"
    value: str | None = None
    effect: str | None = None


class ComputeSection(Section):
    """`[compute.NAME]`: the size of one node, as an Azure VM size or in numbers (`memory`, `shm_size` in GiB).

    `accelerator` is what Kubernetes calls the GPUs (``nvidia.com/gpu``, ``amd.com/gpu``, ``nvidia.com/mig-1g.10gb``);
    without it the GPU's maker decides. `node_selector` and `tolerations` are for Kubernetes.
    """

    vm_size: str | None = None
    cpu: float | None = Field(default=None, gt=0)
    memory: float | None = Field(default=None, gt=0)
    gpu: int | None = Field(default=None, ge=0)
    gpu_type: str | None = None
    accelerator: str | None = Field(default=None, pattern=RESOURCE_NAME)
    shm_size: float | None = Field(default=None, gt=0)
    node_selector: dict[str, str] = Field(default_factory=dict)
    tolerations: tuple[Toleration, ...] = ()


class EnvironmentSection(Section):
    """`[environments.NAME]`: what an environment holds that only the workspace knew, or shall hold from now on.

    `packages` are requirements of pip; `conda_file`, `requirements_file` and `dockerfile` are paths relative to
    this file. An `image` or `dockerfile` gets the packages on top. `python` alone changes only that.
    """

    image: str | None = None
    dockerfile: str | None = None
    python: str | None = None
    packages: tuple[str, ...] = ()
    conda_file: str | None = None
    requirements_file: str | None = None


class ImagesSection(Section):
    """`[images]`: where built images go; `pull_secret` is the Kubernetes Secret that lets pods pull them."""

    registry: str | None = None
    pull_secret: str | None = Field(default=None, pattern=SECRET_NAME)


class ReuseSection(Section):
    """`[reuse]`: what makes two datasets, or two upstream results, the same."""

    identity: Literal["definition", "content"] = "definition"


class Config(Section):
    """The whole file. Every field has a default that runs with nothing set up.

    `targets` holds the sections that bear the name of a target, each of that target's own model. `folder` is where the
    file lies (or would lie); relative paths in it start there.
    """

    stores: dict[str, StoreSection] = Field(default_factory=dict)
    compute: dict[str, ComputeSection] = Field(default_factory=dict)
    environments: dict[str, EnvironmentSection] = Field(default_factory=dict)
    images: ImagesSection = ImagesSection()
    reuse: ReuseSection = ReuseSection()
    targets: dict[str, Section] = Field(default_factory=dict)
    folder: Path = Path()

    def settings(self, target: str, model: type[S]) -> S:
        """What `[TARGET]` says, as the target's own model; its defaults where nothing is said."""
        section = self.targets.get(target)
        return section if isinstance(section, model) else model()

    def store_url(self, name: str, target: str) -> str | None:
        """The URL of store `name` on `target`, as written; None where nothing is configured."""
        section = self.stores.get(name)
        if section is None:
            return None
        special = section.targets.get(target, StoreConfig())
        return special.url or section.url

    def store_secret(self, name: str, target: str) -> str | None:
        """The name of the secret of store `name` on `target`; None where none is configured."""
        section = self.stores.get(name, StoreSection())
        special = section.targets.get(target, StoreConfig())
        return special.secret or section.secret

    def store_options(self, name: str, target: str) -> tuple[tuple[str, str], ...]:
        """What the client of store `name` is told on `target`, sorted by name; the target's own come on top."""
        section = self.stores.get(name, StoreSection())
        special = section.targets.get(target, StoreConfig())
        return tuple(sorted({**section.options, **special.options}.items()))


def load_config(path: Path, reporter: Reporter, *, required: bool, reach: Reach | None = None) -> Config:
    """Read `path`; a missing file gives the defaults unless it is `required`. Mistakes in it are reported.

    `reach` bounds where a file that nobody has named may really lie.
    """
    folder = path.parent
    if not os.path.lexists(path):
        if required:
            reporter.report("PL501", f"the configuration file {path.name} does not exist")
        return Config(folder=folder)
    here = Span(path.name, 1, 1, 1, 1)
    try:
        data = read_regular(path, MAX_BYTES) if reach is None else reach.read(path, MAX_BYTES)
        config, problems = read_tables(tomllib.loads(data.decode("utf-8")), folder)
    except OSError as error:
        reporter.report("PL501", f"{path.name} cannot be read: {error.strerror}")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        reporter.report("PL501", f"{path.name} is not TOML: {error}", here)
    else:
        for problem in problems:
            reporter.report("PL501", f"{path.name}: {problem}", here)
        if not problems:
            return config
    return Config(folder=folder)


def read_tables(tables: Mapping[str, object], folder: Path) -> tuple[Config, list[str]]:
    """The configuration, and all that is wrong with it: a list of what was read tells the user everything at once."""
    own = {name: table for name, table in tables.items() if name in _SECTIONS}
    targets: dict[str, Section] = {}
    problems: list[str] = []
    for name, table in tables.items():
        if name not in own:
            section, wrong = _read_target(name, table)
            targets[name] = section
            problems += wrong
    stores = own.get("stores")
    if isinstance(stores, dict):
        own["stores"] = {name: _store_table(table) for name, table in stores.items()}
    try:
        return Config.model_validate({**own, "targets": targets, "folder": folder}), problems
    except ValidationError as error:
        return Config(folder=folder), problems + [_problem(one) for one in error.errors()]


def _read_target(name: str, table: object) -> tuple[Section, list[str]]:
    """The section of a target by its own model, and what is wrong with it."""
    from pipelift.compiler.target import (  # which know the configuration
        load_target,
        target_names,
    )

    if name not in target_names():
        known = [*_SECTIONS, *target_names()]
        return Section(), [f"[{name}] is no section; {suggestion(name, known)}there are: {', '.join(known)}"]
    try:
        model = load_target(name).settings
        asked = [key for key, option in options_of(model).items() if not option.filed]
        wrong = [key for key in asked if isinstance(table, dict) and key in table]
        if wrong:
            return Section(), [f"[{name}.{key}] is given when you deploy: --set {key}=…" for key in wrong]
        return model.model_validate(table), []
    except Refused as error:
        return Section(), [f"[{name}] cannot be read: {error}"]
    except ValidationError as error:
        return Section(), [_problem(one, name, [*model.model_fields]) for one in error.errors()]


def _store_table(table: object) -> object:
    """The table of a store, with what bears the name of a target where the model has it."""
    from pipelift.compiler.target import target_names

    if not isinstance(table, dict):
        return table
    special = {name: value for name, value in table.items() if name in target_names()}
    own = {name: value for name, value in table.items() if name not in special}
    if "targets" in own:  # a word of the model, and not of the file: refused below as any other key
        own["targets "] = own.pop("targets")
    return {**own, "targets": special}


def _problem(error: ErrorDetails, section: str = "", names: Sequence[str] = ()) -> str:
    """One mistake as a sentence, with its place as the file has it."""
    where = [part for part in (section, *map(str, error["loc"])) if part and part != "targets"]
    known = names or (_store_keys() if where[0] == "stores" else ())
    hint = suggestion(where[-1], list(known)) if error["type"] == "extra_forbidden" else ""
    text = f"{problem_text(error['msg'])}{'; ' if hint else ''}{hint.strip()}"
    return f"[{'.'.join(where).strip()}] {text}"


def _store_keys() -> list[str]:
    from pipelift.compiler.target import target_names

    return [*StoreConfig.model_fields, *target_names()]
