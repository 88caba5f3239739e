"""The interface of doctors: they find what a machine or cluster lacks for an output folder, and change nothing.

It is one of the things that a target can do; see `compiler.target`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal, Protocol, TypeAlias, runtime_checkable

from pipelift.compiler.output.manifest import Manifest
from pipelift.compiler.target import load_able
from pipelift.runtime.contract.digests import digest

State: TypeAlias = Literal["ok", "missing", "unknown"]
CODES: Mapping[State, str | None] = {"ok": None, "missing": "PL580", "unknown": "PL581"}
_LISTED = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a doctor looked for: `what`, its `state`, a line of `detail`, and a `remedy` if it is missing.

    ``unknown`` is what this machine cannot find out: a cluster without kubectl, a store behind a firewall.
    """

    what: str
    state: State
    detail: str
    remedy: str = ""

    def as_json(self) -> dict[str, str | None]:
        """The finding as plain data, with the code of what is missing or unknown."""
        return {**asdict(self), "code": CODES[self.state]}


@dataclass(frozen=True, slots=True)
class Examination:
    """The input of a doctor: the output folder (absolute), its manifest, options of the target, the environment."""

    directory: Path
    manifest: Manifest
    settings: Mapping[str, str] = field(default_factory=dict)
    environ: Mapping[str, str] = field(default_factory=dict)


@runtime_checkable
class Examines(Protocol):
    """A target whose engine `pipelift doctor` examines: it reads only, asks once, and waits a minute at most."""

    def examine(self, examination: Examination) -> Iterator[Finding]:
        """Yield what exists and what is missing, in the order in which a person repairs it."""


def load_doctor(name: str) -> Examines:
    """The target `name`, for `pipelift doctor`. Raises `Refused`."""
    return load_able(name, "examine", lambda target: target if isinstance(target, Examines) else None)


def examine_files(directory: Path, manifest: Manifest) -> Finding:
    """Check that the output folder is complete: an edited file is no fault, a deleted one is missing."""
    gone = [file.path for file in manifest.files if not (directory / file.path).is_file()]
    if gone:
        remedy = "Compile again: pipelift compile puts back what is missing."
        return Finding("the output folder", "missing", f"{_list_names(gone)} gone", remedy)
    edited = [
        file.path
        for file in manifest.files
        if file.path not in gone and digest((directory / file.path).read_bytes()) != file.sha256
    ]
    state = f"whole; edited since: {_list_names(edited)}" if edited else f"whole, {len(manifest.files)} files"
    return Finding("the output folder", "ok", state)


def examine_parameters(manifest: Manifest) -> Iterable[Finding]:
    """Yield the parameters that need a value in every run."""
    for name in manifest.needs.parameters:
        detail = "has no default: each run needs a value (--param)"
        yield Finding(f"parameter '{name}'", "unknown", detail, f"pipelift deploy … --param {name}=VALUE")


def _list_names(names: list[str]) -> str:
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(f"'{name}'" for name in names[:_LISTED]) + more
