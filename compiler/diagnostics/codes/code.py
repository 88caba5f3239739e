"""One row of the table of diagnostic codes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Fidelity: TypeAlias = Literal["approximated", "dropped"]


@dataclass(frozen=True, slots=True)
class Code:
    """A kind of diagnostic, as `pipelift explain CODE` shows it.

    `severity` is its severity unless allowed; `fidelity` is set where the code stands for a loss on a target
    (such an error can be allowed with ``--allow CODE``). `why` says what is wrong and why it matters,
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
