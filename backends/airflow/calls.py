"""Calls of Python functions as text, laid out as black does."""

from __future__ import annotations

from pipelift.backends.printing.literals import LINE_LENGTH, Code, python_literal


def call(indent: int, used: int, function: str, *arguments: object, **keywords: object) -> Code:
    """``function(…)`` on a line that begins with `indent` spaces and has `used` columns taken beside it.

    Arguments are values, written as literals, or `Code`. Where the line is too long, each stands on its own.
    """
    named = [(f"{name}=", value) for name, value in keywords.items()]
    items = [*(("", value) for value in arguments), *named]
    flat = f"{function}({', '.join(name + python_literal(value, 0, 0) for name, value in items)})"
    if len(flat) + used <= LINE_LENGTH:
        return Code(flat)
    inner = indent + 4
    lines = [f"{name}{python_literal(value, inner, inner + len(name) + 1)}," for name, value in items]
    return Code("\n".join([f"{function}(", *(" " * inner + line for line in lines), " " * indent + ")"]))
