"""One row of the table of diagnostic codes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Fidelity: TypeAlias = Literal["approximated", "dropped"]
Purpose: TypeAlias = Literal["graph", "run"]
"""What a pipeline is read for: to see its graph, or all that running it takes."""


@dataclass(frozen=True, slots=True)
class Code:
    """A kind of diagnostic, as `pipelift explain CODE` shows it.

    `severity` is its severity where the result depends on it (`Reporter` has the rule); `hides` says what an error
    leaves wrong or missing: the graph, or what running it takes. `fidelity` is set where the code stands for a loss on
    a target (such an error can be allowed with ``--allow CODE``). `why` says what is wrong and why it matters,
    `example` shows source that causes it, `remedy` what to do. `status` is the exit status of a command that it ends:
    2 where the command line is wrong, or a place that it names.
    """

    code: str
    severity: Literal["error", "warning", "note"]
    title: str
    why: str
    example: str
    remedy: str
    fidelity: Fidelity | None = None
    status: Literal[1, 2] = 1
    hides: Purpose = "graph"
