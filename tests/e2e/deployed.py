"""What a deployment told on its way."""

from __future__ import annotations

import json
import subprocess

Done = subprocess.CompletedProcess[str]


def statuses(done: Done) -> dict[str, str]:
    return {step["name"]: step["status"] for step in summary(done)["steps"]}  # type: ignore[attr-defined]


def summary(done: Done) -> dict[str, object]:
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return found
