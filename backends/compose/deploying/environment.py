"""What the user asked of a deployment, as the variables and files that Compose reads."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping

from pipelift.app.request import RunRequest
from pipelift.backends.compose.deploying.engine import Engine
from pipelift.backends.compose.plan import USER
from pipelift.backends.compose.settings import ComposeSettings
from pipelift.backends.compose.variables import parameter_variables
from pipelift.backends.examination.stores import host_secrets
from pipelift.compiler import ir
from pipelift.compiler.diagnostics import Refused
from pipelift.compiler.output.folder import Output


def wants_hardware(settings: ComposeSettings, engine: Engine, pipeline: ir.Pipeline) -> bool:
    """Whether compose.gpu.yaml is read too. It asks for GPUs, and limits that a smaller machine refuses."""
    if settings.gpu != "auto":
        return settings.gpu == "yes"
    requests = [step.resources for step in pipeline.steps]
    fits = all(resources.cpus is None or resources.cpus <= engine.cpus for resources in requests)
    return engine.has_gpus and fits and any(resources.gpus for resources in requests)


def list_external_parameters(output: Output, environ: Mapping[str, str]) -> tuple[str, ...]:
    """The parameters whose value Compose takes from the shell's variables or from ``.env``."""
    file = output.directory / ".env"
    text = file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""
    names = environ.keys() | set(re.findall(r"(?m)^\s*(?:export\s+)?(\w+)\s*[=:]", text))
    variables = parameter_variables(output.pipeline.parameters)
    return tuple(name for name, variable in variables.items() if variable.name in names)


def build_environment(output: Output, request: RunRequest) -> dict[str, str]:
    """The variables that the project is read with: the shell's, the parameters given, and whose the data are: ours,
    since we write beside the steps. Raises `Refused` (PL518) where a parameter's secret is not there."""
    variables = parameter_variables(output.pipeline.parameters)
    given = {**dict(_read_secrets(output, request)), **request.parameters}
    values = {variables[name].name: str(value) for name, value in given.items() if value is not None}
    return {**request.environ, USER.name: f"{os.getuid()}:{os.getgid()}", **values}


def _read_secrets(output: Output, request: RunRequest) -> Iterator[tuple[str, str]]:
    """The values of parameters that are secrets, where nobody gives them: Compose would start without them."""
    external = list_external_parameters(output, request.environ)
    available = host_secrets(output.directory, output.manifest, request.environ)
    for entry in output.pipeline.parameters:
        if entry.secret is None or entry.name in external or request.parameters.get(entry.name) is not None:
            continue
        if not available.holds(entry.secret):
            place = available.where(entry.secret)
            message = (
                f"the parameter '{entry.name}' has no value, and its secret is not there: put it into {place}"
            )
            raise Refused("PL518", message)
        yield entry.name, available.text(entry.secret, entry.secret)
