"""Entries of an environment's pip section, read as pip reads them (PEP 508) or used to read them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from packaging.requirements import Requirement

# Behind the name of a package: nothing, or what can only be extras, a version, a URL or a marker.
_START = re.compile(r"[A-Za-z0-9][\w.-]*\s*(?:\[[^\]]*\])?(?=\s*(?:$|[=<>!~;(@,]|\d))", re.ASCII)
_OPTIONS = re.compile(r"\s+--?[a-z].*", re.DOTALL)


def parse_requirement(entry: str) -> Requirement | None:
    """The package that `entry` asks for; None for an option, a path, a bare URL and what is no requirement.

    Of versions that only older releases of pip understand (``>=1.*``, ``=1``), name and extras are left.
    """
    from packaging.requirements import InvalidRequirement, Requirement

    text = _OPTIONS.sub("", entry.strip())
    try:
        return Requirement(text)
    except InvalidRequirement:
        start = _START.match(text)
    try:
        return None if start is None else Requirement(start[0])
    except InvalidRequirement:
        return None
