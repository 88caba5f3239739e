"""What is known of a deployment before a run exists: the request, an engine that answers, a project that is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from pipelift.app.request import RunRequest, check_values, resume_request
from pipelift.backends.compose.deploying.engine import Engine, find_engine
from pipelift.backends.compose.deploying.environment import (
    build_environment,
    list_external_parameters,
    wants_hardware,
)
from pipelift.backends.compose.deploying.project import ComposeProject, read_project
from pipelift.backends.compose.plan import project_name
from pipelift.backends.compose.settings import ComposeSettings
from pipelift.compiler.config.section import read_options
from pipelift.compiler.diagnostics import Reporter, raise_errors
from pipelift.compiler.ir import Scalar
from pipelift.compiler.output.folder import Output
from pipelift.compiler.passes.parameters import typed_values


@dataclass(frozen=True, slots=True)
class PreparedDeployment:
    """A deployment that can begin: `draft` is the project as Compose reads it, `values` those of all parameters.

    In `request` a run that goes on has its id and its parameters; `state` is the state folder on this machine.
    """

    output: Output
    request: RunRequest
    settings: ComposeSettings
    engine: Engine
    draft: ComposeProject
    state: Path
    values: Mapping[str, Scalar]


def prepare(output: Output, request: RunRequest) -> PreparedDeployment:
    """Read what the user wants, find the engine, let Compose read the project. Raises `Refused`."""
    settings = read_options(ComposeSettings, request.settings)
    engine = find_engine(request.environ)
    if settings.resume is None:
        check_values(output.pipeline, request.parameters, list_external_parameters(output, request.environ))
    draft = _read_draft(output, request, settings, engine)
    state = draft.state
    if settings.resume is not None:
        request = resume_request(output.pipeline, replace(request, resume=settings.resume), state)
        draft = _read_draft(output, request, settings, engine)
    return PreparedDeployment(
        output, request, settings, engine, draft, state, _read_values(output, request, draft)
    )


def _read_draft(
    output: Output, request: RunRequest, settings: ComposeSettings, engine: Engine
) -> ComposeProject:
    return read_project(
        engine.docker,
        project_name(output.pipeline),
        output.directory,
        hardware=wants_hardware(settings, engine, output.pipeline),
        environ=build_environment(output, request),
    )


def _read_values(output: Output, request: RunRequest, draft: ComposeProject) -> dict[str, Scalar]:
    """The parameters as the steps get them, ``.env`` and the shell's variables included. Raises `Refused`."""
    reporter = Reporter()
    pipeline = output.pipeline
    commands = [draft.command_of(service) for service in draft.services]
    pairs = [word for words in commands for flag, word in pairwise(words) if flag == "--parameter"]
    texts = {name: text for name, _, text in (word.partition("=") for word in pairs)}
    typed = typed_values(pipeline, texts, reporter)
    raise_errors(reporter)
    return {parameter.name: typed.get(parameter.name, parameter.default) for parameter in pipeline.parameters}
