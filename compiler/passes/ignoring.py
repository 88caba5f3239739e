"""Ignore files: which files of a source directory stay behind. The patterns are Git's, read by pathspec.

An ignore file comes with the project, so its patterns must not hold the machine: what pathspec makes of ``*a*a*a*b``
tries all ways to share a name among the stars. Here each star takes the first way that fits, which decides as well.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec
    from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

MAX_FOLDER_STARS = 3
"""How many ``**`` a pattern may have between folders: a path of 200 folders is then matched in 0.1 s."""

_ANY_FOLDERS = ".+"
"""What pathspec makes of ``**`` between folders."""

_STAR = re.escape("[^/]*")
_STARS = re.compile(rf"(?:{_STAR}){{2,}}")
_FIXED = r"(?:\\.|\[(?:\\.|[^\]\\])+\]|[^\\\[\](){}*+?/^$|])+"
_SHARED_STAR = re.compile(rf"(?P<star>{_STAR})(?P<fixed>{_FIXED})(?={_STAR})")
"""A star, what follows it up to the next one: no bracket of the pattern itself, and no ``/``."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of an ignore file; `unreadable` are its lines that are no patterns, and match nothing, as in Git;
    `excessive` are those that would take too long."""

    spec: GitIgnoreSpec
    unreadable: tuple[str, ...]
    excessive: tuple[str, ...]

    def leave_out(self, path: str) -> bool:
        """Whether the file `path` stays behind; a folder ends with ``/``."""
        return self.spec.match_file(path)


def read_rules(text: str) -> Rules:
    """The rules in the text of an ignore file."""
    from pathspec import GitIgnoreSpec  # only where there is an ignore file

    patterns: list[GitIgnoreSpecPattern] = []
    unreadable: list[str] = []
    excessive: list[str] = []
    for line in text.splitlines():
        try:
            pattern = _read_pattern(line)
        except (ValueError, re.error):
            unreadable.append(line)
            continue
        if pattern.regex is not None and pattern.regex.pattern.count(_ANY_FOLDERS) > MAX_FOLDER_STARS:
            excessive.append(line)
        else:
            patterns.append(pattern)
    return Rules(GitIgnoreSpec(patterns), tuple(unreadable), tuple(excessive))


def _read_pattern(line: str) -> GitIgnoreSpecPattern:
    """The pattern of a line; one of a comment matches nothing. Raises `ValueError` and `re.error`."""
    from pathspec import GitIgnoreSpec

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # ``[[`` and the like may mean more to a later `re`
        pattern: GitIgnoreSpecPattern
        (pattern,) = GitIgnoreSpec.from_lines([line]).patterns
        if pattern.regex is not None:
            pattern.regex = re.compile(_settle_stars(pattern.regex.pattern))
    return pattern


def _settle_stars(source: str) -> str:
    """`source` with each star but the last of a name bound to the first way that fits: what a look-ahead has matched is
    not tried again."""
    count = 0

    def settle(match: re.Match[str]) -> str:
        nonlocal count
        count += 1
        return f"(?=(?P<s{count}>[^/]*?{match['fixed']}))(?P=s{count})"

    return _SHARED_STAR.sub(settle, _STARS.sub("[^/]*", source))
