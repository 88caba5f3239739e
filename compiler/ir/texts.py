"""Texts that files, arguments and variables can hold: the IR has no others."""

from __future__ import annotations

import re

_UNFIT = re.compile("[\0\ud800-\udfff]")


def find_flaw(text: str) -> str | None:
    """What in `text` no artifact can hold, in words: a null byte ends the arguments and variables of a process, and
    UTF-8 has no half characters. None where all is well."""
    flaw = _UNFIT.search(text)
    if flaw is None:
        return None
    return "a null byte" if flaw[0] == "\0" else "half a character (a lone surrogate)"
