"""What is installed beside pipelift: the objects of the entry point group `pipelift.targets`, by name.

Below everything that knows what a target is (`target.py`), so that codes and reports can look there too.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "pipelift.targets"

OURS = "pipelift"
"""The distribution that brings this module."""

_ANNOUNCED: dict[str, object] = {}


@cache
def _entries() -> dict[str, EntryPoint]:
    from importlib.metadata import entry_points

    found = sorted(entry_points(group=GROUP), key=lambda one: one.dist is not None and one.dist.name == OURS)
    return {entry.name: entry for entry in found}  # the last wins: nobody takes the name of one of ours


@contextmanager
def announce(name: str, plugin: object) -> Iterator[None]:
    """While this lasts `plugin` counts as installed, though it has no entry point: for tests of targets."""
    before = dict(_ANNOUNCED)
    _ANNOUNCED[name] = plugin
    try:
        yield
    finally:
        _ANNOUNCED.clear()
        _ANNOUNCED.update(before)


def plugin_names() -> tuple[str, ...]:
    """The names of all that is installed, sorted; nothing is imported."""
    return tuple(sorted({*_entries(), *_ANNOUNCED}))


def distribution_of(name: str) -> str:
    """The installed distribution that brings the plug-in `name`; this one for those that are only announced."""
    entry = _entries().get(name)
    return entry.dist.name if entry is not None and entry.dist is not None else OURS


def is_ours(name: str) -> bool:
    """Whether the plug-in `name` is one of pipelift's own."""
    return name in _entries() and distribution_of(name) == OURS


def address_of(name: str) -> str:
    """Where the plug-in `name` is imported from: ``MODULE:OBJECT``; empty for one that is only announced."""
    entry = _entries().get(name)
    return "" if entry is None else entry.value


def load_plugin(name: str) -> object:
    """Import and return the plug-in `name`. Raises `KeyError` where there is none, and whatever importing it raises."""
    return _ANNOUNCED[name] if name in _ANNOUNCED else _entries()[name].load()
