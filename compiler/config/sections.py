"""The sections of `pipelift.toml` that are the same for all targets, as pydantic checks them."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from pipelift.compiler.config.section import Section
from pipelift.compiler.secrets.secrecy import find_credentials
from pipelift.runtime.contract.secrets import NAME as SECRET_NAME
from pipelift.runtime.contract.secrets import looks_secret

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
            parts.password or "sig=" in parts.query.lower() or find_credentials(url or "")
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
