"""`re`: patterns that come to an end, on texts of moderate length."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from pipelift.compiler.evaluate import meter, operators
from pipelift.compiler.evaluate.backtracking import check, freeze
from pipelift.compiler.evaluate.iteration import limit_items
from pipelift.compiler.evaluate.library.models import partial_module
from pipelift.compiler.evaluate.library.registry import module
from pipelift.compiler.evaluate.machine import LibraryCall, Machine
from pipelift.compiler.evaluate.natives import model_methods
from pipelift.compiler.evaluate.values import Iter, Model, Module, Raised, Unknown, Value, find_unknown

MAX_TEXT = 200_000
"""The longest text that a pattern is tried on."""

MAX_PATTERN = 2_000
"""The longest pattern that is tried."""

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
    if not isinstance(pattern, (str, bytes)):
        raise Raised("TypeError", "first argument must be string or compiled pattern", call.span)
    if not isinstance(flags, int):
        raise Raised("TypeError", "the flags must be a number", call.span)
    meter.limit(len(pattern), MAX_PATTERN)
    meter.spend(len(pattern))
    compiled: Pattern = operators.apply(re.compile, pattern, flags & ~re.DEBUG)
    meter.take(0)
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
    """What a method of a pattern gives; unknown where trying it would take too long."""
    unknown = find_unknown([*args, *kwargs.values()], 1)
    if unknown is not None:
        return unknown
    if not all(isinstance(value, (str, bytes, int)) for value in (*args, *kwargs.values())):
        return _refuse_arguments(call, name, args)
    application = freeze(pattern.pattern, pattern.flags, name, args, kwargs)
    if len(application.text) > MAX_TEXT:
        raise meter.TooLarge
    try:
        check(application)
    except meter.TooLarge:
        reason = "pipelift does not try this pattern: it could take too long"
        return Unknown(reason, call.span, unread=True)
    if name in ("sub", "subn") and args:
        args = (_make_replacement(pattern, args[0], application.text), *args[1:])
    result: Value = operators.apply(lambda: getattr(pattern, name)(*args, **kwargs))
    meter.take(0)
    if isinstance(result, Iterator):
        return Iter(limit_items(result))
    meter.charge(result, fresh=True)
    return result


def _refuse_arguments(call: LibraryCall, name: str, args: tuple[Value, ...]) -> Value:
    if name in ("sub", "subn") and args and not isinstance(args[0], (str, bytes)):
        return Unknown("pipelift does not follow a replacement by a function", call.span)
    raise Raised("TypeError", "expected string or bytes-like object", call.span)


def _make_replacement(pattern: Any, template: Any, text: Any) -> Value:
    """What stands for `template` in a substitution, and counts how long the result becomes. Raises `TooLarge`."""
    if not isinstance(template, (str, bytes)):
        return template
    backslash: Any = "\\" if isinstance(template, str) else b"\\"
    references = template.count(backslash)
    meter.limit(len(template) + references * len(text))
    operators.apply(lambda: pattern.sub(template, text[:0]))
    left = meter.MAX_SIZE

    def replace(match: re.Match[Any]) -> Any:
        nonlocal left
        replacement = match.expand(template) if references else template
        left -= len(replacement)
        meter.limit(-left, 0)
        return replacement

    return replace


model_methods(re.Pattern, _FUNCTIONS, _apply_pattern)
