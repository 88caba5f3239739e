"""Runs and results as tables for people, and as plain data."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence

from pipelift.app.history.cache import Entry
from pipelift.app.history.left import is_file
from pipelift.app.history.state import Run
from pipelift.runtime.contract.paths import LOG_FILE

_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")
_SPANS = ((86400, "d"), (3600, "h"), (60, "min"))


def render_runs(runs: Iterable[Run]) -> Iterator[str]:
    """One line a run."""
    rows = [("RUN", "PIPELINE", "STARTED", "TOOK", "STATUS", "STEPS")]
    for run in runs:
        rows.append(
            (
                run.id,
                run.pipeline,
                _format_time(run.started),
                f"{run.seconds:.1f} s",
                run.status,
                _count_statuses(run),
            )
        )
    return align_rows(rows)


def render_run(run: Run) -> Iterator[str]:
    """One run: when, with which parameters, and each step with its metrics and outputs."""
    yield f"run {run.id} of {run.pipeline}: {run.status}"
    yield f"started {_format_time(run.started)}, took {run.seconds:.1f} s"
    for name, parameter_value in run.about.get("parameters", {}).items():
        yield f"parameter {name} = {parameter_value!r}"
    for step in run.steps:
        yield ""
        how = f" from run {step.origin[0]}" if step.origin else f" in {step.seconds:.1f} s"
        yield f"{step.name}: {step.status}{how}"
        if step.data.get("reason"):
            yield f"  {step.data['reason']}"
        for name, value in step.data.get("metrics", {}).items():
            yield f"  metric {name} = {value!r}"
        for port, place in step.data.get("outputs", {}).items():
            yield f"  output {port}: {place['store']}/{place['path']}"
        log = step.folder / LOG_FILE
        if is_file(log):
            yield f"  log: {os.path.relpath(log)}"


def run_data(run: Run) -> dict[str, object]:
    """One run as plain data."""
    keys = ("status", "seconds", "exit_code", "reason", "reused_from", "parameters", "metrics", "outputs")
    return {
        "run_id": run.id,
        "pipeline": run.pipeline,
        "status": run.status,
        "started": round(run.started, 3),
        "seconds": round(run.seconds, 3),
        "parameters": run.about.get("parameters", {}),
        "steps": [{"name": step.name, **_pick_keys(keys, step.data)} for step in run.steps],
    }


def _pick_keys(keys: Iterable[str], record: Mapping[str, object]) -> dict[str, object]:
    """Pick the `keys` that a record has, in their order."""
    return {key: record[key] for key in keys if key in record}


def render_entries(entries: Sequence[Entry], now: float) -> Iterator[str]:
    """One line a result, and their sum."""
    rows = [("RESULT", "STEP", "MADE BY RUN", "LAST USED", "SIZE", "")]
    for entry in entries:
        rows.append(
            (
                entry.key[:12],
                entry.step,
                entry.run,
                format_age(now - entry.used),
                format_size(entry.size),
                _describe_entry(entry),
            )
        )
    yield from align_rows(rows)
    yield f"{len(entries)} results, {format_size(sum(entry.size for entry in entries))}"


def entry_data(entry: Entry) -> dict[str, object]:
    """One result as plain data; times in seconds since 1970, sizes in bytes."""
    return {
        "key": entry.key,
        "pipeline": entry.pipeline,
        "step": entry.step,
        "run": entry.run,
        "last_used": round(entry.used, 3),
        "bytes": entry.size,
        "whole": entry.whole,
        "folders": [str(folder) for folder in entry.folders],
        "kept": [str(path) for path in entry.stays],
    }


def format_age(seconds: float) -> str:
    """``3 d``, ``5 h``, ``7 min`` or ``now``."""
    for length, unit in _SPANS:
        if seconds >= length:
            return f"{int(seconds // length)} {unit} ago"
    return "now"


def format_size(count: float) -> str:
    """Bytes for people: ``1.5 MiB``."""
    for unit in _UNITS[:-1]:
        if count < 1024:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1024
    return f"{count:.1f} {_UNITS[-1]}"


def align_rows(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Align the columns of the rows."""
    widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]))]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _describe_entry(entry: Entry) -> str:
    if entry.record is None:
        return "left by a failed step"
    if not entry.whole:
        return "an output is gone"
    return "outputs at their own destination stay" if entry.stays else ""


def _count_statuses(run: Run) -> str:
    statuses = [step.status for step in run.steps]
    return ", ".join(f"{statuses.count(status)} {status}" for status in dict.fromkeys(statuses)) or "none"


def _format_time(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))
