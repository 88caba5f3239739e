"""The target of this machine: each step a process of it. Nothing is compiled; the IR is run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelift.backends.local.codes import CODES
from pipelift.backends.local.keeps import KEEPS
from pipelift.backends.local.settings import LocalSettings
from pipelift.compiler.diagnostics import Reporter
from pipelift.compiler.ir import Pipeline
from pipelift.compiler.target import Compilation, Target

if TYPE_CHECKING:  # a list of the targets needs none of this
    from pipelift.app.running import Forecast, LocalRun, RunSummary, Tell


class LocalTarget(Target):
    """Runs a pipeline in processes of this machine."""

    name = "local"
    summary = "this machine: each step a process, or a container; `pipelift run` runs it, nothing is compiled"
    settings = LocalSettings
    codes = CODES
    keeps = KEEPS
    shares_state = True
    reads_secrets = True

    def check(self, run: LocalRun, reporter: Reporter) -> None:
        """As `app.running.Runs` says."""
        from pipelift.backends.local.runner import check

        check(run, reporter)

    def foresee(self, run: LocalRun) -> tuple[Forecast, ...]:
        """As `app.running.Runs` says."""
        from pipelift.backends.local.forecast import foresee

        return foresee(run)

    def run(self, run: LocalRun, tell: Tell) -> RunSummary:
        """As `app.running.Runs` says."""
        from pipelift.backends.local.runner import run_steps

        return run_steps(run, tell)

    def rehearse(self, pipeline: Pipeline, compilation: Compilation) -> dict[str, object]:
        """As `testing.outcome.Rehearses` says."""
        from pipelift.backends.local.rehearsal import rehearse

        return rehearse(pipeline, compilation)


TARGET = LocalTarget()
