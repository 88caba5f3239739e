"""The table of diagnostic codes: title, why, example and remedy of each. `docs/codes.md` is printed from it.

PL1xx reading and evaluating · PL2xx the SDK's own rules · PL3xx the graph · PL4xx what a target cannot keep ·
PL5xx running, data and configuration · PL9xx faults of pipelift.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from pipelift.compiler.codes import graph, reading, running, sdk, targets
from pipelift.compiler.codes.code import Code

_ALL = (*reading.CODES, *sdk.CODES, *graph.CODES, *targets.CODES, *running.CODES)

CODES: Mapping[str, Code] = MappingProxyType({code.code: code for code in sorted(_ALL, key=lambda c: c.code)})

__all__ = ["CODES", "Code"]
