"""Steps that a part of a pipeline leaves out, and whose results it reads: what they have left earlier is taken."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from pipelift.app.running import LocalRun
from pipelift.backends.local.forecast import TAKEN_DETAIL, newest_result, planned_context
from pipelift.backends.local.stores import launch_context
from pipelift.backends.supervision.execution import Launch, Outcome
from pipelift.compiler import ir
from pipelift.compiler.diagnostics import Reporter
from pipelift.runtime import execution, records
from pipelift.runtime.contract import paths, reasons
from pipelift.runtime.contract.record import Record, as_record
from pipelift.runtime.errors import LauncherError

_COPIED = ("name", "pipeline", "key", "key_parts", "made_of", "parameters", "result", "outputs", "metrics")


def check_earlier_results(run: LocalRun, reporter: Reporter) -> None:
    """Report (PL531) steps whose earlier result is to be read, and which have none that is still there."""
    context = planned_context(run)
    for step in run.pipeline.steps:
        if step.id in run.taken and newest_result(step, run, context) is None:
            reporter.report(
                "PL531",
                f"'{step.name}' is not to be run, and no earlier run has left a result of it that is still there",
                step.span,
                step=step.name,
            )


def reuse_earlier(launch: Launch, run: LocalRun, run_id: str) -> Launch:
    """`launch`, and for the steps in `run.taken` a record in the run that stands for an earlier one."""
    if not run.taken:
        return launch
    context = launch_context(run)

    def launch_or_reuse(step: ir.Step, emit: Callable[[str], None], cancel: threading.Event) -> Outcome:
        if step.id not in run.taken:
            return launch(step, emit, cancel)
        try:
            record = newest_result(step, run, context)
        except LauncherError as error:  # a remote store does not answer
            return Outcome("failed", exit_code=error.status, reason=str(error))
        if record is None:
            return Outcome("failed", reason="its earlier result is gone")
        _write_record(record, records.Run(str(run.base / paths.STATE), run_id).step(step.id))
        return Outcome(
            "reused",
            exit_code=0,
            reason=f"taken from run {record['run']}",
            outputs=execution.paths(record["outputs"], context.stores),
            metrics=record.get("metrics", {}),
        )

    return launch_or_reuse


def _write_record(earlier: Record, place: records.StepPlace) -> None:
    """Write the record. Raises `OSError`."""
    fields: Record = {
        "run": place.run.id,
        "step": place.step_id,
        "started": round(time.time(), 3),
        "status": "reused",
        "seconds": 0.0,
        "exit_code": 0,
        "reason": "",
        "reused_from": earlier.get("reused_from") or {"run": earlier["run"], "step": earlier["step"]},
        "decision": {"why": reasons.REUSED, "detail": TAKEN_DETAIL},
    }
    copied_fields = as_record({name: value for name, value in earlier.items() if name in _COPIED})
    place.write({**copied_fields, **fields})
