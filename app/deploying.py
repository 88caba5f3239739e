"""The door to the deployers: what `pipelift deploy` is asked to do with an output folder, and what it answers.

Deployers are found by the entry point group `pipelift.deployers`, one a target, as backends are by theirs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from pathlib import Path
from typing import Protocol

from pipelift.app.running import Event, RunSummary, Value
from pipelift.compiler import ir
from pipelift.compiler.diagnostics import Reporter

GROUP = "pipelift.deployers"


@dataclass(frozen=True, slots=True)
class DeployRequest:
    """What the user asked for.

    `directory` is an output folder of `pipelift compile`, and `pipeline` what its ``pipeline.ir.json`` holds.
    `parameters` are the values given, by name, already of the parameter's type. With `start` False everything is
    put in place and nothing is started; with `wait` False a run is started and not followed. With `reuse` False
    every step runs; `refresh` names steps that run in any case. `settings` are the target's own options, by name,
    those that were given; a deployer lists the ones that it takes in `settings`. `environ` are the variables of
    the shell: the only place that credentials come from.
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


class Refused(Exception):
    """Why a deployment cannot go on: raised where it is found, reported once, where the deployment ends.

    `code` is a row of the table of codes, `message` one sentence, `help` what to do (the row's, if empty).
    """

    def __init__(self, code: str, message: str, help: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.help = help


class Deployer(Protocol):
    """Puts the output folders of one target to work."""

    @property
    def settings(self) -> Mapping[str, str]:
        """The options that the target takes (``--NAME VALUE``, without the dashes), each with a line of help."""

    def deploy(
        self, request: DeployRequest, reporter: Reporter, tell: Callable[[Event], None]
    ) -> Deployed | None:
        """Deploy, and follow the run; safe to repeat. None, with the reason reported, where it cannot be done.

        Ctrl-C during a run gives a summary with status `cancelled`.
        """


def load_deployer(target: str) -> Deployer | None:
    """Import and return the deployer of `target`; None where there is none."""
    for entry in entry_points(group=GROUP, name=target):
        deployer: Deployer = entry.load()
        return deployer
    return None


def deployers() -> Mapping[str, Deployer]:
    """The deployer of each target, by its name, sorted: for the help, which lists what all of them take."""
    found = {entry.name: entry.load() for entry in entry_points(group=GROUP)}
    return dict(sorted(found.items()))
