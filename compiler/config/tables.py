"""The file as a whole: what its tables may be, those of targets aside."""

from __future__ import annotations

from pydantic import Field

from pipelift.compiler.config.model import ImagesSection, ReuseSection
from pipelift.compiler.config.section import Section
from pipelift.compiler.config.sections import ComputeSection, EnvironmentSection, StoreSection


class File(Section):
    """The tables of the file, less those of targets."""

    stores: dict[str, StoreSection] = Field(default_factory=dict)
    compute: dict[str, ComputeSection] = Field(default_factory=dict)
    environments: dict[str, EnvironmentSection] = Field(default_factory=dict)
    images: ImagesSection = ImagesSection()
    reuse: ReuseSection = ReuseSection()
