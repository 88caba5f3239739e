"""The page that a run leaves beside its records."""

from __future__ import annotations

from pathlib import Path

from pipelift.app.running import Event, Tell
from pipelift.compiler import ir
from pipelift.runtime.contract.paths import RUNS


def leave_page(state: Path, run_id: str, pipeline: ir.Pipeline, tell: Tell) -> None:
    """Write ``report.html`` into the folder of a run that has ended, and tell where it is.

    Whatever goes wrong is told, and no more: a run is not worse for its page.
    """
    from pipelift.app.run_page import keep_pipeline, write_page  # not while steps wait to start

    try:
        keep_pipeline(state / RUNS / run_id, pipeline)
        tell(Event("note", text=f"report: {write_page(state, run_id)}"))
    except Exception as error:
        tell(Event("note", text=f"the report of the run could not be written: {error}"))
