"""Suggestions for a misspelt name."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def find_similar(name: str, names: Iterable[str], likeness: float = 0.6) -> str | None:
    """The entry of `names` that is most like `name`; None where none is like it enough.

    `likeness` is between 0 (anything goes) and 1 (only the same), as `difflib.SequenceMatcher.ratio` counts it.
    """
    return next(iter(difflib.get_close_matches(name, list(names), n=1, cutoff=likeness)), None)


def suggest(name: str, names: Iterable[str], likeness: float = 0.6) -> str:
    """Words to put behind a message about `name`: `` (did you mean 'parameter'?)``, or nothing."""
    similar = find_similar(name, names, likeness)
    return "" if similar is None else f" (did you mean '{similar}'?)"
