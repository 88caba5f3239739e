"""A container in the foreground: its lines as they come, its exit status, and its end when the run is cancelled."""

from __future__ import annotations

import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from pipelift.backends.containers.docker import Docker
from pipelift.runtime.process import GRACE

_TICK = 0.1
_LINGER = 2.0
_TAIL = 20
# A launcher that is asked to stop gives its script GRACE, and then writes its record.
_STOPPING = GRACE + 5


@dataclass(frozen=True, slots=True)
class Container:
    """What starts a container and stays for as long as it runs: `command`, in `folder` with the variables `environ`.

    `name` is the container's; `docker` the program that stops it.
    """

    command: Sequence[str]
    name: str
    docker: str
    environ: Mapping[str, str]
    folder: Path | None = None


@dataclass(frozen=True, slots=True)
class AttendedRun:
    """How it ended. `errors` are the last lines of its standard error: the launcher's, or the engine's own.

    `printed` says whether there was a line on its standard output: then it has started.
    """

    exit_code: int
    errors: tuple[str, ...]
    printed: bool


def attend(container: Container, emit: Callable[[str], None], cancel: threading.Event) -> AttendedRun:
    """Run `container` to its end; `emit` gets each line of its standard output. It is stopped when `cancel` is set.

    Raises `OSError` where the program cannot be started.
    """
    process = subprocess.Popen(
        list(container.command),
        cwd=container.folder,
        env=dict(container.environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,  # Ctrl-C of the terminal is ours alone: we stop the container in order
    )
    errors: deque[str] = deque(maxlen=_TAIL)
    last: deque[str] = deque(maxlen=1)

    def record_line(line: str) -> None:
        last.append(line)
        emit(line)

    assert process.stdout is not None and process.stderr is not None  # both were asked for as pipes
    readers = [_start_reader(process.stdout, record_line), _start_reader(process.stderr, errors.append)]
    try:
        while process.poll() is None:
            # Not `cancel.wait`: a signal's handler may set it, in this very thread.
            if cancel.is_set():
                _stop(container, process)
            with suppress(subprocess.TimeoutExpired):
                process.wait(_TICK)
    except BaseException:
        process.kill()
        raise
    finally:
        for reader in readers:
            reader.join(_LINGER)
    return AttendedRun(process.returncode, tuple(errors), bool(last))


def _start_reader(stream: IO[bytes], emit: Callable[[str], None]) -> threading.Thread:
    def read() -> None:
        with stream:
            for line in stream:
                emit(line.decode("utf-8", "replace").rstrip("\r\n"))

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    return thread


def _stop(container: Container, process: subprocess.Popen[bytes]) -> None:
    """Ask until it has ended: a container that is being created cannot be stopped yet."""
    deadline = time.monotonic() + _STOPPING
    while process.poll() is None:
        if time.monotonic() > deadline:
            _ask_engine(container, "kill")
            process.kill()
            process.wait()
            return
        _ask_engine(container, "stop", "--time", f"{_STOPPING:.0f}")
        try:
            process.wait(_TICK)
        except subprocess.TimeoutExpired:
            continue


def _ask_engine(container: Container, *words: str) -> None:
    """Ask the engine; that it refuses, or does not answer, is what the caller's loop is for."""
    docker = Docker(container.docker, container.environ)
    docker.ask(*words, container.name, patience=2 * _STOPPING)
