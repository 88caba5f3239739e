"""How long Python's regular expressions may take: bounded where the pattern tells, else tried in a process of its own.

Python's engine tries one way after the other, which can take exponential time, and nothing stops it. An engine that
takes linear time (RE2) differs in what it accepts and means: look-around, references, classes of letters, the end of a
text. So the engine stays Python's. A pattern whose ways are few is applied at once; any other is first applied to the
same text in a process that ends after `SECONDS`, and only what ends there is applied here.
"""

from __future__ import annotations

import importlib
import marshal
import math
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import ModuleType
from typing import Any

from pipelift.compiler.evaluate import meter

QUICK = 2_000_000
"""How many places a pattern may try in a text without a rehearsal: some 30 milliseconds."""

SECONDS = 0.25
"""How much processor time the rehearsal may take."""

PATIENCE = 20
"""How many seconds it may take by the clock, on a machine that has much else to do."""

MEMORY = 200_000_000
"""How many bytes the process may address."""

Argument = str | bytes | int

_CHILD = """
import marshal, sys
pattern, flags, name, args, kwargs, seconds, memory = marshal.load(sys.stdin.buffer)
try:
    import resource, signal
except ImportError:  # not on this system: the clock alone limits it
    pass
else:
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.setitimer(signal.ITIMER_PROF, seconds)
import re, time
result = getattr(re.compile(pattern, flags), name)(*args, **dict(kwargs))
if name == "finditer":
    for match in result:
        pass
print(time.process_time())
"""


def _find_parser() -> ModuleType | None:
    """Python's own parser of patterns, which has no public name."""
    try:
        return importlib.import_module("re._parser" if sys.version_info >= (3, 11) else "sre_parse")
    except ImportError:
        return None


_PARSER = _find_parser()


@dataclass(frozen=True, slots=True)
class Application:
    """A method of a pattern with its arguments, of which `text` is the one that is searched."""

    pattern: str | bytes
    flags: int
    name: str
    text: str | bytes
    args: tuple[Argument, ...]
    kwargs: tuple[tuple[str, Argument], ...] = ()


def check(application: Application) -> None:
    """Charge for applying a pattern. Raises `TooLarge` where it would take too long."""
    length = len(application.text)
    meter.read(length)
    ways = _count_ways(application.pattern, application.flags, length)
    starts = 1 if application.name in ("match", "fullmatch") else length + 1
    if ways * starts <= QUICK:
        return
    seconds = _rehearse(application)
    meter.take(SECONDS if seconds is None else seconds)
    if seconds is None:
        raise meter.TooLarge


@lru_cache(maxsize=512)
def _count_ways(pattern: str | bytes, flags: int, length: int) -> float:
    """How many places are tried from one start in a text of `length`, at most; infinite where it is not known."""
    if _PARSER is None:
        return math.inf
    try:
        tree = _PARSER.parse(pattern, flags)
        return _count_sequence(tree, length) * (len(tree) + 1)
    except (RecursionError, OverflowError):
        return math.inf


def _count_sequence(sequence: Sequence[Any], length: int) -> float:
    return math.prod(_count_item(str(kind), value, length) for kind, value in sequence)


def _count_item(kind: str, value: Any, length: int) -> float:
    if kind in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        least, most, body = value
        return _count_repeat(int(least), min(int(most), length + 1), _count_sequence(body, length))
    if kind == "SUBPATTERN":
        return _count_sequence(value[-1], length)
    if kind == "ATOMIC_GROUP":
        return _count_sequence(value, length)
    if kind == "BRANCH":
        return sum(_count_sequence(branch, length) for branch in value[1])
    if kind in ("ASSERT", "ASSERT_NOT"):
        # what a look-around captures may be the rest of the text at each place: only the rehearsal knows how much
        return math.inf if _captures(value[1]) else max(_count_sequence(value[1], length), 1)
    if kind == "GROUPREF_EXISTS":
        return sum(_count_sequence(branch, length) for branch in value[1:] if branch is not None)
    return 1  # one letter, one place or one reference


def _count_repeat(least: int, most: int, ways: float) -> float:
    counts = max(most - least, 0) + 1
    if ways <= 1:
        return counts
    return math.inf if most * math.log2(ways) > 64 else counts * ways ** max(most, 1)


def _captures(sequence: Sequence[Any]) -> bool:
    return "SUBPATTERN" in repr(sequence)


@lru_cache(maxsize=256)
def _rehearse(application: Application) -> float | None:
    """How many seconds the application takes in a process of its own; None where that has not come to an end."""
    request = (
        application.pattern,
        application.flags,
        application.name,
        application.args,
        application.kwargs,
        SECONDS,
        MEMORY,
    )
    try:
        child = subprocess.run(
            [sys.executable, "-I", "-S", "-c", _CHILD],
            input=marshal.dumps(request),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=PATIENCE,
            check=False,
        )
        return float(child.stdout)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None


def freeze(
    pattern: str | bytes, flags: int, name: str, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> Application:
    """The application of a pattern to the last text among its arguments."""
    texts = [arg for arg in (*args, *kwargs.values()) if isinstance(arg, (str, bytes))]
    return Application(pattern, flags, name, texts[-1] if texts else "", tuple(args), tuple(kwargs.items()))
