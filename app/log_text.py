"""What a step printed, as a terminal or a page can show it: without what only steers a terminal."""

from __future__ import annotations

import re

_STEERING = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b\]|\x9d)[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)|\x1b[ -/]*[0-~]"
)
_HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def clean_line(line: str) -> str:
    """`line` as it looks in the end: without sequences of escapes, and of a line that was overwritten the last state.

    What is left of control characters (but for the tab) and of marks that turn the direction becomes U+FFFD.
    """
    if line.isprintable():
        return line
    text = _STEERING.sub("", line)
    return _HIDDEN.sub("\N{REPLACEMENT CHARACTER}", text.rstrip("\r").rpartition("\r")[2])
