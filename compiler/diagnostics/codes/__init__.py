"""The table of diagnostic codes: title, why, example and remedy of each; `docs/codes.md` is printed from it.

A target brings rows of its own (`Target.codes`), which are found once it is installed.

PL1xx reading and evaluating · PL2xx the SDK's own rules · PL3xx the graph · PL4xx what a target cannot keep ·
PL5xx running, data and configuration · PL9xx faults of pipelift.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from types import MappingProxyType

from pipelift.compiler.diagnostics.codes import (
    credentials,
    deploying,
    environments,
    graph,
    hardware,
    losses,
    places,
    reading,
    running,
    sdk,
    targets,
    timing,
)
from pipelift.compiler.diagnostics.codes.code import Code, Fidelity, Purpose
from pipelift.compiler.plugins import load_plugin, plugin_names

_TABLES = (
    reading,
    sdk,
    credentials,
    environments,
    graph,
    timing,
    targets,
    hardware,
    losses,
    places,
    running,
    deploying,
)

_ALL = sorted((code for table in _TABLES for code in table.CODES), key=lambda code: code.code)

CODES: Mapping[str, Code] = MappingProxyType({code.code: code for code in _ALL})

"""The codes that belong to no target."""

REPLACED: Mapping[str, str] = MappingProxyType(
    {"PL441": "PL424", "PL443": "PL426", "PL460": "PL424", "PL519": "PL424", "PL569": "PL554"}
)
"""Retired codes and their successors: `explain` and `--allow` still accept them."""


def find_code(code: str) -> Code:
    """The row of `code`: one of these, or of an installed target. Raises `KeyError`."""
    return CODES[code] if code in CODES else _collect_target_codes()[code]


def all_codes() -> Mapping[str, Code]:
    """All rows by code, sorted, with those of the installed targets."""
    return dict(sorted({**_collect_target_codes(), **CODES}.items()))


def _collect_target_codes() -> dict[str, Code]:
    return {row.code: row for name in plugin_names() for row in _list_rows(name)}


def _list_rows(name: str) -> Iterator[Code]:
    """The rows of the target `name`; none where it cannot be loaded, which loading the target reports."""
    with suppress(Exception):
        yield from (row for row in getattr(load_plugin(name), "codes", ()) if isinstance(row, Code))


__all__ = ["CODES", "REPLACED", "Code", "Fidelity", "Purpose", "all_codes", "find_code"]
