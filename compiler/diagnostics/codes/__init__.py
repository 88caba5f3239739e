"""The table of diagnostic codes: title, why, example and remedy of each. `docs/codes.md` is printed from it.

PL1xx reading and evaluating · PL2xx the SDK's own rules · PL3xx the graph · PL4xx what a target cannot keep ·
PL5xx running, data and configuration · PL9xx faults of pipelift.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from pipelift.compiler.diagnostics.codes import (
    credentials,
    deploying,
    environments,
    graph,
    hardware,
    places,
    reading,
    running,
    sdk,
    targets,
    timing,
)
from pipelift.compiler.diagnostics.codes.code import Code

_TABLES = (
    reading,
    sdk,
    credentials,
    environments,
    graph,
    timing,
    targets,
    hardware,
    places,
    running,
    deploying,
)

_ALL = sorted((code for table in _TABLES for code in table.CODES), key=lambda code: code.code)

CODES: Mapping[str, Code] = MappingProxyType({code.code: code for code in _ALL})

__all__ = ["CODES", "Code"]
