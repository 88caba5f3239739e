"""The standard streams of a command: a failure to write neither ends the command nor changes its exit status.

After the first write that fails (the reader is gone, the stream is closed, the disk is full) a stream drops all output,
and the command continues. `find_failure` returns afterwards the failure that lost output.
"""

from __future__ import annotations

import errno
import io
import os
import select
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class _Sink(io.FileIO):
    """A descriptor whose writes never fail: after the first failure (`failure`) it drops the data."""

    failure: OSError | None = None

    def write(self, data: ReadableBuffer, /) -> int:
        if self.failure is None:
            try:
                return self._write_all(data)
            except OSError as error:
                self.failure = error
        return memoryview(data).nbytes

    def _write_all(self, data: ReadableBuffer) -> int:
        while True:
            count = super().write(data)
            if count is not None:  # another process may have made the shared descriptor non-blocking
                return count
            select.select((), (self,), ())


@contextmanager
def steady() -> Iterator[None]:
    """Within the block no write to standard output or standard error fails."""
    _open_closed()
    before = sys.stdout, sys.stderr
    if before[0] in (None, sys.__stdout__):
        sys.stdout = _wrap_stream(before[0], 1)
    if before[1] in (None, sys.__stderr__):
        sys.stderr = _wrap_stream(before[1], 2)
    try:
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        sys.stdout, sys.stderr = before


def open_steady(path: Path) -> TextIO:
    """Open the text file `path` for appending; on a full disk it drops the output. Raises `OSError`."""
    return io.TextIOWrapper(io.BufferedWriter(_Sink(str(path), "ab")), encoding="utf-8")


def find_failure(stream: TextIO) -> OSError | None:
    """Find the failure that lost output of `stream`; None without one, or if the reader closed the pipe."""
    stream.flush()
    raw = getattr(getattr(stream, "buffer", None), "raw", None)
    failure = raw.failure if isinstance(raw, _Sink) else None
    return None if failure is None or failure.errno == errno.EPIPE else failure


def _wrap_stream(stream: TextIO | None, descriptor: int) -> TextIO:
    if stream is not None:
        stream.flush()
    return io.TextIOWrapper(
        io.BufferedWriter(_Sink(descriptor, "wb", closefd=False)),
        encoding=stream.encoding if stream else "utf-8",
        errors=stream.errors if stream else "replace",
        line_buffering=getattr(stream, "line_buffering", False),
    )


def _open_closed() -> None:
    """Open the null device for each closed standard stream (``>&-``), so that no file of ours gets its number."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
