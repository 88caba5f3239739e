"""What all nodes of the IR share, and the smallest of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pydantic import ConfigDict

from pipelift.runtime.contract.typed import Scalar as Scalar


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """The common ground: immutable, hashable, and (where one is read from a file) closed to unknown fields."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedValue(Node):
    """One entry of a mapping of names to text."""

    name: str
    value: str
