"""Loads a DAG file with Airflow itself, in a process and with a home folder of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from pipelift.compiler.diagnostics import Reporter

SECONDS = 300
INSTALL = "pip install 'pipelift[airflow]'"


def verify(directory: Path, reporter: Reporter) -> None:
    """Report what Airflow's DagBag says of `directory`; without Airflow, that nothing was verified."""
    answer = _ask(directory)
    if isinstance(answer, str):
        reporter.report("PL431", f"Airflow ended without loading the DAG: {answer}")
        return
    if not answer["installed"]:
        reporter.report("PL432", "the DAG is not verified: Airflow is not installed", help=f"Run: {INSTALL}")
        return
    for file, error in sorted(answer["errors"].items()):
        reporter.report("PL431", f"Airflow cannot load {Path(file).name}: {error.strip()}")
    if not answer["dags"] and not answer["errors"]:
        reporter.report("PL431", "Airflow found no DAG in the output folder")


def _ask(directory: Path) -> dict[str, dict[str, str]] | str:
    """The answer of the probe, or what it said when it gave none."""
    with tempfile.TemporaryDirectory(prefix="pipelift-airflow-") as home:
        command = [sys.executable, "-m", "pipelift.backends.airflow.probe", str(directory.resolve()), home]
        try:
            process = subprocess.run(
                command,
                cwd=home,
                capture_output=True,
                text=True,
                encoding="utf-8",
                errors="replace",
                timeout=SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return f"no answer in {SECONDS} seconds"
    lines = process.stdout.splitlines()
    if process.returncode == 0 and lines:
        answer: dict[str, dict[str, str]] = json.loads(lines[-1])
        return answer
    return (process.stderr or process.stdout).strip()[-2000:] or f"exit status {process.returncode}"
