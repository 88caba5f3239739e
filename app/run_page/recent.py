"""A state folder seen from one run: it and the latest ones, so that a page costs the same after ten thousand runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path

from pipelift.app.history.state import Run, State, StepRun
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
        others = needed - {run.id}  # its records are read once
        runs = [run] if run.folder in folders else []
        runs += [_read_run(folder) for folder in folders if folder.name in others]
        return tuple(sorted(runs, key=lambda run: (run.started, run.id), reverse=True))

    def earlier(self, step: str, pipeline: str | None, before: float | None = None) -> Iterator[StepRun]:
        """As in any state. The page asks for each of its steps, so that a scan of all would make it quadratic."""
        for record in self._records_by_step.get(step, ()):
            fits = pipeline is None or record.pipeline in (None, pipeline)
            if fits and (before is None or record.started < before):
                yield record

    @cached_property
    def _records_by_step(self) -> Mapping[str, list[StepRun]]:
        """What the runs have of each step, the newest first."""
        records: dict[str, list[StepRun]] = {}
        for record in sorted(
            (record for run in self.runs for record in run.steps), key=lambda record: -record.started
        ):
            records.setdefault(record.step, []).append(record)
        return records


def _read_run(folder: Path) -> Run:
    return Run(folder.name, folder, read_run(str(folder / RUN_FILE)))


def _changed_at(folder: Path) -> float:
    try:
        return folder.stat().st_mtime
    except OSError:  # it was removed just now
        return 0.0
