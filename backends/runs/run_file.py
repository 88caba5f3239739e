"""The run's own file in the state folder: ``runs/<run id>/run.json``, from its start to its summary."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path

from pipelift.compiler.running import RunSummary, Value
from pipelift.runtime import files, records

FOLDER = ".pipelift"


class RunFile:
    """One run's ``run.json``: says ``running`` from the start, and how the run ended in the end."""

    def __init__(self, state: Path, pipeline: str, parameters: Mapping[str, Value]) -> None:
        """Make a new run in `state`, with an id of its own. Raises `OSError`."""
        (state / "runs").mkdir(parents=True, exist_ok=True)
        _hide(state)
        self.run_id = _claim(state / "runs")
        self._path = state / "runs" / self.run_id / "run.json"
        self._start = datetime.now(timezone.utc)
        self._about = {
            "schema_version": "1",
            "run_id": self.run_id,
            "pipeline": pipeline,
            "parameters": dict(parameters),
            "started": self._start.isoformat(timespec="milliseconds"),
        }
        self._lock = _locked(self._path.with_name("lock"))
        files.write_json(str(self._path), {**self._about, "status": "running"})

    def end(self, summary: RunSummary) -> None:
        """Write how the run ended. Raises `OSError`."""
        seconds = (datetime.now(timezone.utc) - self._start).total_seconds()
        ended = {**self._about, **summary.as_json(), "seconds": round(seconds, 3)}
        files.write_json(str(self._path), ended, durable=True)
        os.close(self._lock)


def _locked(path: Path) -> int:
    """A lock that lasts as long as this process: who sees it knows that the run goes on."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
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
