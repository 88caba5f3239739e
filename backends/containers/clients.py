"""The libraries with which a launcher reaches remote stores: which of them the image of an environment holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from pipelift.compiler import ir
from pipelift.compiler.config import Config
from pipelift.compiler.config.places import Remote, place
from pipelift.compiler.ir.uses import StoreUse
from pipelift.runtime.contract.stores import KINDS

Uses = Callable[[ir.Pipeline, ir.Step], Iterable[StoreUse]]
"""Which stores a step needs at hand on an engine: `store_uses`, or `source_uses` where it keeps outputs itself."""


def by_environment(
    pipeline: ir.Pipeline, config: Config, target: str, uses: Uses
) -> Mapping[str, tuple[str, ...]]:
    """The sorted requirements of each environment (its id) with steps that use remote stores on `target`.

    They depend on the kinds of the stores alone: another URL leaves an image as it is.
    """
    requirements_of: dict[str, set[str]] = {}
    for step in pipeline.steps:
        places = (place(config, use.name, target) for use in uses(pipeline, step))
        schemes = [location.scheme for location in places if isinstance(location, Remote)]
        if schemes:
            needed = (KINDS[scheme].requirements for scheme in schemes if scheme in KINDS)
            requirements_of.setdefault(step.environment, set()).update(*needed)
    return {name: tuple(sorted(requirements)) for name, requirements in requirements_of.items()}
