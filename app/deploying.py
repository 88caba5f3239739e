"""The interface of deployers: they deploy an output folder on its target, and report the result.

It is one of the things that a target can do; see `compiler.target`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from pipelift.app.request import RunRequest, check_request, refuse_words, secret_values
from pipelift.app.running import RunSummary, Tell
from pipelift.compiler.config.section import list_deploy_options
from pipelift.compiler.diagnostics import Reporter
from pipelift.compiler.output.folder import Output
from pipelift.compiler.target import load_able, load_targets

_NOT_DEPLOYED = ("only", "from_", "until", "resume", "python", "jobs", "docker")
"""The fields of a request that concern runs on this machine only."""


@dataclass(frozen=True, slots=True)
class Deployed:
    """The result of a deployment: `run` is None if none was followed; `lines` say what exists now, and where."""

    run: RunSummary | None = None
    lines: tuple[str, ...] = ()


@runtime_checkable
class Deploys(Protocol):
    """A target whose output folders `pipelift deploy` deploys."""

    def deploy(self, output: Output, request: RunRequest, reporter: Reporter, tell: Tell) -> Deployed:
        """Deploy `output` as `request` (checked) says, and follow the run; safe to repeat.

        Warnings and notes go to `reporter`; secrets come from the request's `environ` alone. Ctrl-C during a run
        gives a summary with status `cancelled`. Raises `Refused` if the deployment is impossible.
        """


def deploy_output(
    deployer: Deploys,
    output: Output,
    request: RunRequest,
    reporter: Reporter,
    tell: Tell,
) -> Deployed:
    """Check `request` against the pipeline of `output`, and deploy it as `deployer` does.

    Raises `Refused`, and `ValueError` for a field that concerns runs on this machine.
    """
    refuse_words(request, _NOT_DEPLOYED, "a deployment")
    reporter.secrets.give(secret_values(request))
    return deployer.deploy(output, check_request(output.pipeline, request), reporter, tell)


def load_deployer(name: str) -> Deploys:
    """The target `name`, for `pipelift deploy`. Raises `Refused`."""
    return load_able(name, "deploy", lambda target: target if isinstance(target, Deploys) else None)


def deployment_options() -> Mapping[str, Mapping[str, str]]:
    """List the options of ``--set`` with their help, by the name of each target that deploys."""
    return {
        target.name: list_deploy_options(target.settings)
        for target in load_targets()
        if isinstance(target, Deploys)
    }
