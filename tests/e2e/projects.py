"""The pipelines that go through the engines: the examples, and a small one of which a step fails."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
EXAMPLES = HERE.parents[1] / "examples"
NAMES = ("compare", "newsgroups", "iris")
FAILING = "failing"
SCHEDULED = "scheduled"
OWN = (FAILING, SCHEDULED, "supervised", "secretive", "trespassing")
"""Those that lie here, and need no data."""


def copy(name: str, parent: Path) -> Path:
    """A copy of project `name` in `parent`, with its source data made and nothing left of earlier runs."""
    folder = parent / name
    origin = HERE / name if name in OWN else EXAMPLES / name
    shutil.copytree(
        origin, folder, ignore=shutil.ignore_patterns("store", "build", ".pipelift", "__pycache__")
    )
    if name not in OWN:
        subprocess.run([sys.executable, "make_data.py"], cwd=folder, check=True)
    return folder
