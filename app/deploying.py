"""The door to the deployers: what `pipelift deploy` is asked to do with an output folder, and what it answers.

It is one of the things that a target can do; see `compiler.target`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, runtime_checkable

from pipelift.app.running import Event, RunSummary, Value
from pipelift.compiler import ir
from pipelift.compiler.config.section import asked_options
from pipelift.compiler.diagnostics import Reporter
from pipelift.compiler.target import load_able, load_targets


@dataclass(frozen=True, slots=True)
class DeployRequest:
    """What the user asked for.

    `directory` is an output folder of `pipelift compile`, and `pipeline` what its ``pipeline.ir.json`` holds.
    `parameters` are the values given, by name, already of the parameter's type. With `start` False everything is
    put in place and nothing is started; with `wait` False a run is started and not followed. With `reuse` False
    every step runs; `refresh` names steps that run in any case. `settings` are the target's own options, by name,
    those that were given; `config.section.read_options` types them by the target's model. `environ` are the
    variables of the shell: the only place that credentials come from.
    """

    directory: Path
    pipeline: ir.Pipeline
    parameters: Mapping[str, Value] = field(default_factory=dict)
    start: bool = True
    wait: bool = True
    reuse: bool = True
    refresh: frozenset[str] = frozenset()
    settings: Mapping[str, str] = field(default_factory=dict)
    environ: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Deployed:
    """What came of it. `run` is None where none was followed; `lines` tell people what there is now, and where."""

    run: RunSummary | None = None
    lines: tuple[str, ...] = ()


@runtime_checkable
class Deploys(Protocol):
    """A target whose output folders `pipelift deploy` puts to work."""

    def deploy(self, request: DeployRequest, reporter: Reporter, tell: Callable[[Event], None]) -> Deployed:
        """Deploy, and follow the run; safe to repeat. What is worth knowing goes to `reporter`.

        Ctrl-C during a run gives a summary with status `cancelled`. Raises `Refused` where it cannot be done.
        """


def load_deployer(name: str) -> Deploys:
    """The target `name`, for `pipelift deploy`. Raises `Refused`."""
    return load_able(name, "deploy", lambda target: target if isinstance(target, Deploys) else None)


def deployment_options() -> Mapping[str, Mapping[str, str]]:
    """What ``--set`` takes, with a line of help, by the names of the targets that can be deployed."""
    return {
        target.name: asked_options(target.settings)
        for target in load_targets()
        if isinstance(target, Deploys)
    }
