"""Operators on known values, under limits that keep hostile source from exhausting the machine."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from types import MappingProxyType

import libcst

from pipelift.compiler.evaluate.values import PLAIN, Instance, Raised, Value

MAX_SIZE = 1_000_000
"""The longest text or list (items), and the widest number (bits), that an operator may make."""

Operator = Callable[[Value, Value], Value]


class TooLarge(Exception):
    """The result would be larger than `MAX_SIZE`: it is left unknown."""


def _multiply(one: Value, other: Value) -> Value:
    for sized, count in ((one, other), (other, one)):
        if (
            isinstance(sized, (str, bytes, list, tuple))
            and isinstance(count, int)
            and len(sized) * count > MAX_SIZE
        ):
            raise TooLarge
    if isinstance(one, int) and isinstance(other, int) and one.bit_length() + other.bit_length() > MAX_SIZE:
        raise TooLarge
    return one * other


def _power(one: Value, other: Value) -> Value:
    if isinstance(one, int) and isinstance(other, int) and abs(other) * max(one.bit_length(), 1) > MAX_SIZE:
        raise TooLarge
    return one**other


def _shift(one: Value, other: Value) -> Value:
    if isinstance(other, int) and other > MAX_SIZE:
        raise TooLarge
    return one << other


def _modulo(one: Value, other: Value) -> Value:
    if isinstance(one, (str, bytes)):
        check_format(one if isinstance(one, str) else one.decode("latin-1"))
        if "*" in str(one):
            raise TooLarge
    return one % other


def check_format(template: str) -> None:
    """Refuse a template that asks for a width or precision of more than six digits. Raises `TooLarge`."""
    digits = 0
    for character in template:
        digits = digits + 1 if character.isdigit() else 0
        if digits > 6:
            raise TooLarge


BINARY: Mapping[type[libcst.CSTNode], Operator] = MappingProxyType(
    {
        libcst.Add: operator.add,
        libcst.Subtract: operator.sub,
        libcst.Multiply: _multiply,
        libcst.Divide: operator.truediv,
        libcst.FloorDivide: operator.floordiv,
        libcst.Modulo: _modulo,
        libcst.Power: _power,
        libcst.LeftShift: _shift,
        libcst.RightShift: operator.rshift,
        libcst.BitAnd: operator.and_,
        libcst.BitOr: operator.or_,
        libcst.BitXor: operator.xor,
        libcst.AddAssign: operator.add,
        libcst.SubtractAssign: operator.sub,
        libcst.MultiplyAssign: _multiply,
        libcst.DivideAssign: operator.truediv,
        libcst.FloorDivideAssign: operator.floordiv,
        libcst.ModuloAssign: _modulo,
        libcst.PowerAssign: _power,
        libcst.LeftShiftAssign: _shift,
        libcst.RightShiftAssign: operator.rshift,
        libcst.BitAndAssign: operator.and_,
        libcst.BitOrAssign: operator.or_,
        libcst.BitXorAssign: operator.xor,
    }
)

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


UNARY: Mapping[type[libcst.CSTNode], Callable[[Value], Value]] = MappingProxyType(
    {libcst.Minus: operator.neg, libcst.Plus: operator.pos, libcst.BitInvert: operator.invert}
)


def apply(function: Callable[..., Value], *operands: Value) -> Value:
    """Run an operator as Python would: its exceptions become the user's program's.

    Raises `Raised` for an exception, `TooLarge` for a result beyond the limits.
    """
    try:
        return function(*operands)
    except (TooLarge, Raised):
        raise
    except RecursionError:
        raise TooLarge from None
    except (MemoryError, OverflowError):
        raise TooLarge from None
    except Exception as error:  # whatever Python's own operator raises, the user's program raises
        raise Raised(type(error).__name__, str(error)) from None


def has_user_operators(value: Value) -> bool:
    """Whether the operand is an object of the user's class, whose operators we do not follow."""
    return isinstance(value, Instance)
