"""The run's own file in the state folder: ``runs/<run id>/run.json``, from its start to its summary."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from datetime import datetime, timezone
from pathlib import Path

from pipelift.app.running import Event, RunSummary, Tell
from pipelift.compiler.diagnostics import Refused
from pipelift.compiler.ir import Scalar
from pipelift.compiler.repository.provenance import GitFacts
from pipelift.runtime import adoption, files, privacy, records
from pipelift.runtime.contract import paths
from pipelift.runtime.contract.files import write_whole
from pipelift.runtime.contract.run import SCHEMA_VERSION, Run, read_run
from pipelift.runtime.contract.secrets import looks_secret

_LOOKS, _BETWEEN = 20, 0.02


class RunFile:
    """One run's ``run.json``: says ``running`` from the start, and how the run ended in the end.

    The values of parameters whose names sound like secrets are left out; ``withheld`` names these.
    """

    def __init__(
        self,
        state: Path,
        pipeline: str,
        parameters: Mapping[str, Scalar],
        *,
        engine: str = "local",
        resume: str | None = None,
        git: GitFacts | None = None,
    ) -> None:
        """Make a new run in `state`, with an id of its own, or go on with the run `resume`.

        `git` is where the pipeline comes from. Raises `Refused`: PL532 where a living process is at work on that
        run, PL538 where the state folder cannot be written.
        """
        self._start = datetime.now(timezone.utc)
        try:
            privacy.close(str(state))
            _ignore_in_git(state)
            adoption.drop_halves(str(state))
            adoption.settle_all(str(state))
            self.run_id = resume or _claim_id(state / paths.RUNS)
            self.folder = state / paths.RUNS / self.run_id
            with ExitStack() as undone:
                if not resume:
                    undone.callback(_drop_empty, self.folder)
                self._lock = _open_lock(self.folder / paths.LOCK)
                undone.callback(os.close, self._lock)
                self._begin(state, pipeline, parameters, engine, resume, git)
                undone.pop_all()
        except OSError as error:
            raise refuse_state(state, error) from error

    def _begin(
        self,
        state: Path,
        pipeline: str,
        parameters: Mapping[str, Scalar],
        engine: str,
        resume: str | None,
        git: GitFacts | None,
    ) -> None:
        earlier = read_run(str(self._path))
        now = self._start.isoformat(timespec="milliseconds")
        self._seconds = earlier.get("seconds", 0.0)
        self._about: Run = {
            "schema_version": SCHEMA_VERSION,
            "run_id": self.run_id,
            "pipeline": pipeline,
            "engine": engine,
            "parameters": {name: value for name, value in parameters.items() if not looks_secret(name)},
            "withheld": [name for name in parameters if looks_secret(name)],
            "started": earlier.get("started") or now,
        }
        if git:
            self._about["git"] = {"commit": git.commit, "branch": git.branch, "dirty": git.dirty}
        if resume:
            self._about["resumed"] = [*earlier.get("resumed", ()), now]
        if resume:
            _resume_steps(records.Run(str(state), resume))
        files.write_json(str(self._path), {**self._about, "status": "running"})

    @property
    def _path(self) -> Path:
        return self.folder / paths.RUN_FILE

    def end(self, summary: RunSummary, tell: Tell) -> None:
        """Write how the run ended. Where that cannot be written it is told: it changes nothing about the run."""
        seconds = self._seconds + (datetime.now(timezone.utc) - self._start).total_seconds()
        record = {**self._about, **summary.as_json(), "seconds": round(seconds, 3)}
        try:
            files.write_json(str(self._path), record, durable=True)
        except OSError as error:
            tell(Event("note", text=f"how the run ended could not be written: {describe_error(error)}"))
        finally:
            os.close(self._lock)


def refuse_state(state: Path, error: OSError) -> Refused:
    """Why no run can begin in the folder `state`."""
    return Refused("PL538", f"the state folder {state} cannot be used: {describe_error(error)}")


def describe_error(error: OSError) -> str:
    """What went wrong, and with which file, for people."""
    text = error.strerror or str(error)
    return f"{text}: {error.filename}" if error.filename else text


def _resume_steps(run: records.Run) -> None:
    """What the run has finished can be reused; a script that has cancelled it does not cancel what goes on."""
    for step in run.step_ids:
        adoption.adopt(run.step(step))
    for step in run.cancelled_by:
        files.remove(run.step(step).run_events)


def _open_lock(path: Path) -> int:
    """A lock that lasts as long as this process: who sees it knows that the run goes on."""
    path.parent.mkdir(exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _lock(descriptor)
    except BlockingIOError:
        os.close(descriptor)
        message = f"run {path.parent.name} is still going on: there is nothing to resume"
        raise Refused("PL532", message) from None
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _lock(descriptor: int) -> None:
    """Lock it. Who only asks whether a run goes on holds its lock for a moment too. Raises `OSError`."""
    for _ in range(_LOOKS):
        with suppress(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        time.sleep(_BETWEEN)
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _claim_id(runs: Path) -> str:
    """The id of a new run, whose folder is there from now on."""
    while True:
        run_id = records.new_run_id()
        try:
            (runs / run_id).mkdir()
        except FileExistsError:
            continue
        return run_id


def _drop_empty(folder: Path) -> None:
    """Remove the folder of a run that could not begin, unless something but its lock is in it."""
    with suppress(OSError):
        (folder / paths.LOCK).unlink(missing_ok=True)
        folder.rmdir()


def _ignore_in_git(state: Path) -> None:
    """Keep the state folder out of the user's git: it can be large, and is this machine's alone."""
    ignore = state / ".gitignore"
    if not ignore.exists():
        write_whole(str(ignore), b"*\n")
