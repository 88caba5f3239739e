"""Timing of whole processes, and the line that each benchmark prints."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

PYTHON = sys.executable
PIPELIFT = str(Path(sys.executable).with_name("pipelift"))

Run = Callable[[], float]


@dataclass(frozen=True)
class Result:
    """One comparison: what was measured, both sides as text, their ratio or a figure, the most it may be."""

    what: str
    ours: str
    peer: str
    figure: float
    budget: float
    unit: str = "x"

    def __str__(self) -> str:
        verdict = "within" if self.figure <= self.budget else "OVER"
        figure = f"{self.figure:.2f} {self.unit} ({verdict} {self.budget:g})"
        return f"{self.what}\n    ours  {self.ours}\n    peer  {self.peer}\n    ->    {figure}"


def seconds(command: Sequence[str], folder: Path) -> float:
    """The wall time of one process. Raises `CalledProcessError` with its output where it fails."""
    start = time.perf_counter()
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    taken = time.perf_counter() - start
    if done.returncode:
        sys.stderr.write(done.stdout)
        done.check_returncode()
    return taken


def in_turn(first: Run, second: Run, rounds: int) -> tuple[float, float]:
    """The medians of two measurements taken in turn, so that other work on the machine hits both alike."""
    pairs = [(first(), second()) for _ in range(rounds)]
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)
