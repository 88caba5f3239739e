"""Operators on known values, under limits that keep hostile source from exhausting the machine."""

from __future__ import annotations

import operator
import re
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import TypeVar

import libcst

from pipelift.compiler.evaluate import meter
from pipelift.compiler.evaluate.values import PLAIN, Raised, Unknown, Value

Operator = Callable[..., Value]
"""One of Python's own operators: it takes any operands, and raises what Python raises."""

SIZED = (str, bytes, bytearray, list, tuple)
T = TypeVar("T")

MAX_MODULAR = 20_000_000
"""How many products of digits a power with a modulus may take: 20 milliseconds."""


class NotKnownBase(Exception):
    """What a model raises in the midst of Python's own code where the result is not known, for `unknown`."""

    unknown: Unknown


def _add(left: Value, right: Value) -> Value:
    if isinstance(left, (*SIZED, deque)) and isinstance(right, (*SIZED, deque)):
        meter.limit(len(left) + len(right))
    return operator.add(left, right)


def _multiply(left: Value, right: Value) -> Value:
    for sized, count in ((left, right), (right, left)):
        if isinstance(sized, (*SIZED, deque)) and isinstance(count, int):
            meter.limit(len(sized) * count)
    if isinstance(left, int) and isinstance(right, int):
        meter.limit(left.bit_length() + right.bit_length(), meter.MAX_BITS)
    return operator.mul(left, right)


_powers: Operator = pow


def power(base: Value, exponent: Value, modulus: Value = None) -> Value:
    """``one ** other``, or `pow` with three arguments. Raises `TooLarge`."""
    if isinstance(base, int) and isinstance(exponent, int) and modulus is None:
        if abs(base) > 1:
            meter.limit(abs(exponent) * base.bit_length(), meter.MAX_BITS)
        return base**exponent
    if isinstance(exponent, int) and isinstance(modulus, int):
        effort = exponent.bit_length() * (modulus.bit_length() // 30 + 1) ** 2
        meter.limit(effort, MAX_MODULAR)
        meter.read(effort)
    return operator.pow(base, exponent) if modulus is None else _powers(base, exponent, modulus)


def _shift(left: Value, right: Value) -> Value:
    if isinstance(left, int) and isinstance(right, int):
        meter.limit(left.bit_length() + right, meter.MAX_BITS)
    return operator.lshift(left, right)


def _modulo(left: Value, right: Value) -> Value:
    if isinstance(left, (str, bytes)):
        text = left if isinstance(left, str) else left.decode("latin-1")
        if any("*" in width for width in _PERCENT.findall(text)):
            raise meter.TooLarge
        meter.limit(sum(int(digits) for width in _PERCENT.findall(text) for digits in _read_digits(width)))
    return operator.mod(left, right)


_PERCENT = re.compile(r"%(?:\([^()]*\))?[#0\- +]*([\d*]*\.?[\d*]*)")
"""The width and precision of each field of a template."""


def _read_digits(text: str) -> list[str]:
    digits = re.findall(r"[0-9]+", text)
    return [number if len(number) < 8 else "9999999" for number in digits]


def check_format(specification: str) -> None:
    """Refuse a format that asks for a width or precision of more than six digits. Raises `TooLarge`."""
    meter.limit(max(map(int, _read_digits(specification)), default=0))


def make_dict(pairs: Iterable[Value]) -> dict[Value, Value]:
    """A dict of pairs. Raises `Raised` for what is no pair or has no hash, `TooLarge` for a key that nests too much."""
    entries = pairs if isinstance(pairs, (list, tuple)) else list(pairs)
    for pair in entries:
        meter.weigh(pair[0] if isinstance(pair, tuple) and pair else None)
    made: dict[Value, Value] = apply(_dict, entries)
    meter.charge(made)
    return made


_dict: Callable[..., dict[Value, Value]] = dict


def make_set(kind: Callable[[list[Value]], T], items: list[Value]) -> T:
    """A set, or what else hashes its items. Raises `Raised` for one without a hash, `TooLarge` for one too nested."""
    for item in items:
        meter.weigh(item)
    made = apply(kind, items)
    meter.charge(made)
    return made


BINARY: Mapping[type[libcst.CSTNode], Operator] = MappingProxyType(
    {
        libcst.Add: _add,
        libcst.Subtract: operator.sub,
        libcst.Multiply: _multiply,
        libcst.Divide: operator.truediv,
        libcst.FloorDivide: operator.floordiv,
        libcst.Modulo: _modulo,
        libcst.Power: power,
        libcst.LeftShift: _shift,
        libcst.RightShift: operator.rshift,
        libcst.BitAnd: operator.and_,
        libcst.BitOr: operator.or_,
        libcst.BitXor: operator.xor,
        libcst.MatrixMultiply: operator.matmul,
    }
)

IN_PLACE: Mapping[type[libcst.CSTNode], type[libcst.CSTNode]] = MappingProxyType(
    {
        libcst.AddAssign: libcst.Add,
        libcst.SubtractAssign: libcst.Subtract,
        libcst.MultiplyAssign: libcst.Multiply,
        libcst.DivideAssign: libcst.Divide,
        libcst.FloorDivideAssign: libcst.FloorDivide,
        libcst.ModuloAssign: libcst.Modulo,
        libcst.PowerAssign: libcst.Power,
        libcst.LeftShiftAssign: libcst.LeftShift,
        libcst.RightShiftAssign: libcst.RightShift,
        libcst.BitAndAssign: libcst.BitAnd,
        libcst.BitOrAssign: libcst.BitOr,
        libcst.BitXorAssign: libcst.BitXor,
        libcst.MatrixMultiplyAssign: libcst.MatrixMultiply,
    }
)
"""The operator that an augmented assignment uses."""

DUNDERS: Mapping[type[libcst.CSTNode], str] = MappingProxyType(
    {
        libcst.Add: "add",
        libcst.Subtract: "sub",
        libcst.Multiply: "mul",
        libcst.Divide: "truediv",
        libcst.FloorDivide: "floordiv",
        libcst.Modulo: "mod",
        libcst.Power: "pow",
        libcst.LeftShift: "lshift",
        libcst.RightShift: "rshift",
        libcst.BitAnd: "and",
        libcst.BitOr: "or",
        libcst.BitXor: "xor",
        libcst.MatrixMultiply: "matmul",
        libcst.Equal: "eq",
        libcst.NotEqual: "ne",
        libcst.LessThan: "lt",
        libcst.LessThanEqual: "le",
        libcst.GreaterThan: "gt",
        libcst.GreaterThanEqual: "ge",
        libcst.Minus: "neg",
        libcst.Plus: "pos",
        libcst.BitInvert: "invert",
    }
)
"""The name of the method, without underscores, by which a user's class answers an operator."""

COMPARE: Mapping[type[libcst.CSTNode], Operator] = MappingProxyType(
    {
        libcst.Equal: operator.eq,
        libcst.NotEqual: operator.ne,
        libcst.LessThan: operator.lt,
        libcst.LessThanEqual: operator.le,
        libcst.GreaterThan: operator.gt,
        libcst.GreaterThanEqual: operator.ge,
        libcst.In: lambda left, right: left in right,
        libcst.NotIn: lambda left, right: left not in right,
        libcst.Is: lambda left, right: _is_same(left, right),
        libcst.IsNot: lambda left, right: not _is_same(left, right),
    }
)


def _is_same(left: Value, right: Value) -> bool:
    if isinstance(left, PLAIN) and isinstance(right, PLAIN) and type(left) is type(right):
        return bool(left == right)  # our copies of a constant are one object to the user's program
    return left is right


UNARY: Mapping[type[libcst.CSTNode], Operator] = MappingProxyType(
    {libcst.Minus: operator.neg, libcst.Plus: operator.pos, libcst.BitInvert: operator.invert}
)


def apply(function: Callable[..., T], *operands: Value) -> T:
    """Run an operator as Python would: its exceptions become the user's program's.

    Raises `Raised` for an exception, `TooLarge` for a result beyond the limits.
    """
    try:
        return function(*operands)
    except (meter.TooLarge, Raised, NotKnownBase):
        raise
    except (RecursionError, MemoryError):
        raise meter.TooLarge from None
    except Exception as error:  # whatever Python's own operator raises, the user's program raises
        raise Raised(type(error).__name__, _render_message(error), value=error.args) from None


def _render_message(error: Exception) -> str:
    return str(error.args[0]) if len(error.args) == 1 else str(error)
