"""Stores that are no folders: where they are, what logs in to them, and the folder that mirrors one."""

import os
from typing import Dict, List, Mapping, NamedTuple, Optional

from .contract import stores
from .contract.paths import MIRRORS
from .errors import USAGE, LauncherError


class Place(NamedTuple("Place", [("url", str), ("options", Mapping[str, str]), ("secret", Optional[str])])):
    """A store behind `url`, without credentials; `options` go to the client, `secret` names what it logs in with."""

    @property
    def scheme(self) -> str:
        """What kind of store it is (`contract.stores.KINDS`)."""
        return stores.scheme(self.url)

    @property
    def is_database(self) -> bool:
        """Whether it holds tables, not files."""
        return stores.is_database(self.url)


def mirror(state: str, file_name: str) -> str:
    """The folder that mirrors the store of that name (as a file's)."""
    return os.path.join(os.path.abspath(state), MIRRORS, file_name)


def places(urls: Mapping[str, str], options: List[str], secrets: Mapping[str, str]) -> Dict[str, Place]:
    """The remote stores among the `urls`, with the ``NAME:KEY=VALUE`` of `options`. Raises `LauncherError`."""
    by_store: Dict[str, Dict[str, str]] = {}
    for text in options:
        name, equals, value = text.partition("=")
        store, colon, key = name.rpartition(":")
        if not equals or not colon or not store or not key:
            raise LauncherError(USAGE, "--store-option takes NAME:KEY=VALUE, not '{}'".format(text))
        by_store.setdefault(store, {})[key] = value
    return {
        name: Place(url, by_store.get(name, {}), secrets.get(name))
        for name, url in urls.items()
        if stores.is_url(url)
    }
