"""The GPUs of this machine, shared out among the steps that run side by side: no two see the same one."""

from __future__ import annotations

import re
import shutil
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from pipelift.compiler import ir

VARIABLE = "CUDA_VISIBLE_DEVICES"
"""What CUDA reads: the devices that a process may use, by number or UUID, with commas."""

_LISTED = re.compile(r"GPU (\d+): ")
_PATIENCE = 0.2  # seconds between two looks at whether the run is cancelled
_SMI_TIMEOUT = 30


def visible_gpus(environ: Mapping[str, str]) -> tuple[str, ...]:
    """The GPUs that `environ` leaves to this run, else all that ``nvidia-smi -L`` lists, else none."""
    setting = environ.get(VARIABLE)
    if setting is not None:
        devices = [device.strip() for device in setting.split(",")]
        # As CUDA does: what comes after an invalid device does not count.
        cut = next((index for index, device in enumerate(devices) if device in ("", "-1")), len(devices))
        return tuple(devices[:cut])
    program = shutil.which("nvidia-smi", path=environ.get("PATH"))
    if program is None:
        return ()
    try:
        process = subprocess.run(
            (program, "-L"),
            capture_output=True,
            text=True,
            check=False,
            timeout=_SMI_TIMEOUT,
            env=dict(environ),
        )
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return tuple(_LISTED.findall(process.stdout)) if process.returncode == 0 else ()


class Gpus:
    """A pool of devices. Steps get theirs in the order in which they ask, and give them back when they end."""

    def __init__(self, devices: Sequence[str]) -> None:
        self._devices = tuple(devices)
        self._free = list(devices)
        self._queue: deque[object] = deque()
        self._changed = threading.Condition()

    @contextmanager
    def lease(
        self, step: ir.Step, emit: Callable[[str], None], cancel: threading.Event
    ) -> Iterator[Mapping[str, str]]:
        """The variable that shows `step` its GPUs, for as long as the block runs; waits until they are free.

        A step that asks for more than there are gets all of them, alone. Without GPUs, and for a step that says
        itself which it uses, nothing is set.
        """
        count = min(step.resources.gpus, len(self._devices))
        if not count or any(variable.name == VARIABLE for variable in step.variables):
            yield {}
            return
        devices = self._take(count, emit, cancel)
        try:
            yield {VARIABLE: ",".join(devices)}
        finally:
            with self._changed:
                self._free = [device for device in self._devices if device in (*self._free, *devices)]
                self._changed.notify_all()

    def _take(self, count: int, emit: Callable[[str], None], cancel: threading.Event) -> list[str]:
        """Wait for `count` free devices; a cancelled step gets none, as it is stopped at once."""
        ticket = object()
        with self._changed:
            self._queue.append(ticket)
            if not self._is_next(ticket, count):
                emit(f"waits until {count} of {len(self._devices)} GPUs {'is' if count == 1 else 'are'} free")
            while not self._is_next(ticket, count) and not cancel.is_set():
                self._changed.wait(_PATIENCE)
            devices = self._free[:count] if self._is_next(ticket, count) else []
            self._free = [device for device in self._free if device not in devices]
            self._queue.remove(ticket)
            self._changed.notify_all()
        return devices

    def _is_next(self, ticket: object, count: int) -> bool:
        return self._queue[0] is ticket and len(self._free) >= count


def gpus_for(pipeline: ir.Pipeline, environ: Mapping[str, str]) -> Gpus:
    """The pool for one run; the machine is only asked where a step wants a GPU."""
    return Gpus(visible_gpus(environ) if any(step.resources.gpus for step in pipeline.steps) else ())
