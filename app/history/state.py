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
        found = self.data.get("reused_from")
        return (found["run"], found["step"]) if found else None

    @property
    def made_of(self) -> MadeOf | None:
        """The ingredients of its reuse key; None where the step ended before they were known."""
        return self.data.get("made_of")


@dataclass(frozen=True)
class Run:
    """One run. `status` is ``completed``, ``failed``, ``cancelled``, ``running``, or ``unfinished``.

    ``running`` is known of local runs only; an engine whose steps were broken off leaves ``unfinished``.
    """

    id: str
    folder: Path
    about: run_file.Run

    @cached_property
    def steps(self) -> tuple[StepRun, ...]:
        """Its steps that have started, in that order."""
        folders = sorted(folder for folder in (self.folder / paths.STEPS).glob("*/") if has_begun(folder))
        return tuple(sorted((_step(self.id, folder) for folder in folders), key=lambda one: one.started))

    @property
    def pipeline(self) -> str:
        """The pipeline's name, or its id where only the steps tell."""
        named = self.about.get("pipeline") or next((one.pipeline for one in self.steps if one.pipeline), None)
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
        said = self.about.get("status")
        if said and said != "running":
            return str(said)
        if self.is_going:
            return "running"
        if said:
            return "unfinished"
        statuses = [one.status for one in self.steps]
        return next((one for one in ("failed", "cancelled", "unfinished") if one in statuses), "completed")

    @property
    def started(self) -> float:
        """When it started, in seconds since 1970."""
        said = self.about.get("started")
        if said is not None:
            return datetime.fromisoformat(said).timestamp()
        return min((one.started for one in self.steps), default=self.folder.stat().st_mtime)

    @property
    def seconds(self) -> float:
        """How long it took, as far as its steps tell."""
        said = self.about.get("seconds")
        if said is not None:
            return said
        return max((one.started + one.seconds for one in self.steps), default=self.started) - self.started

    def step(self, name: str) -> StepRun | None:
        """Its step of that name or id."""
        return next((one for one in self.steps if name in (one.step, one.name)), None)


class State:
    """A state folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @cached_property
    def runs(self) -> tuple[Run, ...]:
        """All runs, the newest first."""
        folders = (folder for folder in (self.folder / paths.RUNS).glob("*/") if not folder.is_symlink())
        found = [
            Run(folder.name, folder, run_file.read_run(str(folder / paths.RUN_FILE))) for folder in folders
        ]
        return tuple(sorted(found, key=lambda run: (run.started, run.id), reverse=True))

    def run(self, run_id: str) -> Run | None:
        """The run of that id."""
        return next((run for run in self.runs if run.id == run_id), None)

    def earlier(self, step: str, pipeline: str | None, before: float | None = None) -> Iterator[StepRun]:
        """The runs of a step (by id) that started before that time, the newest first."""
        found = [one for run in self.runs for one in run.steps if one.step == step]
        for one in sorted(found, key=lambda one: one.started, reverse=True):
            fits = pipeline is None or one.pipeline in (None, pipeline)
            if fits and (before is None or one.started < before):
                yield one


def has_begun(folder: Path) -> bool:
    """Whether a step's folder holds anything; a link counts where it leads to the step's desk (`runtime/desks.py`)."""
    if folder.is_symlink() and not paths.is_desk_link(os.readlink(folder), folder.name):
        return False
    return folder.is_dir() and any(folder.iterdir())


def _step(run: str, folder: Path) -> StepRun:
    """The step as its record tells it, as far as that has the form that the launcher gives it."""
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
