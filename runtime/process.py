"""The user's process: in a group of its own, its lines passed on as they come, ended when it must be."""

import os
import signal
import subprocess
import sys
import threading
import time
from typing import Callable, Dict, List, NamedTuple, Optional

from .context import Emit
from .errors import NOT_EXECUTABLE, NOT_FOUND, TIMEOUT

GRACE = 10.0
"""Seconds that a script has to end by itself once it has been asked to."""

_LINGER = 1.0
_TICK = 0.1
_CHUNK = 1 << 16


class Ending(NamedTuple("Ending", [("exit_code", int), ("reason", str), ("cancelled", bool)])):
    """How the process ended; `reason` is empty after success. Killed by signal n, the code is 128 + n."""


def run(
    arguments: List[str],
    folder: str,
    environment: Dict[str, str],
    log: str,
    emit: Emit,
    cancel: threading.Event,
    timeout: Optional[float] = None,
    mask: Optional[Callable[[bytes], bytes]] = None,
) -> Ending:
    """Run a program in `folder` to its end; its output goes to the file `log` and, by lines, to `emit`.

    `timeout` is in seconds. When it is over, or `cancel` is set, the whole process group is asked to end and,
    after `GRACE`, killed. `mask` is applied to each line before it goes anywhere.
    """
    try:
        process = subprocess.Popen(
            arguments,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            bufsize=0,
            start_new_session=True,
        )
    except FileNotFoundError:
        return Ending(NOT_FOUND, "the program '{}' was not found".format(arguments[0]), False)
    except OSError as error:
        why = "the program '{}' cannot be started: {}".format(arguments[0], error.strerror)
        return Ending(NOT_EXECUTABLE, why, False)
    except ValueError as error:
        why = "the program '{}' cannot be started: {}".format(arguments[0], unspeakable(error))
        return Ending(NOT_EXECUTABLE, why, False)
    done = threading.Event()
    reader = threading.Thread(target=_read, args=(process, log, emit, done, mask), daemon=True)
    reader.start()
    try:
        return _wait(process, done, cancel, timeout)
    except BaseException:
        _signal(process, signal.SIGKILL)
        raise
    finally:
        reader.join(_LINGER)


def unspeakable(error: ValueError) -> str:
    """Why a text cannot be a path, an argument or a variable here."""
    if not isinstance(error, UnicodeError):
        return "an argument or a variable holds a NUL character" if "null byte" in str(error) else str(error)
    message = "{} has no sign for {}; set LC_ALL=C.UTF-8, or PYTHONUTF8=1 with Python 3.7 and newer"
    return message.format(
        "the encoding of this locale ({})".format(sys.getfilesystemencoding()),
        ascii(getattr(error, "object", "")),
    )


def _read(
    process: subprocess.Popen,
    log: str,
    emit: Emit,
    done: threading.Event,
    mask: Optional[Callable[[bytes], bytes]],
) -> None:
    """Pass on the output until the last writer has closed it, then wait for the process."""
    rest = b""
    stream = process.stdout
    assert stream is not None  # it was asked for as a pipe
    try:
        with open(log, "ab", buffering=0) as file:
            while True:
                chunk = os.read(stream.fileno(), _CHUNK)
                if not chunk:
                    break
                lines = (rest + chunk).split(b"\n")
                rest = lines.pop()
                if mask is not None:  # a secret may lie across two chunks, but not across two lines
                    lines = [mask(line) for line in lines]
                    chunk = b"".join(line + b"\n" for line in lines)
                file.write(chunk)
                for line in lines:
                    emit(_shown(line))
            if rest and mask is not None:
                rest = mask(rest)
                file.write(rest)
        if rest:
            emit(_shown(rest))
    finally:
        stream.close()
        process.wait()
        done.set()


def _shown(line: bytes) -> str:
    """A line as a terminal leaves it: of a progress bar, what came after the last carriage return."""
    return line.rstrip(b"\r").rpartition(b"\r")[2].decode("utf-8", "replace")


def _wait(
    process: subprocess.Popen, done: threading.Event, cancel: threading.Event, timeout: Optional[float]
) -> Ending:
    deadline = None if not timeout else time.monotonic() + timeout
    while not done.wait(_TICK):
        if cancel.is_set():
            signum = getattr(cancel, "signum", None) or signal.SIGTERM
            _end(process, done, signum)
            return Ending(128 + signum, "cancelled", True)
        if timeout and deadline is not None and time.monotonic() >= deadline:
            _end(process, done, signal.SIGTERM)
            return Ending(TIMEOUT, "it ran longer than its timeout of {:g} seconds".format(timeout), False)
        if process.poll() is not None and not done.wait(_LINGER):
            # Something that the script started in the background still holds its output; the step is over.
            _signal(process, signal.SIGKILL)
            done.wait(_LINGER)
            break
    return _ending(process.returncode)


def _ending(code: int) -> Ending:
    if code == 0:
        return Ending(0, "", False)
    if code > 0:
        return Ending(code, "the script ended with exit status {}".format(code), False)
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = "signal {}".format(-code)
    return Ending(128 - code, "the script was killed by {}".format(name), False)


def _end(process: subprocess.Popen, done: threading.Event, signum: int) -> None:
    _signal(process, signum)
    if not done.wait(GRACE):
        _signal(process, signal.SIGKILL)
        done.wait(_LINGER)


def _signal(process: subprocess.Popen, signum: int) -> None:
    try:
        os.killpg(process.pid, signum)
    except (ProcessLookupError, PermissionError):
        pass
