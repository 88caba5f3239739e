"""The golden pipelines for Kubeflow, loaded by each kfp of version 2; docs/versions.md says which of them load."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.conftest import GOLDEN
from tests.matrix.environments import environment, interpreters
from tests.matrix.table import cell, row
from tests.matrix.versions import KFPS

PROGRAM = Path(__file__).with_name("load_yaml.py")


@pytest.mark.parametrize("version", KFPS)
def test_the_table_says_what_loads(version: str) -> None:
    files = sorted(GOLDEN.rglob("pipeline.yaml"))
    python = environment(f"kfp-{version}", interpreters()["3.11"], (f"kfp=={version}",), before=KFPS[version])
    done = subprocess.run(
        [python, "-W", "ignore", PROGRAM, *files], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    outcomes = {Path(file).parent.relative_to(GOLDEN).as_posix(): problem for file, problem in found.items()}
    assert len(outcomes) == len(files) > 0
    assert row("kfp", version) == [cell(outcomes)], json.dumps(outcomes, indent=1)
