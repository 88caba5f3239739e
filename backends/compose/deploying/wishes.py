"""What the user asked of a deployment (`--set`, parameters), checked, and as the variables that Compose reads."""

from __future__ import annotations

import os
import re

from pipelift.app.deploying import DeployRequest
from pipelift.app.selection import known_steps
from pipelift.backends.compose.deploying.engine import Engine
from pipelift.backends.compose.plan import USER
from pipelift.backends.compose.settings import ComposeSettings
from pipelift.backends.compose.variables import parameter_variables, secret_parameters
from pipelift.compiler import ir
from pipelift.compiler.config.section import read_options
from pipelift.compiler.diagnostics import Reporter, raise_errors


def read_wishes(request: DeployRequest) -> ComposeSettings:
    """The target's own options. Raises `Refused` where one is wrong (PL554), or a step of `--refresh` is not there
    (PL530)."""
    wishes = read_options(ComposeSettings, request.settings)
    reporter = Reporter()
    known_steps(request.pipeline, request.refresh, "--refresh", reporter)
    raise_errors(reporter)
    return wishes


def wants_hardware(wishes: ComposeSettings, engine: Engine, pipeline: ir.Pipeline) -> bool:
    """Whether compose.gpu.yaml is read too. It asks for GPUs, and limits that a smaller machine refuses."""
    if wishes.gpu != "auto":
        return wishes.gpu == "yes"
    asked = [step.resources for step in pipeline.steps]
    fits = all(one.cpus is None or one.cpus <= engine.cpus for one in asked)
    return engine.has_gpus and fits and any(one.gpus for one in asked)


def withheld(request: DeployRequest) -> tuple[str, ...]:
    """The parameters that are secrets and have no value, neither from us nor in ``.env``: Compose asks for it only when
    it starts the step."""
    used = dict.fromkeys(name for step in request.pipeline.steps for name in step.parameters)
    variables = secret_parameters(parameter_variables(request.pipeline.parameters), used)
    given = environment(request)
    file = request.directory / ".env"
    text = file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""
    written = set(re.findall(r"(?m)^\s*(?:export\s+)?(\w+)\s*[=:]", text))
    return tuple(name for name, one in variables.items() if one.name not in given and one.name not in written)


def environment(request: DeployRequest) -> dict[str, str]:
    """The variables that the project is read with: the shell's, the parameters given, and whose the data are: ours,
    since we write beside the steps."""
    variables = parameter_variables(request.pipeline.parameters)
    given = {
        variables[name].name: str(value) for name, value in request.parameters.items() if value is not None
    }
    return {**request.environ, USER.name: f"{os.getuid()}:{os.getgid()}", **given}
