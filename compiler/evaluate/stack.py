"""The evaluator's own stack: what nests deeply goes on in further threads, each of which begins with an empty one.

Python counts nested calls by thread and limits them by interpreter, so a library that raised the limit would raise it
for the whole program around it, and for stacks that may be too small. Nobody else's limit or stack is touched here.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextvars import copy_context
from threading import Thread
from typing import Generic, TypeVar

from pipelift.compiler.evaluate import meter

T = TypeVar("T")

MAX_NESTING = 4_000
"""How deep expressions, statements and calls of a program may nest, all together."""

FRAMES = 20
"""How many of Python's own calls one of these takes at most, with some to spare."""


class TooDeep(BaseException):
    """The program nests deeper than `MAX_NESTING`. No handler on the way goes on after it."""


class Stack:
    """Counts how deep the evaluation is, and continues it in a new thread before Python's own limit ends it.

    `abandon` is called when the thread that waits for an inner one is interrupted: it has to end the inner one's work.
    """

    def __init__(self, abandon: Callable[[], None]) -> None:
        self._abandon = abandon
        self._depth = 0
        self._levels = max(sys.getrecursionlimit() // FRAMES, 2)

    def descend(self, function: Callable[..., T], *args: object) -> T:
        """``function(*args)``, one level deeper. Raises `TooDeep` beyond `MAX_NESTING`."""
        self._depth += 1
        try:
            if self._depth % self._levels != 1:
                return function(*args)
            if self._depth > MAX_NESTING:
                raise TooDeep
            return _Task(function, args).run(self._abandon)
        finally:
            self._depth -= 1


class _Task(Generic[T]):
    """A call in a thread of its own, whose result or exception the waiting thread takes over."""

    def __init__(self, function: Callable[..., T], args: tuple[object, ...]) -> None:
        self._function = function
        self._args = args
        self._results: list[T] = []
        self._error: BaseException | None = None

    def run(self, abandon: Callable[[], None]) -> T:
        """The result of the call. Raises what it raises, and `TooDeep` where there is no thread for it."""
        thread = Thread(target=copy_context().run, args=(self._call,), name="pipelift-evaluate", daemon=True)
        try:
            thread.start()
            thread.join()
        except RuntimeError:  # the system gives no more threads
            raise TooDeep from None
        except BaseException:
            abandon()
            raise
        failure, self._error = self._error, None
        try:
            if failure is not None:
                raise failure
            return self._results[0]
        finally:
            del failure  # its traceback holds this frame

    def _call(self) -> None:
        try:
            with meter.thread():
                self._results.append(self._function(*self._args))
        except BaseException as error:  # whatever it is, it is raised in the waiting thread
            self._error = error
