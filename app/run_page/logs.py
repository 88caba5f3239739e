"""A step's log as a page can hold it: its beginning and its end, without what only steers a terminal."""

from __future__ import annotations

import os
from pathlib import Path

from pipelift.app.history.left import open_leftover
from pipelift.app.log_text import clean_line

HEAD, TAIL = 48 * 1024, 144 * 1024
"""Bytes kept of a log that is longer than both together."""
ALL = 6 * 1024 * 1024
"""Bytes for the logs of all steps of a page."""


def read_log(path: Path, steps: int) -> tuple[str, int]:
    """Read the text, and how many bytes of the middle are left out; empty if there is no log.

    `steps` is how many logs share the page.
    """
    share = min(1.0, ALL / (max(1, steps) * (HEAD + TAIL)))
    head, tail = int(HEAD * share), int(TAIL * share)
    try:
        with open_leftover(path) as file:
            size = os.fstat(file.fileno()).st_size
            if size <= head + tail:
                return _clean_text(file.read()), 0
            first = file.read(head)
            file.seek(size - tail)
            last = file.read(tail)
    except OSError:
        return "", 0
    first = first[: first.rfind(b"\n") + 1] or first
    last = last[last.find(b"\n") + 1 :] or last
    left_out = size - len(first) - len(last)
    return f"{_clean_text(first)}\n… {left_out} bytes left out …\n\n{_clean_text(last)}", left_out


def _clean_text(data: bytes) -> str:
    """Decode the bytes, and show each line as it looks in the end."""
    lines = data.decode("utf-8", "replace").replace("\r\n", "\n").split("\n")
    return "\n".join(map(clean_line, lines))
