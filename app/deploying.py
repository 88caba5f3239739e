"""The door to the deployers: what puts an output folder to work, and what it answers.

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
"""The words of a request that are about runs on this machine: a deployment would do something else than they say."""


@dataclass(frozen=True, slots=True)
class Deployed:
    """What came of it. `run` is None where none was followed; `lines` tell people what there is now, and where."""

    run: RunSummary | None = None
    lines: tuple[str, ...] = ()


@runtime_checkable
class Deploys(Protocol):
    """A target whose output folders `pipelift deploy` puts to work."""

    def deploy(self, output: Output, request: RunRequest, reporter: Reporter, tell: Tell) -> Deployed:
        """Deploy `output` as `request` (checked) says, and follow the run; safe to repeat.

        What is worth knowing goes to `reporter`; secrets are read from the request's `environ` alone.
        Ctrl-C during a run gives a summary with status `cancelled`. Raises `Refused` where it cannot be done.
        """


def deploy_output(
    deployer: Deploys,
    output: Output,
    request: RunRequest,
    reporter: Reporter,
    tell: Tell,
) -> Deployed:
    """Check `request` against the pipeline of `output`, and deploy it as `deployer` does.

    Raises `Refused`, and `ValueError` for a word that is about runs on this machine.
    """
    refuse_words(request, _NOT_DEPLOYED, "a deployment")
    reporter.secrets.give(secret_values(request))
    return deployer.deploy(output, check_request(output.pipeline, request), reporter, tell)


def load_deployer(name: str) -> Deploys:
    """The target `name`, for `pipelift deploy`. Raises `Refused`."""
    return load_able(name, "deploy", lambda target: target if isinstance(target, Deploys) else None)


def deployment_options() -> Mapping[str, Mapping[str, str]]:
    """What ``--set`` takes, with a line of help, by the names of the targets that can be deployed."""
    return {
        target.name: list_deploy_options(target.settings)
        for target in load_targets()
        if isinstance(target, Deploys)
    }
