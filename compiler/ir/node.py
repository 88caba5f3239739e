"""What all nodes of the IR share, and the smallest of them."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

Scalar = bool | int | float | str | None


class Node(BaseModel):
    """The common ground: immutable, hashable, and closed to unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class NamedValue(Node):
    """One entry of a mapping of names to text."""

    name: str
    value: str
