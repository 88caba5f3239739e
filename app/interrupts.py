"""Ctrl-C, SIGTERM and a closed terminal (SIGHUP): all three ask the running work to end in order.

A signal that the parent process ignores stays ignored: a run under ``nohup``, or in the background of a script,
continues.
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
    """The signals that arrive: `came` says whether one has; `calling` and `raising` choose what else one does."""

    def __init__(self) -> None:
        self.came = False
        self._act = _do_nothing

    def note(self, number: int, frame: FrameType | None) -> None:
        """Note that a signal came; a handler for `signal.signal`."""
        self.came = True
        self._act()

    @contextmanager
    def calling(self, act: Callable[[], None]) -> Iterator[None]:
        """Within the block each signal calls `act`, between any two lines; one that came before does so at once."""
        before, self._act = self._act, act
        try:
            if self.came:
                act()
            yield
        finally:
            self._act = before

    @contextmanager
    def raising(self) -> Iterator[None]:
        """Within the block the first signal raises `KeyboardInterrupt`; later ones do not disturb the cleanup."""

        def interrupt() -> None:
            self._act = _do_nothing
            _interrupt()

        with self.calling(interrupt):
            yield


@contextmanager
def caught() -> Iterator[Interrupts]:
    """Within the block signals are noted and end nothing; a block around this one does not see them.

    Only the main thread receives signals: in another thread this does nothing.
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


def _do_nothing() -> None:
    """Do no more than note the signal."""
