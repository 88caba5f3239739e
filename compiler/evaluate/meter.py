"""The meter of an evaluation: what it may take of work, memory and time, and the one way to charge for them.

Whoever does something whose cost depends on the program says so with a function of this module, by what it really
costs: `spend` for work, `build` for memory, `walk`, `read`, `index` and `charge` for the usual kinds of both. The
meter of the evaluation that runs is found by context, since Python's own code calls back into values (to hash or to
compare them) where no machine is at hand. Where nothing is evaluated, charging does nothing.

What would be too much at once is refused before it is done (`TooLarge`): its result is unknown, and the program goes
on. A loop has a limit of its own (`LoopSpent`): what it computes is unknown. The end of the whole meter is an error.
"""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import get_ident

from pipelift.compiler.diagnostics.span import Span

STEPS = 1_000_000
"""How many steps one evaluation may take. A statement or call is one; it takes 3 to 8 microseconds."""

LOOP_STEPS = 400_000
"""How many steps a loop that stands in no other may take."""

BYTES = 256_000_000
"""How many bytes of values one evaluation may make, those that it drops again included."""

LOOP_BYTES = 128_000_000
"""How many bytes a loop that stands in no other may make."""

SECONDS = 7.0
"""How much processor time one evaluation may take, whatever its steps are: the last resort."""

MAX_SIZE = 1_000_000
"""The longest text (letters) or list (items) that one operation may make."""

MAX_BITS = 20_000
"""The widest number that one operation may make; Python prints no number of more than 4,300 digits anyway."""

MAX_WEIGHT = 100_000
"""How many items, counted as often as they are met, one comparison or hash may look at."""

MAX_LEVELS = 500
"""How deep data may nest that are compared or hashed: Python's own code for that does not check its stack."""

ITEMS = 300
"""How many items Python copies or compares in the time of a step."""

ENTRIES = 60
"""How many items Python hashes in the time of a step."""

LOOKS = 12
"""How many items the evaluator looks at in the time of a step."""

LETTERS = 500
"""How many letters Python reads or writes in the time of a step."""

THREAD = 30
"""How many steps a thread takes to start and end."""

OPENING = 20
"""How many steps it takes to find and open a file."""

SMALL = 64
"""What has fewer parts is paid for by the step that makes it."""

_LOOKS_AFTER = 100
"""After how many steps the clock is read again."""

_FRESH = 64
"""How many bytes an item takes, beside its place in the container, that is made with it."""

_SLOT = 8
"""How many bytes the place of an item takes in a list."""

_HANDS = 4
"""How often the arguments of a call are copied, until its function has them."""

_KEYWORD = 100
"""How many bytes the place of an item takes in a dict."""


class TooLarge(Exception):
    """The result of one operation would be larger than the limits: it is left unknown."""


class Spent(BaseException):
    """The evaluation has taken what it may. No handler of the program on the way goes on after it.

    `reason` says what there was too much of; `span` is where.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.span: Span | None = None


class LoopSpent(BaseException):
    """A loop has taken what a loop may: it is given up. Only the loop itself goes on after it."""


class Meter:
    """What one evaluation has taken so far, and may take."""

    def __init__(self) -> None:
        self._steps = 0
        self._bytes = 0
        self._seconds = 0.0
        self._clocks: dict[int, float] = {}
        self._most_steps = STEPS
        self._loop: tuple[int, int] | None = None
        self._next_look = 0

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Charge this meter for what the body of the ``with`` does."""
        token = _METER.set(self)
        try:
            yield
        finally:
            _METER.reset(token)

    @property
    def in_loop(self) -> bool:
        """Whether a loop's own limit is in force."""
        return self._loop is not None

    @contextmanager
    def loop(self) -> Iterator[None]:
        """Run the body of the ``with`` under the limit of a loop. Raises `LoopSpent`."""
        self._loop = (self._steps + LOOP_STEPS, self._bytes + LOOP_BYTES)
        try:
            yield
        finally:
            self._loop = None

    def abandon(self) -> None:
        """Take all that is left: whatever still evaluates ends with `Spent`."""
        self._most_steps = self._next_look = -1

    def spend(self, steps: int) -> None:
        """Count steps. Raises `Spent` or `LoopSpent` where there are no more."""
        self._steps += steps
        if self._steps >= self._next_look:
            self._look()

    def take(self, seconds: float) -> None:
        """Count processor time that another process took. Raises `Spent` where there is no more."""
        self._seconds += seconds
        self._look()

    def build(self, size: int) -> None:
        """Count bytes of memory. Raises `Spent` or `LoopSpent` where there are no more."""
        self._bytes += size
        if self._bytes > BYTES:
            raise Spent(f"makes more than {BYTES // 1_000_000} MB of values")
        if self._loop is not None and self._bytes > self._loop[1]:
            raise LoopSpent

    def _look(self) -> None:
        self._read_clock()
        if self._steps > self._most_steps:
            raise Spent("takes too many steps")
        if self._seconds > SECONDS:
            raise Spent(f"takes more than {SECONDS:.0f} seconds")
        if self._loop is not None and self._steps > self._loop[0]:
            raise LoopSpent
        self._next_look = self._steps + _LOOKS_AFTER

    @contextmanager
    def thread(self) -> Iterator[None]:
        """Count the processor time of the body of the ``with``, which begins and ends a thread."""
        self._clocks[get_ident()] = time.thread_time()
        try:
            yield
        finally:
            self._read_clock()

    def _read_clock(self) -> None:
        """Add the processor time of this thread since its last look."""
        thread, now = get_ident(), time.thread_time()
        self._seconds += max(now - self._clocks.get(thread, now), 0.0)
        self._clocks[thread] = now


_METER: ContextVar[Meter | None] = ContextVar("meter", default=None)


def spend(steps: int = 1) -> None:
    """Charge steps. Raises `Spent` or `LoopSpent` where there are no more."""
    meter = _METER.get()
    if meter is not None:
        meter.spend(steps)


def build(size: int) -> None:
    """Charge bytes of memory. Raises `Spent` or `LoopSpent` where there are no more."""
    meter = _METER.get()
    if meter is not None:
        meter.build(size)


def take(seconds: float) -> None:
    """Charge processor time that another process took, and look at the clock. Raises `Spent`."""
    meter = _METER.get()
    if meter is not None:
        meter.take(seconds)


@contextmanager
def thread() -> Iterator[None]:
    """Charge for a thread, and for the processor time that the body of the ``with`` takes in it."""
    meter = _METER.get()
    if meter is None:
        yield
        return
    meter.spend(THREAD)
    with meter.thread():
        yield


def walk(count: int) -> None:
    """Charge for `count` items that Python's own code goes through."""
    if count > SMALL:
        spend(count // ITEMS)


def index(count: int) -> None:
    """Charge for `count` items that Python hashes."""
    if count >= ENTRIES:
        spend(count // ENTRIES)


def look(count: int) -> None:
    """Charge for `count` items that the evaluator itself looks at one by one."""
    spend(count // LOOKS)


def read(count: int) -> None:
    """Charge for `count` letters that are read or written."""
    if count > LETTERS:
        spend(count // LETTERS)


def charge(value: object, *, fresh: bool = False) -> None:
    """Charge for a value that was made just now, at its first level; `fresh` says that its items were made, too."""
    if isinstance(value, (str, bytes, bytearray)):
        if len(value) > SMALL:
            read(len(value))
            build(sys.getsizeof(value))
    elif isinstance(value, (list, tuple, deque)):
        if len(value) > SMALL:
            walk(len(value))
            build(len(value) * (_SLOT + _FRESH if fresh else _SLOT))
    elif isinstance(value, (dict, set, frozenset)):
        if len(value) > SMALL:
            index(len(value))
            build(sys.getsizeof(value) + (len(value) * _FRESH if fresh else 0))
    elif isinstance(value, int):
        spend(value.bit_length() // LETTERS)


def pass_arguments(positional: int, keywords: int) -> None:
    """Charge for the arguments of a call: each call on the way to the last function holds copies of its own."""
    if positional + keywords > SMALL:
        walk(_HANDS * positional)
        index(_HANDS * keywords)
        build(_HANDS * (_SLOT * positional + _KEYWORD * keywords))


def limit(size: int, most: int = MAX_SIZE) -> None:
    """Refuse to make what has `size` letters or items. Raises `TooLarge`."""
    if size > most:
        raise TooLarge


def weigh(value: object, most: int = MAX_WEIGHT) -> None:
    """Charge for hashing or comparing `value`, whose parts count as often as they are met.

    Raises `TooLarge` for more than `most` parts, and for what nests deeper than `MAX_LEVELS`.
    """
    if not isinstance(value, _NESTING):
        return
    left, pending = most, [(value, 0)]
    while pending:
        item, level = pending.pop()
        left -= len(item)
        if left < 0 or level > MAX_LEVELS:
            look(most - max(left, 0))
            raise TooLarge
        parts = item.values() if isinstance(item, dict) else item
        pending += [(part, level + 1) for part in parts if isinstance(part, _NESTING)]
    look(most - left)


_NESTING = (tuple, list, dict, set, frozenset, deque)
"""What can hold other values, and is hashed or compared by them."""
