"""Where a store is now, on one target: a folder, a volume, a claim, files behind a URL, or a database."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from pipelift.compiler.config import Config
from pipelift.runtime.contract import paths, stores
from pipelift.runtime.contract.digests import digest


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of the machine; `written` is the URL as the user wrote it, None where nothing is configured."""

    path: Path
    written: str | None = None


@dataclass(frozen=True, slots=True)
class Volume:
    """A named volume of the container engine."""

    name: str


@dataclass(frozen=True, slots=True)
class Claim:
    """A persistent volume claim of Kubernetes."""

    name: str


@dataclass(frozen=True, slots=True)
class Remote:
    """Files behind `url`, without credentials; `options` go to the client, `secret` names what it logs in with."""

    url: str
    options: tuple[tuple[str, str], ...] = ()
    secret: str | None = None

    @property
    def scheme(self) -> str:
        """What kind of store it is (`contract.stores.KINDS`)."""
        return stores.scheme(self.url)


@dataclass(frozen=True, slots=True)
class Database(Remote):
    """A database: `url` is SQLAlchemy's, without a password."""


LONGEST_NAME = 200
"""The longest name of a store, in bytes of UTF-8: what a folder of any file system can be called."""


def is_store_name(name: str) -> bool:
    """Whether a store may be called so: its name is that of a folder, and of a mount. The workspace's own are letters,
    digits and ``_``, and know no case; here more goes, but no path."""
    is_path = name in (".", "..") or any(sign in name for sign in "/\\")
    return bool(name.strip()) and not is_path and name.isprintable() and len(name.encode()) <= LONGEST_NAME


def _folder_name(name: str) -> str:
    """One component of a path for any name; those that may be (see `is_store_name`) stay as they are."""
    if is_store_name(name):
        return name
    return f"store-{digest(name)[:12]}"


Place: TypeAlias = "Folder | Volume | Claim | Remote | Database"


def place(config: Config, name: str, target: str) -> Place:
    """Where store `name` is on `target` (its name)."""
    url = config.store_url(name, target)
    if url is None:
        return Folder(config.folder / paths.STATE / paths.STORES / _folder_name(name))
    if url.startswith("volume:"):
        return Volume(url.removeprefix("volume:"))
    if url.startswith("pvc:"):
        return Claim(url.removeprefix("pvc:"))
    if not stores.is_url(url):
        return Folder(config.folder / Path(url).expanduser(), url)
    remote = Remote(url, config.store_options(name, target), config.store_secret(name, target))
    if stores.is_database(url):
        return Database(remote.url, remote.options, remote.secret)
    return remote
