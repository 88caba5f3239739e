"""What somebody may have meant by a name that there is not."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def find_similar(name: str, known: Iterable[str], likeness: float = 0.6) -> str | None:
    """That of the `known` names which `name` resembles most; None where none is like it enough.

    `likeness` is between 0 (anything goes) and 1 (only the same), as `difflib.SequenceMatcher.ratio` counts it.
    """
    return next(iter(difflib.get_close_matches(name, list(known), n=1, cutoff=likeness)), None)


def suggest(name: str, known: Iterable[str], likeness: float = 0.6) -> str:
    """Words to put behind a message about `name`: `` (did you mean 'parameter'?)``, or nothing."""
    similar = find_similar(name, known, likeness)
    return "" if similar is None else f" (did you mean '{similar}'?)"
