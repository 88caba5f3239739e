"""A state folder with records of runs, written by hand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any


class Records:
    """Writes a state folder by hand."""

    def __init__(self, folder: Path) -> None:
        self.state = folder / ".pipelift"

    def run(self, run: str, **about: Any) -> Path:
        folder = self.state / "runs" / run
        folder.mkdir(parents=True, exist_ok=True)
        if about:
            (folder / "run.json").write_text(json.dumps(about))
        return folder

    def step(
        self, run: str, step: str, log: str = "", metrics: Sequence[dict[str, object]] = (), **record: Any
    ) -> Path:
        folder = self.run(run) / "steps" / step
        folder.mkdir(parents=True)
        whole = {
            "name": step,
            "status": "completed",
            "started": 1.0,
            "seconds": 2.0,
            "pipeline": "p",
            **record,
        }
        (folder / "record.json").write_text(json.dumps(whole))
        (folder / "log.txt").write_text(log)
        lines = "".join(json.dumps(row) + "\n" for row in metrics)
        (folder / "metrics.jsonl").write_text(lines)
        return folder
