"""Ctrl-C, SIGTERM and a closed terminal (SIGHUP): all three ask for what goes on to end, in order.

A signal that whoever started us ignores stays ignored: a run under ``nohup``, or in the background of a script,
goes on.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)  # Windows has no SIGHUP


class Interrupts:
    """What has come of these signals: `came` says whether one has, `calling` and `raising` what else one does."""

    def __init__(self) -> None:
        self.came = False
        self._act = _nothing

    def note(self, number: int, frame: FrameType | None) -> None:
        """A signal has come: a handler for `signal.signal`."""
        self.came = True
        self._act()

    @contextmanager
    def calling(self, act: Callable[[], None]) -> Iterator[None]:
        """Within the block each signal calls `act`, between any two lines; one that has come before does at once."""
        before, self._act = self._act, act
        try:
            if self.came:
                act()
            yield
        finally:
            self._act = before

    @contextmanager
    def raising(self) -> Iterator[None]:
        """Within the block the first signal raises `KeyboardInterrupt`; those after it disturb no clearing away."""

        def interrupt() -> None:
            self._act = _nothing
            _interrupt()

        with self.calling(interrupt):
            yield


@contextmanager
def caught() -> Iterator[Interrupts]:
    """Within the block signals end nothing by themselves; they are noted here, not in a block around this one.

    Only the main thread is told of signals: in another one this does nothing.
    """
    interrupts = Interrupts()
    if threading.current_thread() is not threading.main_thread():
        yield interrupts
        return
    before = {number: signal.getsignal(number) for number in SIGNALS}
    ours = {number: old for number, old in before.items() if old is not signal.SIG_IGN}
    for number in ours:
        signal.signal(number, interrupts.note)
    try:
        yield interrupts
    finally:
        for number, old in ours.items():
            signal.signal(number, signal.SIG_DFL if old is None else old)


@contextmanager
def interruptible() -> Iterator[None]:
    """Within the block each signal raises `KeyboardInterrupt`, in the main thread."""
    with caught() as interrupts, interrupts.calling(_interrupt):
        yield


def _interrupt() -> None:
    raise KeyboardInterrupt


def _nothing() -> None:
    """A signal is noted, and no more."""
