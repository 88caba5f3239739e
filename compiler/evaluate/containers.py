"""Containers: the dicts, lists and sets in which all state lies that a program can change."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol


class Container(Protocol):
    """A dict, list, deque or set; the names of a scope are a dict, too."""

    def copy(self) -> Container:
        """Another one with the same items."""

    def clear(self) -> None:
        """Remove all items."""

    def __len__(self) -> int:
        """How many items there are."""

    def __iter__(self) -> Iterator[object]:
        """The items, or the keys of a dict."""

    def __contains__(self, item: object, /) -> bool:
        """Whether the item, or the key of a dict, is there."""


Touch = Callable[[Container], None]
"""Is called with a container before each change of it, so that an undecided branch can be taken back."""
