"""The golden DAGs, loaded by each Airflow; docs/versions.md says which of them load."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.conftest import GOLDEN
from tests.matrix.environments import environment, interpreters
from tests.matrix.table import cell, row
from tests.matrix.versions import AIRFLOWS

PROVIDERS = ("apache-airflow-providers-docker", "apache-airflow-providers-cncf-kubernetes")
PROGRAM = Path(__file__).with_name("load_dags.py")


def kind_of(name: str) -> str:
    """The column of a golden folder: the operator of its steps, or that it has schedules."""
    kinds = [kind for kind in ("schedules", "kubernetes") if kind in name]
    return kinds[0] if kinds else "docker"


@pytest.mark.parametrize("version", AIRFLOWS)
def test_the_table_says_what_loads(version: str, tmp_path: Path) -> None:
    folders = sorted(
        {file.parent for pattern in ("*dag.py", "*schedules.py") for file in GOLDEN.rglob(pattern)}
    )
    python = environment(
        f"airflow-{version}",
        interpreters()["3.11"],
        (f"apache-airflow=={version}", *PROVIDERS),
        before=AIRFLOWS[version],
    )
    command = [python, PROGRAM, tmp_path / "home", *folders]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    found = {Path(folder): problem for folder, problem in json.loads(done.stdout.splitlines()[-1]).items()}
    assert set(found) == set(folders)
    columns: dict[str, dict[str, str | None]] = {"docker": {}, "kubernetes": {}, "schedules": {}}
    for folder, problem in found.items():
        name = folder.relative_to(GOLDEN).as_posix()
        columns[kind_of(name)][name.replace("airflow/", "")] = problem
    assert row("Airflow", version) == [cell(outcomes) for outcomes in columns.values()], json.dumps(
        columns, indent=1
    )
