"""What lowering shares: the reporter, the configuration, and the report of unknown values in the graph."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pipelift.compiler.config import Config
from pipelift.compiler.diagnostics import Reporter
from pipelift.compiler.diagnostics.codes import CODES
from pipelift.compiler.diagnostics.span import Span
from pipelift.compiler.evaluate.outside import Outside
from pipelift.compiler.evaluate.values import Unknown, Value, find_unknown
from pipelift.compiler.ir import names
from pipelift.compiler.lower.gaps import Gaps, Need, report_need
from pipelift.compiler.reading.reach import relative_path
from pipelift.compiler.sdk.record import Record
from pipelift.compiler.secrets.naming import Names
from pipelift.compiler.secrets.secrecy import find_assigned_credentials, find_credentials

MAX_SLUG = 40

_DEVICES = frozenset(
    {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}
)
"""What Windows takes for a device, with any suffix: an id becomes the name of files and folders."""

_WEIGHTS = {"note": 1, "warning": 2, "error": 3}


@dataclass(slots=True)
class Lowering:
    """One lowering. `source` is the pipeline file's name; `variables` are names of module variables by object id.

    `secret_names` are what its secrets are called. `reported_sizes` are the compute targets whose size is reported as
    unknown, `reported_clusters` those whose settings are reported.
    """

    reporter: Reporter
    config: Config
    record: Record
    outside: Outside
    source: str
    variables: Mapping[int, str] = field(default_factory=dict)
    reported_sizes: set[str] = field(default_factory=set)
    reported_clusters: set[str] = field(default_factory=set)
    secret_names: Names = field(init=False)
    gaps: Gaps = field(default_factory=Gaps)
    _reported: dict[Unknown, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """What is given from outside names secrets, too."""
        self.secret_names = Names(self.outside.environment)

    def report_unknown(
        self, code: str, what: str, value: Value, span: Span, step: str | None = None, depth: int = 4
    ) -> bool:
        """Report `value` if it is, or contains down to `depth`, something unknown. Returns whether it is.

        Each root cause is reported once, and a second time if it is an error now and was a warning before. What the
        evaluation has found already is not repeated, but blamed where the value is needed; what the user has not given
        is collected in `gaps`.
        """
        cause = find_unknown(value, depth)
        if cause is None:
            return False
        root, weight = cause.root, _WEIGHTS[CODES[code].severity]
        finding = cause.finding or root.finding
        if finding is not None:
            if weight == _WEIGHTS["error"]:
                self.reporter.blame(finding)
            return True
        need = Need(code, what, cause, span, step)
        if root.gap is not None and weight == _WEIGHTS["error"]:
            self.gaps.add(root.gap, need)
            return True
        if self._reported.get(root, 0) >= weight:
            return True
        self._reported[root] = weight
        report_need(need, self.reporter)
        return True

    @property
    def failed(self) -> bool:
        """Whether there are errors, those of `gaps` among them."""
        return bool(self.gaps) or self.reporter.failed

    def report_undecided(self, what: str, why: Unknown | None, span: Span) -> None:
        """Report that `what` depends on a condition that is not known; nothing if `why` is None."""
        if why is None:
            return
        supply = why.supply or why.root.supply
        remedy = f"Supply it: {supply}" if supply else ""
        if supply.startswith("--env "):
            remedy += f", or {supply.partition('=')[0]}= for one that is empty"
        message = f"{what} is not known: {why.root.reason}"
        self.reporter.report("PL114", message, span, causes=why.chain(), help=f"{remedy}." if remedy else "")

    def holds_secret(self, text: str) -> bool:
        """Whether a text contains a recorded secret, or one that its form gives away, which is then recorded."""
        self.record.secrets.update(find_credentials(text))
        self.record.secrets.update(find_assigned_credentials(text))
        return self.record.secrets.found_in(text)

    def relative(self, path: Path) -> str:
        """`path` relative to the folder compiled from, with ``/``."""
        return relative_path(path, self.outside.folder)


def make_slug(text: str, taken: set[str], fallback: str) -> str:
    """A short id of ``[a-z0-9-]`` that begins with a letter, unique among `taken`, which it joins."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    short = names.slug(ascii_text)[:MAX_SLUG].strip("-")
    if not short or not short[0].isalpha() or short in _DEVICES:
        short = f"{fallback}-{short}".strip("-")
    candidate, number = short, 1
    while candidate in taken:
        number += 1
        candidate = f"{short}-{number}"
    taken.add(candidate)
    return candidate


def make_unique(counts: dict[str, int], name: str) -> str:
    """`name`, or ``name#2``, ``name#3`` where it came before."""
    counts[name] = counts.get(name, 0) + 1
    if counts[name] == 1:
        return name
    return (
        make_unique(counts, f"{name}#{counts[name]}")
        if f"{name}#{counts[name]}" in counts
        else f"{name}#{counts[name]}"
    )
