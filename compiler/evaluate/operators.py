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


def _add(left: Value, right: Value) -> Value:
    if isinstance(left, SIZED) and isinstance(right, SIZED) and len(left) + len(right) > MAX_SIZE:
        raise TooLarge
    return operator.add(left, right)


def _multiply(left: Value, right: Value) -> Value:
    for sized, count in ((left, right), (right, left)):
        if isinstance(sized, (*SIZED, deque)) and isinstance(count, int) and len(sized) * count > MAX_SIZE:
            raise TooLarge
    if isinstance(left, int) and isinstance(right, int) and left.bit_length() + right.bit_length() > MAX_BITS:
        raise TooLarge
    return operator.mul(left, right)


_powers: Operator = pow


def power(base: Value, exponent: Value, modulus: Value = None) -> Value:
    """``one ** other``, or `pow` with three arguments. Raises `TooLarge`."""
    if isinstance(base, int) and isinstance(exponent, int) and modulus is None:
        if abs(exponent) * max(base.bit_length(), 1) > MAX_BITS and abs(base) > 1:
            raise TooLarge
        return base**exponent
    return operator.pow(base, exponent) if modulus is None else _powers(base, exponent, modulus)


def _shift(left: Value, right: Value) -> Value:
    if isinstance(left, int) and isinstance(right, int) and left.bit_length() + right > MAX_BITS:
        raise TooLarge
    return operator.lshift(left, right)


def _modulo(left: Value, right: Value) -> Value:
    if isinstance(left, (str, bytes)):
        text = left if isinstance(left, str) else left.decode("latin-1")
        check_format(text)
        if "*" in text:
            raise TooLarge
    return operator.mod(left, right)


def check_weight(value: Value, most: int = 100_000) -> None:
    """Refuse a value whose items, counted as often as they are met, are too many to compare. Raises `TooLarge`."""
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, dict):
            pending.extend(item.values())
            most -= len(item)
        elif isinstance(item, (list, tuple)):
            pending.extend(item)
            most -= len(item)
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
    except (TooLarge, Raised, NotKnownBase):
        raise
    except (RecursionError, MemoryError):
        raise TooLarge from None
    except Exception as error:  # whatever Python's own operator raises, the user's program raises
        raise Raised(type(error).__name__, _render_message(error), value=error.args) from None


def _render_message(error: Exception) -> str:
    return str(error.args[0]) if len(error.args) == 1 else str(error)
