"""From an output folder of Compose and a request to a run that has ended, or goes on in the background."""

from __future__ import annotations

from collections import deque
from pathlib import Path

from pipelift.app.deploying import Deployed
from pipelift.app.interrupts import caught
from pipelift.app.request import RunRequest
from pipelift.app.running import Event, Tell
from pipelift.backends.compose.deploying.detached import start_detached
from pipelift.backends.compose.deploying.engine import find_dead_projects, remove_project
from pipelift.backends.compose.deploying.preparation import PreparedDeployment, prepare
from pipelift.backends.compose.deploying.run import begin_run
from pipelift.backends.containers.build import build
from pipelift.compiler.diagnostics import Refused, Reporter
from pipelift.compiler.output.folder import Output
from pipelift.runtime import desks
from pipelift.runtime.contract import paths

_LINES_OF_A_FAILED_BUILD = 40


def deploy(output: Output, request: RunRequest, reporter: Reporter, tell: Tell) -> Deployed:
    """Build what is missing and run the steps, each in its container, to the end or until one fails.

    Raises `Refused`.
    """
    ready = prepare(output, request)
    _build(output.directory, tell)
    _sweep(ready, tell)
    if not request.start:
        return Deployed(lines=("all images are there; nothing was started",))
    if not request.wait:
        return start_detached(output, request)
    with caught() as interrupts:
        return begin_run(ready).run_to_end(tell, interrupts)


def _build(directory: Path, tell: Tell) -> None:
    """Build what is missing; of what Docker prints about each image, the end is shown if it fails.

    Raises `Refused` (PL553).
    """
    docker = deque[str](maxlen=_LINES_OF_A_FAILED_BUILD)

    def note(line: str) -> None:
        if line.startswith("["):
            docker.clear()
            tell(Event("note", text=line))
        else:
            docker.append(line)

    try:
        build(directory, note)
    except Refused:
        for line in docker:
            tell(Event("note", text=line))
        raise


def _sweep(ready: PreparedDeployment, tell: Tell) -> None:
    """Remove what killed deployments have left; those that go on, in this folder too, are left alone."""
    for project in find_dead_projects(ready.engine, f"{ready.draft.name}-", ready.state / paths.RUNS):
        tell(Event("note", text=f"removing what an earlier deployment has left: {project}"))
        remove_project(ready.engine, project)
        desks.put_away(str(ready.state), project)
        (ready.state / paths.CURRENT / project).unlink(missing_ok=True)
