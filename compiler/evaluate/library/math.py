"""`math`."""

from __future__ import annotations

import math
from collections.abc import Iterable

import libcst

from pipelift.compiler.evaluate import meter, operators
from pipelift.compiler.evaluate.library.models import partial_module, plain
from pipelift.compiler.evaluate.library.registry import module
from pipelift.compiler.evaluate.machine import Machine
from pipelift.compiler.evaluate.values import Module, Value


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
    )
    constants = {"pi": math.pi, "e": math.e, "inf": math.inf, "nan": math.nan}
    powers = {"pow": plain("math.pow", math.pow), "factorial": plain("math.factorial", _factorial)}
    powers["prod"] = plain("math.prod", _multiply)
    return partial_module(
        "math", {**{n: plain(f"math.{n}", getattr(math, n)) for n in names}, **constants, **powers}
    )


def _multiply(numbers: Iterable[Value], *, start: Value = 1) -> Value:
    for number in numbers:
        start = operators.BINARY[libcst.Multiply](start, number)
    return start


def _factorial(number: int) -> int:
    meter.limit(number, MAX_FACTORIAL)
    return math.factorial(number)


MAX_FACTORIAL = 1_000
"""The largest number of which the factorial is taken."""
