"""One run of a Compose project under supervision: begun, its steps side by side, and nothing left of it."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

from pipelift.app.deploying import Deployed
from pipelift.app.interrupts import Interrupts
from pipelift.app.running import Event, RunStatus, RunSummary, Tell
from pipelift.backends.compose.deploying.engine import remove_project
from pipelift.backends.compose.deploying.environment import build_environment
from pipelift.backends.compose.deploying.preparation import PreparedDeployment
from pipelift.backends.compose.deploying.project import HARDWARE, build_supervised_pipeline, read_project
from pipelift.backends.supervision.containers import AttendedRun, Container, attend
from pipelift.backends.supervision.execution import Execution, Outcome
from pipelift.backends.supervision.page import leave_page
from pipelift.backends.supervision.recorded import run_recorded
from pipelift.backends.supervision.run_file import RunFile, describe_error
from pipelift.compiler import ir
from pipelift.compiler.diagnostics import Refused
from pipelift.runtime import desks, records
from pipelift.runtime.contract.paths import CURRENT

_TAIL = 20


class ComposeRun:
    """A run of a project that is ready, which gets a name of its own: the run's."""

    def __init__(self, ready: PreparedDeployment, run_file: RunFile) -> None:
        """Let Compose read the project of `ready` under its name. Raises `Refused` (PL552)."""
        engine, draft = ready.engine, ready.draft
        self._pipeline = ready.output.pipeline
        self._request = ready.request
        self._jobs = ready.settings.jobs
        self._engine = engine
        self._run_file = run_file
        self._state = run_file.folder.parent.parent
        self._run = records.Run(str(self._state), run_file.run_id)
        self._project = read_project(
            engine.docker,
            f"{draft.name}-{run_file.run_id}",
            draft.directory,
            hardware=HARDWARE in draft.files,
            environ=build_environment(ready.output, ready.request),
        )
        self._folders = self._project.folders(self._pipeline)
        self._tails: dict[str, deque[str]] = {}

    @property
    def folder(self) -> Path:
        """The run's folder in the state folder."""
        return self._run_file.folder

    def run_to_end(self, tell: Tell, interrupts: Interrupts) -> Deployed:
        """Begin, run all steps, remove the containers, write how it ended.

        A signal stops the steps and gives status `cancelled`; none disturbs the clearing away. Raises `Refused`
        (PL555) where the run cannot begin.
        """
        summary = self._build_summary("cancelled")
        try:
            tell(Event("note", text=f"run {self._run.id}, Compose project {self._project.name}"))
            if self._begin(interrupts):
                summary = self._run_steps(tell, interrupts)
        except BaseException:
            summary = self._build_summary("failed")
            raise
        finally:
            remove_project(self._engine, self._project.name)
            self._put_away(tell)
            self._run_file.end(summary, tell)
        leave_page(self._state, self._run.id, self._pipeline, tell)
        return Deployed(summary, tuple(self._describe_failures(summary)))

    def _put_away(self, tell: Tell) -> None:
        """Move what the steps have left on their desks into the run; where it cannot go there it stays, and is told."""
        try:
            desks.put_away(str(self._state), self._project.name)
            (self._state / CURRENT / self._project.name).unlink(missing_ok=True)
        except OSError as error:
            tell(Event("note", text=f"the desks of the steps could not be put away: {describe_error(error)}"))

    def _begin(self, interrupts: Interrupts) -> bool:
        """Run the first service; False where a signal has stopped it. Raises `Refused` (PL555)."""
        service = self._project.beginning or ""
        cancel = threading.Event()
        with interrupts.calling(cancel.set):
            result = attend(self._container(service, "--run", self._run.id), _ignore_line, cancel)
        if cancel.is_set():
            return False
        if result.exit_code:
            raise Refused("PL555", f"the service '{service}' failed: {_last_error(result)}")
        if records.read_current(str(self._state), self._project.name) != self._run.id:
            raise Refused(
                "PL555", f"the containers do not see {self._state}: is the Docker engine on another machine?"
            )
        return True

    def _run_steps(self, tell: Tell, interrupts: Interrupts) -> RunSummary:
        pipeline = build_supervised_pipeline(self._pipeline, self._project)
        jobs = self._jobs or max(1, len(pipeline.steps))
        return Execution(self._run.id, pipeline, self._launch, jobs, tell).run(interrupts)

    def _launch(self, step: ir.Step, emit: Callable[[str], None], cancel: threading.Event) -> Outcome:
        tail = self._tails[step.name] = deque[str](maxlen=_TAIL)

        def record_line(line: str) -> None:
            tail.append(line)
            emit(line)

        words = [f"--refresh={name}" for name in sorted(self._request.refresh)]
        words += [] if self._request.reuse else ["--no-reuse"]
        words += ["--resume"] if self._request.resume else []
        container = self._container(step.id, *words)
        return run_recorded(container, self._run.step(step.id), self._folders, record_line, cancel)

    def _container(self, service: str, *more: str) -> Container:
        name = f"{self._project.name}-{service}"
        return Container(
            command=self._project.run_command(service, name, *more),
            name=name,
            docker=self._engine.docker,
            environ=self._project.environ,
            folder=self._project.directory,
        )

    def _build_summary(self, status: RunStatus) -> RunSummary:
        """That of a run none of whose steps has started."""
        return RunSummary(self._run.id, self._pipeline.name, status, ())

    def _describe_failures(self, summary: RunSummary) -> Iterator[str]:
        """Of each step that failed, its own exit status, why, and what it printed last; or why it has none."""
        for step in summary.steps:
            if step.status != "failed":
                continue
            tail = self._tails.get(step.name, ())
            if step.exit_code is None:
                yield f"step '{step.name}' has no exit status: {step.note}"
            else:
                is_plain = step.note in ("", f"the script ended with exit status {step.exit_code}")
                reason = "" if is_plain else f": {step.note}"
                printed = "its last lines:" if tail else "it has printed nothing"
                yield f"step '{step.name}' failed with exit status {step.exit_code}{reason}; {printed}"
            yield from (f"    {line}" for line in tail)


def begin_run(ready: PreparedDeployment) -> ComposeRun:
    """Make the run, or take up the one to resume. Raises `Refused`."""
    name = ready.output.pipeline.name
    run_file = RunFile(
        ready.state,
        name,
        ready.values,
        engine="compose",
        resume=ready.request.resume,
        git=ready.output.manifest.git,
    )
    try:
        return ComposeRun(ready, run_file)
    except Refused:
        run_file.end(RunSummary(run_file.run_id, name, "failed", ()), lambda event: None)
        raise


def _last_error(result: AttendedRun) -> str:
    return " ".join(result.errors[-1:]) or f"exit status {result.exit_code}"


def _ignore_line(line: str) -> None:
    """What the first service prints is the run's id, which is known."""
