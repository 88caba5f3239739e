"""A state folder seen from one run: it and the latest ones, so that a page costs the same after ten thousand runs."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from pipelift.app.history.state import Run, State
from pipelift.runtime.contract.paths import RUN_FILE, RUNS
from pipelift.runtime.contract.run import read_run

LATEST = 40
"""How many runs are read, to explain what changed; those that results were reused from come on top."""


class RecentState(State):
    """The state with few of its runs: the one asked for, the latest, and those whose results it reused."""

    def __init__(self, folder: Path, run_id: str) -> None:
        super().__init__(folder)
        self._run_id = run_id

    @cached_property
    def runs(self) -> tuple[Run, ...]:
        """The newest first."""
        existing = (folder for folder in (self.folder / RUNS).glob("*/") if not folder.is_symlink())
        folders = sorted(existing, key=_changed_at, reverse=True)
        latest = {folder.name for folder in folders[:LATEST]} | {self._run_id}
        run = _read_run(self.folder / RUNS / self._run_id)
        needed = latest | {step.origin[0] for step in run.steps if step.origin}
        runs = [_read_run(folder) for folder in folders if folder.name in needed]
        return tuple(sorted(runs, key=lambda run: (run.started, run.id), reverse=True))


def _read_run(folder: Path) -> Run:
    return Run(folder.name, folder, read_run(str(folder / RUN_FILE)))


def _changed_at(folder: Path) -> float:
    try:
        return folder.stat().st_mtime
    except OSError:  # it was removed just now
        return 0.0
