"""The user's process: in a group of its own, its lines passed on as they come, ended when it must be."""

import os
import signal
import subprocess
import sys
import threading
import time
from typing import Callable, Dict, List, NamedTuple, Optional

from .context import Emit
from .contract import untrusted
from .errors import IO, NOT_EXECUTABLE, NOT_FOUND, TIMEOUT, LauncherError
from .guard import Guard

GRACE = 10.0
"""Seconds that a script has to end by itself once it has been asked to."""

Mask = Callable[[bytes], bytes]

_LINGER = 1.0
_TICK = 0.1
_CHUNK = 1 << 16
_LONGEST = 1 << 18
"""Bytes of a line: of a longer one pieces are passed on before it has ended."""
_HELD = 1 << 16
"""Bytes of such a line that wait for more: a secret of that length is masked, even where a piece ends in it."""


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
    mask: Optional[Mask] = None,
    guard: Optional[Guard] = None,
) -> Ending:
    """Run a program in `folder` to its end; its output goes to the file `log` and, by lines, to `emit`.

    `timeout` is in seconds. When it is over, `cancel` is set or the log cannot be written, the whole process group is
    asked to end and, after `GRACE`, killed; so is what a program that has ended leaves of its group, and the group of
    a launcher that is killed itself, by its `guard`, who may stay for several programs. `mask` is applied to each
    line before it goes anywhere.
    """
    if guard is None:
        with Guard() as own:
            return run(arguments, folder, environment, log, emit, cancel, timeout, mask, own)
    kills = _memory_kills()
    try:
        process = _start(arguments, folder, environment)
    except LauncherError as error:
        return Ending(error.status, str(error), False)
    guard.watch(process.pid)
    reader = _Reader(process, log, emit, mask)
    reader.start()
    try:
        ending = _wait(process, reader, cancel, timeout)
    finally:
        _signal(process, signal.SIGKILL)
        guard.release(process.pid)
        reader.join(_LINGER)
    if ending.exit_code == 128 + signal.SIGKILL and _memory_kills() > kills:
        return ending._replace(
            reason="the script was killed by the kernel: the memory of its container is used up"
        )
    return ending


def _start(arguments: List[str], folder: str, environment: Dict[str, str]) -> "subprocess.Popen[bytes]":
    """The process, in a group of its own. Raises `LauncherError` where the program cannot be started."""
    try:
        return subprocess.Popen(
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
        raise LauncherError(NOT_FOUND, "the program '{}' was not found".format(arguments[0]))
    except (OSError, ValueError) as error:
        why = explain_unencodable(error) if isinstance(error, ValueError) else error.strerror
        message = "the program '{}' cannot be started: {}"
        raise LauncherError(NOT_EXECUTABLE, message.format(arguments[0], why))


def explain_unencodable(error: ValueError) -> str:
    """Why a text cannot be a path, an argument or a variable here."""
    if not isinstance(error, UnicodeError):
        return "an argument or a variable holds a NUL character" if "null byte" in str(error) else str(error)
    message = "{} has no sign for {}; set LC_ALL=C.UTF-8, or PYTHONUTF8=1 with Python 3.7 and newer"
    return message.format(
        "the encoding of this locale ({})".format(sys.getfilesystemencoding()),
        ascii(getattr(error, "object", "")),
    )


class _Reader(threading.Thread):
    """Passes on the output until the last writer has closed it, then waits for the process, and sets `done`.

    `failure` is why the log cannot be written; what comes after it is read, and lost.
    """

    def __init__(
        self, process: "subprocess.Popen[bytes]", log: str, emit: Emit, mask: Optional[Mask]
    ) -> None:
        super().__init__(daemon=True)
        self._process = process
        self._log = log
        self._emit = emit
        self._mask = mask
        self.done = threading.Event()
        self.failure = ""

    def run(self) -> None:
        """What the thread does."""
        stream = self._process.stdout
        assert stream is not None  # it was asked for as a pipe
        try:
            self._pass_on(stream.fileno())
        except OSError as error:
            self.failure = "its log {} cannot be written: {}".format(self._log, error.strerror or error)
            while os.read(stream.fileno(), _CHUNK):
                pass
        finally:
            stream.close()
            self._process.wait()
            self.done.set()

    def _pass_on(self, descriptor: int) -> None:
        lines = _Lines(self._mask)
        log = untrusted.open_regular(self._log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        with os.fdopen(log, "ab") as file:
            while True:
                chunk = os.read(descriptor, _CHUNK)
                ready = lines.taken(chunk) if chunk else lines.rest()
                # A line that is to be masked is written when it has ended: a secret may lie across two chunks.
                file.write(chunk if self._mask is None else b"".join(ready))
                file.flush()
                for line in ready:
                    self._emit(_show_line(line))
                if not chunk:
                    return


class _Lines:
    """Makes lines of a stream of bytes, with their ends, and masks them; a very long one comes in pieces."""

    def __init__(self, mask: Optional[Mask]) -> None:
        self._mask = mask or bytes
        self._rest = b""

    def taken(self, chunk: bytes) -> List[bytes]:
        """The lines and pieces that `chunk` completes."""
        lines = (self._rest + chunk).split(b"\n")
        self._rest = lines.pop()
        ready = [self._mask(line) + b"\n" for line in lines]
        if len(self._rest) > _LONGEST:
            masked = self._mask(self._rest)
            ready.append(masked[:-_HELD])
            self._rest = masked[-_HELD:]
        return ready

    def rest(self) -> List[bytes]:
        """The last line, where it has no end."""
        return [self._mask(self._rest)] if self._rest else []


def _show_line(line: bytes) -> str:
    """A line as a terminal leaves it: of a progress bar, what came after the last carriage return."""
    return line.rstrip(b"\r\n").rpartition(b"\r")[2].decode("utf-8", "replace")


def _wait(
    process: "subprocess.Popen[bytes]", reader: _Reader, cancel: threading.Event, timeout: Optional[float]
) -> Ending:
    deadline = None if not timeout else time.monotonic() + timeout
    while not reader.done.wait(_TICK):
        if cancel.is_set():
            signum = getattr(cancel, "signum", None) or signal.SIGTERM
            _end(process, reader, signum)
            return Ending(128 + signum, "cancelled", True)
        if timeout and deadline is not None and time.monotonic() >= deadline:
            _end(process, reader, signal.SIGTERM)
            return Ending(TIMEOUT, "it ran longer than its timeout of {:g} seconds".format(timeout), False)
        if reader.failure:
            _end(process, reader, signal.SIGTERM)
            break
        if process.poll() is not None and not reader.done.wait(_LINGER):
            # Something that the script started in the background still holds its output; the step is over.
            _signal(process, signal.SIGKILL)
            reader.done.wait(_LINGER)
            break
    return Ending(IO, reader.failure, False) if reader.failure else _ending(process.returncode)


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


def _end(process: "subprocess.Popen[bytes]", reader: _Reader, signum: int) -> None:
    """Ask the group to end, and wait for all of it; kill it after `GRACE`."""
    _signal(process, signum)
    deadline = time.monotonic() + GRACE
    while time.monotonic() < deadline and not (reader.done.wait(_TICK) and _is_gone(process)):
        time.sleep(_TICK if reader.done.is_set() else 0)
    _signal(process, signal.SIGKILL)
    reader.done.wait(_LINGER)


def _is_gone(process: "subprocess.Popen[bytes]") -> bool:
    """Whether nothing is left of the group of a process that has ended."""
    try:
        while os.waitpid(-process.pid, os.WNOHANG)[0]:
            pass  # the first process of a container is the parent of all whose own is gone
    except OSError:
        pass
    return not _signal(process, 0)


def _signal(process: "subprocess.Popen[bytes]", signum: int) -> bool:
    """Send the signal to the group; whether there was somebody to get it."""
    try:
        os.killpg(process.pid, signum)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _memory_kills() -> int:
    """How many processes of this container the kernel has killed for want of memory, as far as can be told."""
    for path in ("/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory/memory.oom_control"):
        try:
            with open(path, encoding="ascii") as file:
                rows = [line.split() for line in file]
            return sum(int(row[1]) for row in rows if row[0] == "oom_kill")
        except (OSError, ValueError, IndexError):
            continue
    return 0
