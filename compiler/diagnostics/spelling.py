"""Texts that cannot be printed, spelled out: names of files are bytes, and a program may hold halves of characters."""

from __future__ import annotations


def spell_out(text: str) -> str:
    """`text` with each part that UTF-8 does not have as an escape, such as ``\\udcff``."""
    if text.isascii():
        return text
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
