"""`re`: patterns that end, on texts of moderate length."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from pipelift.compiler.evaluate import operators
from pipelift.compiler.evaluate.library.models import partial_module
from pipelift.compiler.evaluate.library.registry import module
from pipelift.compiler.evaluate.machine import LibraryCall, Machine
from pipelift.compiler.evaluate.natives import model_methods
from pipelift.compiler.evaluate.values import Iter, Model, Module, Raised, Unknown, Value, find_unknown

MAX_TEXT = 20_000
"""The longest text that a pattern is tried on."""

Pattern = re.Pattern[str] | re.Pattern[bytes]

_FUNCTIONS = ("match", "fullmatch", "search", "findall", "finditer", "split", "sub", "subn")


@module("re")
def re_module(it: Machine) -> Module:
    """`re`."""
    members: dict[str, Value] = {name: Model(f"re.{name}", _model_function(name)) for name in _FUNCTIONS}
    flags = ("I", "IGNORECASE", "M", "MULTILINE", "S", "DOTALL", "X", "VERBOSE", "A", "ASCII")
    members.update({flag: int(getattr(re, flag)) for flag in flags})
    members.update(
        {
            "compile": Model(
                "re.compile", lambda call, pattern, flags=0: _compile_pattern(call, pattern, flags)
            ),
            "escape": Model("re.escape", lambda call, pattern: operators.apply(lambda: re.escape(pattern))),
            "error": Unknown("pipelift does not follow re.error"),
        }
    )
    return partial_module("re", members)


def _compile_pattern(call: LibraryCall, pattern: Value, flags: Value = 0) -> Pattern:
    if isinstance(pattern, re.Pattern):
        return pattern
    if not isinstance(pattern, (str, bytes)) or len(pattern) > 1_000:
        raise Raised("TypeError", "the pattern must be a text", call.span)
    if not isinstance(flags, int):
        raise Raised("TypeError", "the flags must be a number", call.span)
    compiled: Pattern = operators.apply(re.compile, pattern, flags)
    return compiled


def _model_function(name: str) -> Callable[..., Value]:
    def run(call: LibraryCall, pattern: Value, *args: Value, **kwargs: Value) -> Value:
        flags = kwargs.pop("flags", 0)
        compiled = _compile_pattern(call, pattern, flags)
        return _apply_pattern(call, compiled, name, args, kwargs)

    return run


def _apply_pattern(
    call: LibraryCall, pattern: Pattern, name: str, args: tuple[Value, ...], kwargs: dict[str, Value]
) -> Value:
    """What a method of a pattern gives; unknown where trying it could take too long."""
    unknown = find_unknown([*args, *kwargs.values()], 1)
    if unknown is not None:
        return unknown
    text = next((arg for arg in reversed(args) if isinstance(arg, (str, bytes))), "")
    if len(text) > MAX_TEXT or not _is_quick(pattern.pattern, len(text)):
        return Unknown("pipelift does not try this pattern: it could take too long", call.span)
    if name in ("sub", "subn") and args and not isinstance(args[0], (str, bytes)):
        return Unknown("pipelift does not follow a replacement by a function", call.span)
    result: Value = operators.apply(lambda: getattr(pattern, name)(*args, **kwargs))
    if isinstance(result, str) and len(result) > operators.MAX_SIZE:
        raise operators.TooLarge
    return Iter(list(result)) if isinstance(result, Iterator) else result


def _is_quick(pattern: str | bytes, length: int) -> bool:
    """Whether backtracking stays moderate: no repeat inside a repeated group, and few repeats for a long text."""
    source = pattern if isinstance(pattern, str) else pattern.decode("latin-1")
    simplified = re.sub(r"\\.", "_", source)
    simplified = re.sub(r"\[\^?\]?[^\]]*\]", "_", simplified)
    repeats = len(re.findall(r"[*+]|\{\d*,\d*\}", simplified))
    repeated_group = re.search(r"\)[*+{]", simplified) is not None
    if repeated_group and (repeats > 1 or "|" in simplified):
        return False
    return bool(max(length, 1) ** max(repeats - 1, 0) <= 20_000_000)


model_methods(re.Pattern, _FUNCTIONS, _apply_pattern)
