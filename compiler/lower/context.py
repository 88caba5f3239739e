"""What lowering shares: the reporter, the configuration, and how an unknown that reaches the graph is told."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pipelift.compiler import ir
from pipelift.compiler.config import Config
from pipelift.compiler.diagnostics import Reporter
from pipelift.compiler.diagnostics.span import Span
from pipelift.compiler.evaluate.outside import Outside
from pipelift.compiler.evaluate.values import Unknown, Value, find_unknown
from pipelift.compiler.sdk.record import Record
from pipelift.compiler.secrets.secrecy import credentials_in
from pipelift.runtime.contract.secrets import names_credential

MAX_SLUG = 40


@dataclass(slots=True)
class Lowering:
    """One lowering. `source` is the pipeline file's name; `variables` are names of module variables by object id.

    `sizes_told` are the compute targets whose size is told to be unknown, `clusters_told` those with settings told.
    """

    reporter: Reporter
    config: Config
    record: Record
    outside: Outside
    source: str
    variables: Mapping[int, str] = field(default_factory=dict)
    sizes_told: set[str] = field(default_factory=set)
    clusters_told: set[str] = field(default_factory=set)
    _told: set[int] = field(default_factory=set)

    def unknown(self, code: str, what: str, value: Value, span: Span, step: str | None = None) -> bool:
        """Report `value` if it is (or holds) something unknown; whether it is. One report a first cause."""
        found = find_unknown(value)
        if found is None:
            return False
        root = found.root
        if found.reported or root.reported or id(root) in self._told:
            return True
        self._told.add(id(root))
        supply = found.supply or root.supply
        remedy = f"Supply it: {supply}." if supply else ""
        self.reporter.report(
            code, f"{what} is not known: {root.reason}", span, causes=found.chain(), help=remedy, step=step
        )
        return True

    def undecided(self, what: str, why: Unknown, span: Span) -> None:
        """Warn that `what` hangs on a condition that is not known."""
        supply = why.supply or why.root.supply
        remedy = f"Supply it: {supply}." if supply else ""
        self.reporter.report(
            "PL114", f"{what} is not known: {why.root.reason}", span, causes=why.chain(), help=remedy
        )

    def text(self, what: str, value: Value, span: Span, step: str | None = None, default: str = "") -> str:
        """`value` as a text that the graph needs; an unknown is reported, and `default` stands in."""
        if self.unknown("PL110", what, value, span, step):
            return default
        return default if value is None else str(value)

    def named_values(self, mapping: Value) -> tuple[ir.NamedValue, ...]:
        """Environment variables as the IR has them, sorted by name; secrets and what is not known are left out."""
        return tuple(one for one in self.labels(mapping) if not self.is_secret(one.name, one.value))

    def labels(self, mapping: Value) -> tuple[ir.NamedValue, ...]:
        """A dict of texts as the IR has it, sorted by name; what is not known is left out."""
        if not isinstance(mapping, dict):
            return ()
        pairs = ((str(k), str(v)) for k, v in mapping.items() if find_unknown([k, v]) is None)
        return tuple(ir.NamedValue(name=name, value=value) for name, value in sorted(pairs))

    def is_secret(self, name: str, value: Value) -> bool:
        """Whether an environment variable is a secret: by its name, or because its value holds one."""
        if names_credential(name):
            return value not in ("", None)
        if not isinstance(value, str):
            return False
        self.record.secrets.update(credentials_in(value))
        return self.record.secrets.found_in(value)

    def relative(self, path: Path) -> str:
        """`path` relative to the folder compiled from, with ``/``."""
        return Path(os.path.relpath(path, self.outside.folder)).as_posix()


def slug(text: str, taken: set[str], fallback: str) -> str:
    """A short id of ``[a-z0-9-]`` that begins with a letter, unique among `taken`, which it joins."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    short = re.sub(r"[^a-z0-9]+", "-", ascii_text.lower()).strip("-")[:MAX_SLUG].strip("-")
    if not short or not short[0].isalpha():
        short = f"{fallback}-{short}".strip("-")
    found, number = short, 1
    while found in taken:
        number += 1
        found = f"{short}-{number}"
    taken.add(found)
    return found


def unique(counts: dict[str, int], name: str) -> str:
    """`name`, or ``name#2``, ``name#3`` where it came before."""
    counts[name] = counts.get(name, 0) + 1
    if counts[name] == 1:
        return name
    return (
        unique(counts, f"{name}#{counts[name]}")
        if f"{name}#{counts[name]}" in counts
        else f"{name}#{counts[name]}"
    )
