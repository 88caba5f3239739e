"""Operators on known values, under limits that keep hostile source from exhausting the machine."""

from __future__ import annotations

import operator
from collections import deque
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeVar

import libcst

from pipelift.compiler.evaluate.values import PLAIN, Raised, Unknown, Value

MAX_SIZE = 1_000_000
"""The longest text or list (items) that an operator may make."""

MAX_BITS = 20_000
"""The widest number that an operator may make; Python prints no number of more than 4,300 digits anyway."""

Operator = Callable[..., Value]
"""One of Python's own operators: it takes any operands, and raises what Python raises."""

SIZED = (str, bytes, bytearray, list, tuple)
T = TypeVar("T")


class NotKnownBase(Exception):
    """What a model raises in the midst of Python's own code where the result is not known, for `unknown`."""

    unknown: Unknown


class TooLarge(Exception):
    """The result would be larger than the limits: it is left unknown."""


def _add(one: Value, other: Value) -> Value:
    if isinstance(one, SIZED) and isinstance(other, SIZED) and len(one) + len(other) > MAX_SIZE:
        raise TooLarge
    return operator.add(one, other)


def _multiply(one: Value, other: Value) -> Value:
    for sized, count in ((one, other), (other, one)):
        if isinstance(sized, (*SIZED, deque)) and isinstance(count, int) and len(sized) * count > MAX_SIZE:
            raise TooLarge
    if isinstance(one, int) and isinstance(other, int) and one.bit_length() + other.bit_length() > MAX_BITS:
        raise TooLarge
    return operator.mul(one, other)


_powers: Operator = pow


def power(one: Value, other: Value, modulus: Value = None) -> Value:
    """``one ** other``, or `pow` with three arguments. Raises `TooLarge`."""
    if isinstance(one, int) and isinstance(other, int) and modulus is None:
        if abs(other) * max(one.bit_length(), 1) > MAX_BITS and abs(one) > 1:
            raise TooLarge
        return one**other
    return operator.pow(one, other) if modulus is None else _powers(one, other, modulus)


def _shift(one: Value, other: Value) -> Value:
    if isinstance(one, int) and isinstance(other, int) and one.bit_length() + other > MAX_BITS:
        raise TooLarge
    return operator.lshift(one, other)


def _modulo(one: Value, other: Value) -> Value:
    if isinstance(one, (str, bytes)):
        text = one if isinstance(one, str) else one.decode("latin-1")
        check_format(text)
        if "*" in text:
            raise TooLarge
    return operator.mod(one, other)


def check_weight(value: Value, most: int = 100_000) -> None:
    """Refuse a value whose items, counted as often as they are met, are too many to compare. Raises `TooLarge`."""
    pending = [value]
    while pending:
        one = pending.pop()
        if isinstance(one, dict):
            pending.extend(one.values())
            most -= len(one)
        elif isinstance(one, (list, tuple)):
            pending.extend(one)
            most -= len(one)
        if most < 0:
            raise TooLarge


def check_format(template: str) -> None:
    """Refuse a template that asks for a width or precision of more than six digits. Raises `TooLarge`."""
    digits = 0
    for character in template:
        digits = digits + 1 if character.isdigit() else 0
        if digits > 6:
            raise TooLarge


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
        libcst.In: lambda one, other: one in other,
        libcst.NotIn: lambda one, other: one not in other,
        libcst.Is: lambda one, other: _is(one, other),
        libcst.IsNot: lambda one, other: not _is(one, other),
    }
)


def _is(one: Value, other: Value) -> bool:
    if isinstance(one, PLAIN) and isinstance(other, PLAIN) and type(one) is type(other):
        return bool(one == other)  # our copies of a constant are one object to the user's program
    return one is other


UNARY: Mapping[type[libcst.CSTNode], Operator] = MappingProxyType(
    {libcst.Minus: operator.neg, libcst.Plus: operator.pos, libcst.BitInvert: operator.invert}
)


def apply(function: Callable[..., T], *operands: Value) -> T:
    """Run an operator as Python would: its exceptions become the user's program's.

    Raises `Raised` for an exception, `TooLarge` for a result beyond the limits.
    """
    try:
        return function(*operands)
    except (TooLarge, Raised, NotKnownBase):
        raise
    except (RecursionError, MemoryError):
        raise TooLarge from None
    except Exception as error:  # whatever Python's own operator raises, the user's program raises
        raise Raised(type(error).__name__, _message(error), value=error.args) from None


def _message(error: Exception) -> str:
    return str(error.args[0]) if len(error.args) == 1 else str(error)
