"""What is left to do for steps that have ended, done by a thread beside those that run."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, Queue

from pipelift.app.running import Event, Tell
from pipelift.backends.supervision.run_file import describe_error

# A step that ends waits where so much is left to do: a slow disk must not be outrun.
_MOST = 8

# Seconds until the next step has started its script: both need the interpreter, and nobody waits for what is left.
_PAUSE = 0.01


class Deferral:
    """A queue of work with one thread. A context manager: when the block ends all is done, and failures are told.

    What fails with an `OSError` changes nothing about the run: the next one clears away and takes over what is left.
    """

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._queue: Queue[Callable[[], None] | None] = Queue(_MOST)
        self._faults: list[BaseException] = []
        self._failures: list[OSError] = []
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)

    def __enter__(self) -> Deferral:
        self._thread.start()
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self._ends.set()
        self._queue.put(None)
        self._thread.join()
        for failure in self._failures:
            text = f"what a step has left cannot be put in order yet: {describe_error(failure)}"
            self._tell(Event("note", text=text))
        if self._faults and error is None:
            raise self._faults[0]

    def put(self, act: Callable[[], None]) -> None:
        """Have `act` done, soon."""
        self._queue.put(act)

    def _work(self) -> None:
        while (act := self._queue.get()) is not None:
            self._ends.wait(_PAUSE)
            self._attempt(act)
            with suppress(Empty):
                while (act := self._queue.get_nowait()) is not None:
                    self._attempt(act)
                return

    def _attempt(self, act: Callable[[], None]) -> None:
        try:
            act()
        except OSError as error:
            self._failures.append(error)
        except BaseException as fault:  # carried to the thread that waits, which raises it
            self._faults.append(fault)
