"""Processor time and wall time of whole processes, and the line that each benchmark prints."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

PYTHON = sys.executable
PIPELIFT = str(Path(sys.executable).with_name("pipelift"))

# Bytecode is kept between processes, as it is on a user's machine, whatever this one is set to.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}

Run = Callable[[], float]


@dataclass(frozen=True)
class Result:
    """One comparison: what was measured, both sides as text, and their ratio or a figure.

    `budget` is the most that the figure may be; None where it is only told.
    """

    what: str
    ours: str
    peer: str
    figure: float
    budget: float | None
    unit: str = "x"

    @property
    def is_over(self) -> bool:
        """Whether there is a budget, and the figure is more."""
        return self.budget is not None and self.figure > self.budget

    def __str__(self) -> str:
        verdict = (
            "no budget" if self.budget is None else f"{'OVER' if self.is_over else 'within'} {self.budget:g}"
        )
        figure = f"{self.figure:.2f} {self.unit} ({verdict})"
        return f"{self.what}\n    ours  {self.ours}\n    peer  {self.peer}\n    ->    {figure}"


def seconds(command: Sequence[str], folder: Path) -> float:
    """The processor time (user and system) of one process and its children, which other work does not lengthen.

    Raises `CalledProcessError` with its output where it fails.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    _run(command, folder)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def wall_seconds(command: Sequence[str], folder: Path) -> float:
    """The wall time of one process: for what waits as well as computes. Raises `CalledProcessError`."""
    start = time.perf_counter()
    _run(command, folder)
    return time.perf_counter() - start


def _run(command: Sequence[str], folder: Path) -> None:
    done = subprocess.run(
        command,
        cwd=folder,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.stderr.write(done.stdout)
        done.check_returncode()


def in_turn(first: Run, second: Run, rounds: int) -> tuple[float, float]:
    """The medians of two measurements taken in turn, so that other work on the machine hits both alike.

    One round more is taken first, and not counted: it fills the caches.
    """
    first(), second()
    pairs = [(first(), second()) for _ in range(rounds)]
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)
