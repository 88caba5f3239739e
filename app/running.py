"""The interface of runners: the run that they take, the events that they report, and the summary.

It is one of the things that a target can do; see `compiler.target`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol, TypeAlias, runtime_checkable

from pipelift.app.request import RunRequest
from pipelift.compiler.config import Config
from pipelift.compiler.diagnostics import Reporter
from pipelift.compiler.ir import Pipeline
from pipelift.compiler.reading.contents import Content
from pipelift.compiler.target import load_able
from pipelift.runtime.contract import run
from pipelift.runtime.contract.record import MadeOf

LOCAL = "local"
"""The target that runs a pipeline on this machine; it is part of pipelift."""

StepStatus = run.StepStatus
RunStatus = run.RunStatus

EXIT_STATUS: Mapping[RunStatus, int] = {"completed": 0, "failed": 3, "cancelled": 130}
"""How a run ended, as a shell sees it: a contract that scripts rely on. Every interruption gives 130."""


@dataclass(frozen=True, slots=True)
class LocalRun:
    """A checked run on this machine.

    `pipeline` has the steps of the run; those in `taken` (ids) do not run, the others read their last results.
    `base` is the folder of the pipeline file (run state lies in its ``.pipelift/``); `contents` as in
    `target.Compilation`.
    """

    pipeline: Pipeline
    request: RunRequest
    base: Path
    config: Config
    contents: Mapping[str, Mapping[str, Content]]
    taken: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened: `kind` says what, `step` is a step's name, `text` a line for people.

    ``note`` is about the run as a whole; ``log`` is one line that a step printed; ``started`` and ``finished``
    frame a step, the latter with its `status` and `seconds`.
    """

    kind: Literal["note", "started", "log", "finished"]
    step: str | None = None
    text: str = ""
    status: StepStatus | None = None
    seconds: float | None = None


Tell: TypeAlias = Callable[[Event], None]
"""A function that receives each event."""


@dataclass(frozen=True, slots=True)
class StepSummary:
    """How one step ended. `outputs` are paths by port; `exit_code` is the script's own; `note` is for people."""

    name: str
    status: StepStatus
    seconds: float = 0.0
    outputs: Mapping[str, str] = field(default_factory=dict)
    metrics: Mapping[str, object] = field(default_factory=dict)
    exit_code: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class RunSummary:
    """How a run ended; `as_json` is the last line of ``run --json``, a contract."""

    run_id: str
    pipeline: str
    status: RunStatus
    steps: tuple[StepSummary, ...]

    def as_json(self) -> dict[str, object]:
        """The summary as plain data, keys as the design page fixes them."""
        keys = ("name", "status", "seconds", "outputs", "metrics")
        steps = [{key: getattr(step, key) for key in keys} for step in self.steps]
        return {"run_id": self.run_id, "pipeline": self.pipeline, "status": self.status, "steps": steps}


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a run would do with a step, `step` by its id.

    `reused_from` is the run whose result it would take, or None and `why` it would run (a word of the runtime's,
    with a `detail`). `made_of` are the ingredients of its reuse key, as run records hold them; None where they
    are not known.
    """

    step: str
    name: str
    reused_from: str | None
    why: str
    detail: str = ""
    made_of: MadeOf | None = None


@runtime_checkable
class Runs(Protocol):
    """A target that runs a pipeline itself, for `pipelift run`."""

    def check(self, run: LocalRun, reporter: Reporter) -> None:
        """Report, before anything runs, what would make the run fail: missing data, scripts, modules."""

    def foresee(self, run: LocalRun) -> tuple[Forecast, ...]:
        """Forecast what a run would reuse and what it would run, producers first. Writes nothing."""

    def run(self, run: LocalRun, tell: Tell) -> RunSummary:
        """Run all steps, telling what happens; returns when every step has ended. Ctrl-C gives `cancelled`.

        Raises `Refused` where no step can be started.
        """


def load_runner(name: str = LOCAL) -> Runs:
    """The target `name`, for `pipelift run`. Raises `Refused`."""
    return load_able(name, "run", lambda target: target if isinstance(target, Runs) else None)
