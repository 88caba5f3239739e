"""User values as text of another language: shell words, comments."""

from __future__ import annotations

import shlex


def shell_word(value: object) -> str:
    """`value` as one word of a POSIX shell."""
    return shlex.quote(str(value))


def comment_text(value: object) -> str:
    """`value` on one line, so that it cannot end a ``#`` comment: control characters become spaces."""
    text = "".join(character if character.isprintable() else " " for character in str(value))
    return " ".join(text.split())
