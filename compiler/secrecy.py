"""Which names sound like secrets, and how a text is cleaned of known ones. `runtime/secrecy.py` has the same rule."""

from __future__ import annotations

from collections.abc import Iterable

HIDDEN = "***"
_WORDS = ("password", "passwd", "pwd", "key", "token", "secret", "credential", "sas")
_SHORTEST = 4  # a shorter text is no secret worth the name, and would hide half of every line


def looks_secret(name: str) -> bool:
    """Whether a value of that name is kept out of everything that is written down."""
    lowered = name.lower()
    return any(word in lowered for word in _WORDS)


def cleaned(text: str, secrets: Iterable[str]) -> str:
    """`text` with each of `secrets` replaced by ``***``, the longest first."""
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= _SHORTEST:
            text = text.replace(secret, HIDDEN)
    return text
