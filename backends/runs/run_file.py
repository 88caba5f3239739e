"""The run's own file in the state folder: ``runs/<run id>/run.json``, from its start to its summary."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path

from pipelift.compiler.provenance import GitFacts
from pipelift.compiler.reuse.state import read_json
from pipelift.compiler.running import RunSummary, Value
from pipelift.compiler.secrecy import looks_secret
from pipelift.runtime import files, privacy, records

FOLDER = ".pipelift"
LOCK = "lock"


class StillGoing(Exception):
    """The run to resume has a living process: nobody else may go on with it."""


class RunFile:
    """One run's ``run.json``: says ``running`` from the start, and how the run ended in the end.

    The values of parameters whose names sound like secrets are left out; ``withheld`` names these.
    """

    def __init__(
        self,
        state: Path,
        pipeline: str,
        parameters: Mapping[str, Value],
        *,
        engine: str = "local",
        resume: str | None = None,
        git: GitFacts | None = None,
    ) -> None:
        """Make a new run in `state`, with an id of its own, or go on with the run `resume`.

        `git` is where the pipeline comes from.
        Raises `OSError`, and `StillGoing`.
        """
        privacy.close(str(state))
        _hide(state)
        self.run_id = resume or _claim(state / "runs")
        self.folder = state / "runs" / self.run_id
        self._lock = _locked(self.folder / LOCK)
        earlier = read_json(self._path) or {}
        self._start = datetime.now(timezone.utc)
        now = self._start.isoformat(timespec="milliseconds")
        self._seconds = float(earlier.get("seconds") or 0.0)
        self._about = {
            "schema_version": "1",
            "run_id": self.run_id,
            "pipeline": pipeline,
            "engine": engine,
            "parameters": {name: value for name, value in parameters.items() if not looks_secret(name)},
            "withheld": [name for name in parameters if looks_secret(name)],
            "started": earlier.get("started") or now,
            **({"git": git.model_dump()} if git else {}),
            **({"resumed": [*earlier.get("resumed", ()), now]} if resume else {}),
        }
        if resume:
            _go_on(records.Run(str(state), resume))
        files.write_json(str(self._path), {**self._about, "status": "running"})

    @property
    def _path(self) -> Path:
        return self.folder / "run.json"

    def end(self, summary: RunSummary) -> None:
        """Write how the run ended. Raises `OSError`."""
        seconds = self._seconds + (datetime.now(timezone.utc) - self._start).total_seconds()
        ended = {**self._about, **summary.as_json(), "seconds": round(seconds, 3)}
        files.write_json(str(self._path), ended, durable=True)
        os.close(self._lock)


def _go_on(run: records.Run) -> None:
    """A script that has cancelled the run does not cancel the run that goes on."""
    for step in run.cancelled_by:
        files.remove(run.step(step).run_events)


def _locked(path: Path) -> int:
    """A lock that lasts as long as this process: who sees it knows that the run goes on."""
    path.parent.mkdir(exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise StillGoing(path.parent.name) from None
    return descriptor


def _claim(runs: Path) -> str:
    while True:
        run_id = records.new_run_id()
        try:
            (runs / run_id).mkdir()
        except FileExistsError:
            continue
        return run_id


def _hide(state: Path) -> None:
    """Keep the state folder out of the user's git: it can be large, and is this machine's alone."""
    ignore = state / ".gitignore"
    if not ignore.exists():
        files.write_whole(str(ignore), b"*\n")
