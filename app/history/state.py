"""The state folder ``.pipelift/`` as the launcher and the runners leave it (docs/runtime.md), read only."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

from pipelift.runtime.contract import paths
from pipelift.runtime.contract import run as run_file
from pipelift.runtime.contract.record import MadeOf, Record, read_record


@dataclass(frozen=True)
class StepRun:
    """One step of one run. `started` is in seconds since 1970; `data` is the whole record.

    `status` is ``unfinished`` where there is no record: the step still runs, or was killed.
    """

    run: str
    step: str
    name: str
    pipeline: str | None
    status: str
    started: float
    folder: Path
    data: Record

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.data.get("seconds", 0.0)

    @property
    def origin(self) -> tuple[str, str] | None:
        """The run and the step (by id) whose result it reuses; None where it reuses none."""
        reused = self.data.get("reused_from")
        return (reused["run"], reused["step"]) if reused else None

    @property
    def made_of(self) -> MadeOf | None:
        """The ingredients of its reuse key; None where the step ended before they were known."""
        return self.data.get("made_of")


@dataclass(frozen=True)
class Run:
    """One run. `status` is ``completed``, ``failed``, ``cancelled``, ``running``, or ``unfinished``.

    ``running`` is known of local runs only; an engine whose steps were interrupted leaves ``unfinished``.
    """

    id: str
    folder: Path
    about: run_file.Run

    @cached_property
    def steps(self) -> tuple[StepRun, ...]:
        """Its steps that have started, in that order."""
        folders = sorted(folder for folder in (self.folder / paths.STEPS).glob("*/") if has_begun(folder))
        return tuple(
            sorted((_read_step(self.id, folder) for folder in folders), key=lambda step: step.started)
        )

    @property
    def pipeline(self) -> str:
        """The pipeline's name, or its id where only the steps tell."""
        named = self.about.get("pipeline") or next(
            (step.pipeline for step in self.steps if step.pipeline), None
        )
        return str(named or "?")

    @property
    def is_going(self) -> bool:
        """Whether a local runner is at work on it."""
        # POSIX; the rest of this module is for every system
        from pipelift.runtime.contract.locks import is_locked

        return is_locked(str(self.folder / paths.LOCK))

    @property
    def status(self) -> str:
        """See the class."""
        status = self.about.get("status")
        if status and status != "running":
            return str(status)
        if self.is_going:
            return "running"
        if status:
            return "unfinished"
        statuses = [step.status for step in self.steps]
        return next(
            (status for status in ("failed", "cancelled", "unfinished") if status in statuses), "completed"
        )

    @property
    def started(self) -> float:
        """When it started, in seconds since 1970."""
        started = self.about.get("started")
        if started is not None:
            return datetime.fromisoformat(started).timestamp()
        return min((step.started for step in self.steps), default=self.folder.stat().st_mtime)

    @property
    def seconds(self) -> float:
        """How long it took, as far as its steps tell."""
        seconds = self.about.get("seconds")
        if seconds is not None:
            return seconds
        return max((step.started + step.seconds for step in self.steps), default=self.started) - self.started

    def step(self, name: str) -> StepRun | None:
        """Its step of that name or id."""
        return next((step for step in self.steps if name in (step.step, step.name)), None)


class State:
    """A state folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @cached_property
    def runs(self) -> tuple[Run, ...]:
        """All runs, the newest first."""
        folders = (folder for folder in (self.folder / paths.RUNS).glob("*/") if not folder.is_symlink())
        runs = [
            Run(folder.name, folder, run_file.read_run(str(folder / paths.RUN_FILE))) for folder in folders
        ]
        return tuple(sorted(runs, key=lambda run: (run.started, run.id), reverse=True))

    def run(self, run_id: str) -> Run | None:
        """The run of that id."""
        return next((run for run in self.runs if run.id == run_id), None)

    def earlier(self, step: str, pipeline: str | None, before: float | None = None) -> Iterator[StepRun]:
        """The runs of a step (by id) that started before that time, the newest first."""
        records = [record for run in self.runs for record in run.steps if record.step == step]
        for record in sorted(records, key=lambda record: record.started, reverse=True):
            fits = pipeline is None or record.pipeline in (None, pipeline)
            if fits and (before is None or record.started < before):
                yield record


def has_begun(folder: Path) -> bool:
    """Whether a step's folder holds anything; a link counts where it leads to the step's desk (`runtime/desks.py`)."""
    if folder.is_symlink() and not paths.is_desk_link(os.readlink(folder), folder.name):
        return False
    return folder.is_dir() and any(folder.iterdir())


def _read_step(run: str, folder: Path) -> StepRun:
    """Read the step from its record, as far as the record has the form that the launcher writes."""
    data = read_record(str(folder / paths.RECORD_FILE)) or Record()
    return StepRun(
        run=run,
        step=folder.name,
        name=data.get("name") or folder.name,
        pipeline=data.get("pipeline"),
        status=data.get("status", "unfinished"),
        started=data.get("started") or folder.stat().st_mtime,
        folder=folder,
        data=data,
    )
