"""`ComposeDeployer`: from an output folder and what the user asked for to a run that has ended, or goes on alone."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from pipelift.app.deploying import Deployed, DeployRequest
from pipelift.app.history.resuming import find_earlier
from pipelift.app.interrupts import caught
from pipelift.app.running import Event, RunSummary
from pipelift.backends.compose.deploying.engine import Engine, dead_projects, find_engine, remove_project
from pipelift.backends.compose.deploying.project import ComposeProject, read_project
from pipelift.backends.compose.deploying.run import ComposeRun
from pipelift.backends.compose.deploying.wishes import (
    environment,
    read_wishes,
    wants_hardware,
    withheld,
)
from pipelift.backends.compose.plan import project_name
from pipelift.backends.compose.settings import ComposeSettings
from pipelift.backends.containers.build import build
from pipelift.backends.supervision.run_file import RunFile
from pipelift.compiler.diagnostics import Refused, Reporter, raise_errors
from pipelift.compiler.output.manifest import read_manifest
from pipelift.compiler.passes.parameters import Value, typed_values
from pipelift.compiler.repository.provenance import GitFacts
from pipelift.runtime import desks
from pipelift.runtime.contract import paths

_LINES_OF_A_FAILED_BUILD = 40


class ComposeDeployer:
    """Deploys output folders of the target ``compose``; what its target hands on to."""

    def deploy(self, request: DeployRequest, reporter: Reporter, tell: Callable[[Event], None]) -> Deployed:
        """Build what is missing and run the steps, each in its container, to the end or until one fails.

        Raises `Refused`.
        """
        from pipelift.backends.compose.deploying.detached import start_detached

        ready = prepare(request)
        _build(request, tell)
        _sweep(ready, tell)
        if not request.start:
            return Deployed(lines=("all images are there; nothing was started",))
        if not request.wait:
            return start_detached(request)
        with caught() as interrupts:
            return begin_run(ready).to_its_end(tell, interrupts)


@dataclass(frozen=True, slots=True)
class Ready:
    """What is known before a run exists: the request, with the `values` of all parameters, and where it will run."""

    request: DeployRequest
    wishes: ComposeSettings
    engine: Engine
    draft: ComposeProject
    state: Path
    values: Mapping[str, Value]


def begin_run(ready: Ready) -> ComposeRun:
    """Make the run, or take up the one to resume. Raises `Refused`."""
    name, resume = ready.request.pipeline.name, ready.request.settings.get("resume")
    git = _compiled_from(ready.request.directory)
    run_file = RunFile(ready.state, name, ready.values, engine="compose", resume=resume, git=git)
    try:
        return ComposeRun(ready.request, ready.wishes, ready.engine, ready.draft, run_file)
    except Refused:
        run_file.end(RunSummary(run_file.run_id, name, "failed", ()), lambda event: None)
        raise


def _compiled_from(directory: Path) -> GitFacts | None:
    try:
        return read_manifest(directory).git
    except Refused:
        return None


def prepare(request: DeployRequest) -> Ready:
    """Read what the user wants, find the engine, let Compose read the project. Raises `Refused`."""
    wishes = read_wishes(request)
    engine = find_engine(request.environ)
    draft = _draft(request, wishes, engine)
    state = draft.state
    if wishes.resume is not None:
        earlier = find_earlier(state, request.pipeline, wishes.resume, request.parameters)
        settings = {**request.settings, "resume": earlier.run_id}
        request = replace(request, parameters=earlier.parameters, settings=settings)
        draft = _draft(request, wishes, engine)
    return Ready(request, wishes, engine, draft, state, _values(request, draft))


def _draft(request: DeployRequest, wishes: ComposeSettings, engine: Engine) -> ComposeProject:
    return read_project(
        engine.docker,
        project_name(request.pipeline),
        request.directory,
        hardware=wants_hardware(wishes, engine, request.pipeline),
        environ=environment(request),
    )


def _values(request: DeployRequest, draft: ComposeProject) -> dict[str, Value]:
    """The parameters as the steps get them, ``.env`` and the shell's variables included. Raises `Refused`."""
    reporter = Reporter()
    pipeline = request.pipeline
    commands = [draft.command_of(service) for service in draft.services]
    pairs = [word for words in commands for flag, word in pairwise(words) if flag == "--parameter"]
    texts = {name: text for name, _, text in (word.partition("=") for word in pairs)}
    typed = typed_values(pipeline, texts, reporter)
    for name in withheld(request):
        reporter.report("PL518", f"the parameter '{name}' has no value")
    raise_errors(reporter)
    return {one.name: typed.get(one.name, one.default) for one in pipeline.parameters}


def _build(request: DeployRequest, tell: Callable[[Event], None]) -> None:
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
        build(request.directory, note)
    except Refused:
        for line in docker:
            tell(Event("note", text=line))
        raise


def _sweep(ready: Ready, tell: Callable[[Event], None]) -> None:
    """Remove what killed deployments have left; those that go on, in this folder too, are left alone."""
    for project in dead_projects(ready.engine, f"{ready.draft.name}-", ready.state / paths.RUNS):
        tell(Event("note", text=f"removing what an earlier deployment has left: {project}"))
        remove_project(ready.engine, project)
        desks.put_away(str(ready.state), project)
        (ready.state / paths.CURRENT / project).unlink(missing_ok=True)
