"""The forms that a secret can take in a text."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from urllib.parse import quote


def encoded(value: str) -> Iterator[str]:
    """What no text may hold: the value, a line or a field of it, or a form of it."""
    kept = [part for part in (value, *value.splitlines()) if len(part) > 5]
    if value.startswith("{"):
        kept += json.loads(value)["private_key"].splitlines()
    for text in kept:
        yield from (text, quote(text, safe=""), json.dumps(text)[1:-1], repr(text)[1:-1])
        yield base64.b64encode(text.encode()).decode().rstrip("=")[:-1]
