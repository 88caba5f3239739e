"""Names in the few characters that engines, paths and images share, made from names that users chose freely."""

from __future__ import annotations

import re

from pipelift.runtime.contract.digests import digest

_DIGITS = 8


def slug(text: str, joint: str = "-") -> str:
    """`text` in small ASCII letters and digits, with one `joint` for all between them; empty where it has none."""
    return re.sub(r"[^a-z0-9]+", joint, text.lower()).strip(joint)


def shorten(name: str, text: str, longest: int, joint: str = "-") -> str:
    """`name` in at most `longest` characters: a long one is cut, and a digest of `text` tells it from others."""
    if len(name) <= longest:
        return name
    return f"{name[: longest - _DIGITS - 1].rstrip('-_')}{joint}{digest(text)[:_DIGITS]}"
