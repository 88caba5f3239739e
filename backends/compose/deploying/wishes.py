"""What the user asked of a deployment (`--set`, parameters), checked, and as the variables that Compose reads."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Literal, cast

from pipelift.app.deploying import DeployRequest
from pipelift.app.selection import known_steps
from pipelift.backends.compose.deploying.engine import Engine
from pipelift.backends.compose.plan import USER
from pipelift.backends.compose.variables import parameter_variables, secret_parameters
from pipelift.compiler import ir
from pipelift.compiler.diagnostics import Reporter

Gpu = Literal["yes", "no", "auto"]


@dataclass(frozen=True, slots=True)
class Wishes:
    """The target's own options: `resume` is a run's id or ``last``; `jobs` is None without a limit."""

    resume: str | None
    gpu: Gpu
    jobs: int | None


def read_wishes(request: DeployRequest, reporter: Reporter) -> Wishes | None:
    """The options; None where one is wrong (PL554), or a step of `--refresh` is not there (PL530)."""
    gpu = request.settings.get("gpu", "auto")
    if gpu not in ("yes", "no", "auto"):
        reporter.report("PL554", f"gpu is yes, no or auto, not '{gpu}'")
    jobs = request.settings.get("jobs")
    if jobs is not None and not (jobs.isdecimal() and int(jobs)):
        reporter.report("PL554", f"jobs is a number of steps from 1 on, not '{jobs}'")
    known_steps(request.pipeline, request.refresh, "--refresh", reporter)
    if reporter.errors:
        return None
    return Wishes(request.settings.get("resume"), cast(Gpu, gpu), None if jobs is None else int(jobs))


def wants_hardware(wishes: Wishes, engine: Engine, pipeline: ir.Pipeline) -> bool:
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
