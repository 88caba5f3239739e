"""`math`."""

from __future__ import annotations

import math

from pipelift.compiler.evaluate import operators
from pipelift.compiler.evaluate.library.models import partial_module, plain
from pipelift.compiler.evaluate.library.registry import module
from pipelift.compiler.evaluate.machine import Machine
from pipelift.compiler.evaluate.values import Module


@module("math")
def math_module(it: Machine) -> Module:
    """`math`: functions of numbers, but for those whose results grow without measure."""
    names = (
        "ceil",
        "floor",
        "sqrt",
        "log",
        "log2",
        "log10",
        "exp",
        "fabs",
        "gcd",
        "isclose",
        "isnan",
        "trunc",
        "prod",
    )
    constants = {"pi": math.pi, "e": math.e, "inf": math.inf, "nan": math.nan}
    powers = {"pow": plain("math.pow", math.pow), "factorial": plain("math.factorial", _factorial)}
    return partial_module(
        "math", {**{n: plain(f"math.{n}", getattr(math, n)) for n in names}, **constants, **powers}
    )


def _factorial(number: int) -> int:
    if number > MAX_FACTORIAL:
        raise operators.TooLarge
    return math.factorial(number)


MAX_FACTORIAL = 1_000
"""The largest number of which the factorial is taken."""
