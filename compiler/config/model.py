"""The configuration as a value: what the sections say, where anything is said.

Most files have no `pipelift.toml`. So nothing here needs pydantic, which reads one: it takes a tenth of `check`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, TypeVar

from pipelift.runtime.contract.secrets import NAME as SECRET_NAME

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema

    from pipelift.compiler.config.section import Section
    from pipelift.compiler.config.sections import ComputeSection, EnvironmentSection, StoreSection

S = TypeVar("S", bound="Section")


@dataclass(frozen=True, slots=True)
class Matching:
    """In ``Annotated[str, Matching(PATTERN)]``: what a text has to match, as pydantic's own `Field` says it."""

    pattern: str

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        from pydantic import Field

        return handler.generate_schema(Annotated[source, Field(pattern=self.pattern)])


@dataclass(frozen=True, slots=True)
class ImagesSection:
    """`[images]`: where built images go; `pull_secret` is the Kubernetes Secret that lets pods pull them."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    registry: str | None = None
    pull_secret: Annotated[str | None, Matching(SECRET_NAME)] = None


@dataclass(frozen=True, slots=True)
class ReuseSection:
    """`[reuse]`: what makes two datasets, or two upstream results, the same."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    identity: Literal["definition", "content"] = "definition"


@dataclass(frozen=True, slots=True)
class Config:
    """The whole file. Every field has a default that runs with nothing set up.

    `targets` holds the sections that bear the name of a target, each of that target's own model. `folder` is where the
    file lies (or would lie); relative paths in it start there.
    """

    stores: Mapping[str, StoreSection] = field(default_factory=dict)
    compute: Mapping[str, ComputeSection] = field(default_factory=dict)
    environments: Mapping[str, EnvironmentSection] = field(default_factory=dict)
    images: ImagesSection = ImagesSection()
    reuse: ReuseSection = ReuseSection()
    targets: Mapping[str, Section] = field(default_factory=dict)
    folder: Path = Path()

    def settings(self, target: str, model: type[S]) -> S:
        """The section `[TARGET]`, as the target's own model; its defaults where there is none.

        Raises `TypeError` where it was read by another model: a fault of ours.
        """
        section = self.targets.get(target, model())
        if not isinstance(section, model):
            raise TypeError(f"[{target}] was read as {type(section).__name__}, not as {model.__name__}")
        return section

    def store_url(self, name: str, target: str) -> str | None:
        """The URL of store `name` on `target`, as written; None where nothing is configured."""
        section = self.stores.get(name)
        if section is None:
            return None
        special = section.targets.get(target)
        return (special.url if special else None) or section.url

    def store_secret(self, name: str, target: str) -> str | None:
        """The name of the secret of store `name` on `target`; None where none is configured."""
        section = self.stores.get(name)
        if section is None:
            return None
        special = section.targets.get(target)
        return (special.secret if special else None) or section.secret

    def store_options(self, name: str, target: str) -> tuple[tuple[str, str], ...]:
        """The options of the client of store `name` on `target`, sorted by name; the target's own win."""
        section = self.stores.get(name)
        if section is None:
            return ()
        special = section.targets.get(target)
        return tuple(sorted({**section.options, **(special.options if special else {})}.items()))
