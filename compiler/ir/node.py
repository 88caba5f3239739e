"""What all nodes of the IR share, and the smallest of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema

from pipelift.runtime.contract.typed import Scalar as Scalar


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """The common ground: immutable, hashable, and (where one is read from a file) closed to unknown fields."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}


@dataclass(frozen=True, slots=True)
class Tagged:
    """In ``Annotated[A | B, Tagged("kind")]``: the field that tells the classes of a union apart in a file.

    pydantic's own `Field` says the same, and would be imported with the nodes by every command.
    """

    field: str

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        from pydantic import Field

        return handler.generate_schema(Annotated[source, Field(discriminator=self.field)])


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedValue(Node):
    """One entry of a mapping of names to text."""

    name: str
    value: str
