"""`random`: nothing random is known."""

from __future__ import annotations

from pipelift.compiler.evaluate.library.models import ignored, opaque, partial_module
from pipelift.compiler.evaluate.library.registry import module
from pipelift.compiler.evaluate.machine import Machine
from pipelift.compiler.evaluate.values import Module


@module("random")
def random_module(it: Machine) -> Module:
    """`random`."""
    names = (
        "random",
        "randint",
        "choice",
        "uniform",
        "sample",
        "shuffle",
        "choices",
        "randrange",
        "getrandbits",
    )
    return partial_module(
        "random",
        {**{n: opaque(f"random.{n}", "it is random") for n in names}, "seed": ignored("random.seed")},
    )
