"""Azure VM sizes that compute clusters offer or offered: vCPUs, memory in GiB, GPUs.

The data stand in ``vm_sizes.csv``, one size a line as Azure writes it, without ``Standard_``. They are the figures of
Microsoft's public size tables (Azure Virtual Machines documentation, the page of each series), as of September 2025,
retired series from earlier editions. Sizes with constrained CPUs (``M64-16ms``) count the CPUs that can be used.
Where Azure shares one GPU among machines, a size has one GPU, and the model says which part of it.
Sizes with ARM processors are left out: images are built for x86-64.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

_PREFIX = "STANDARD_"


@dataclass(frozen=True, slots=True)
class Size:
    """One VM size; `memory` is in GiB."""

    cpus: int
    memory: float
    gpus: int = 0
    gpu_model: str | None = None


@cache
def vm_sizes() -> Mapping[str, Size]:
    """The catalogue, by upper-case name without ``STANDARD_``; read on the first call."""
    text = files("pipelift.compiler.sdk.catalogue").joinpath("vm_sizes.csv").read_text(encoding="utf-8")
    return MappingProxyType({row["name"].upper(): _size(row) for row in csv.DictReader(text.splitlines())})


def _size(row: Mapping[str, str]) -> Size:
    return Size(int(row["vcpus"]), float(row["memory_gib"]), int(row["gpus"]), row["gpu_model"] or None)


def size_of(name: str) -> Size | None:
    """The size of that name in any case, with or without ``Standard_``; None where it is not in the catalogue."""
    return vm_sizes().get(name.strip().upper().removeprefix(_PREFIX))
