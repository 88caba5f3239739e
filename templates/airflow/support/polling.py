"""Schedules that start a run when a file changes."""

import json
import os
from pathlib import Path

from airflow.sdk import PokeReturnValue

from pipelift.templates.airflow.support.file import STATE


def look_for_change(
    folder: str, note: str, prefix: str | None = None
) -> PokeReturnValue:
    """Whether a file in `folder` (not below it) is new or changed since the last look, which
    the file `note` of the state folder keeps. With a `prefix`, its path goes to the run: then
    each changed file gets a run of its own.
    """
    seen = Path(STATE) / "polling" / note
    before = json.loads(seen.read_text(encoding="utf-8")) if seen.is_file() else None
    now = {}
    for entry in os.scandir(folder) if os.path.isdir(folder) else []:
        if entry.is_file():
            now[entry.name] = [entry.stat().st_size, entry.stat().st_mtime_ns]
    known = now if before is None else before
    changed = sorted(name for name, about in now.items() if known.get(name) != about)
    later = changed[1:] if prefix is not None else []
    told = {**now, **{name: known.get(name) for name in later}}
    if told != before:
        seen.parent.mkdir(parents=True, exist_ok=True)
        new = seen.with_name(f".{note}.new")
        new.write_text(json.dumps(told), encoding="utf-8")
        new.replace(seen)
    path = f"{prefix}{changed[0]}" if prefix is not None and changed else None
    return PokeReturnValue(bool(changed), path)
