"""Names in the few characters that engines, paths and images share, made from names that users chose freely."""

from __future__ import annotations

import re
from collections.abc import Collection

from pipelift.runtime.contract.digests import digest

_DIGITS = 8


def slug(text: str, joint: str = "-") -> str:
    """`text` in small ASCII letters and digits, with one `joint` for all between them; empty where it has none."""
    return re.sub(r"[^a-z0-9]+", joint, text.lower()).strip(joint)


def shorten(name: str, text: str, longest: int, joint: str = "-") -> str:
    """`name` in at most `longest` characters: a long one is cut, and a digest of `text` tells it from others."""
    return name if len(name) <= longest else add_digest(name, text, longest, joint)


def add_digest(name: str, text: str, longest: int, joint: str = "-", digits: int = _DIGITS) -> str:
    """`name`, cut to `longest` characters with `digits` of a digest of `text`, which tells it from others."""
    return f"{name[: longest - digits - 1].rstrip('-_')}{joint}{digest(text)[:digits]}"


def add_number(name: str, taken: Collection[str], joint: str = "-") -> str:
    """`name`, or the first of ``name-2``, ``name-3``, … that is not in `taken`."""
    candidate, count = name, 1
    while candidate in taken:
        count += 1
        candidate = f"{name}{joint}{count}"
    return candidate
