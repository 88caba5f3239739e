"""What lies in a store stays as it is, whatever links steps leave in their outputs, on every engine."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.e2e import engines
from tests.e2e.engines import Tree
from tests.support.folders import read_files, write_files

pytestmark = pytest.mark.e2e

PROJECT = Path(__file__).with_name("links")
DATA = {
    "raw/a.csv": b"1,2\n",
    "raw/deep/b.csv": b"3,4\n",
    "results/old.txt": b"old\n",
    "other/key.txt": b"private\n",
}


@pytest.mark.parametrize("engine", engines.ALL)
def test_links_of_steps_take_nothing_from_a_store(engine: str, tmp_path: Path, airflow_home: Path) -> None:
    folder = tmp_path / f"links-{engine}"
    shutil.copytree(PROJECT, folder)
    write_files(folder / "store", DATA)
    run = {"local": engines.run_local, "compose": engines.run_compose, "kubeflow": engines.run_kubeflow}
    outcome = run[engine](folder, {}) if engine in run else engines.run_airflow(folder, {}, airflow_home)
    assert not outcome.succeeded, outcome.log
    assert "is a link to" in outcome.log, outcome.log
    assert "latest: weights" in outcome.log, outcome.log
    assert {name: _left(folder / "store").get(name) for name in DATA} == DATA
    assert "results/new.txt" not in _left(folder / "store")
    gathered = outcome.outputs["gather", "gathered"]
    assert gathered == {
        "v1/model.txt": b"weights",
        "latest/model.txt": b"weights",
        "all/a.csv": DATA["raw/a.csv"],
        "all/deep/b.csv": DATA["raw/deep/b.csv"],
    }
    if engine != "kubeflow":  # its artifacts are written in place; what a failed task left there goes nowhere
        assert not any(step == "take" for step, _ in outcome.outputs)


def _left(store: Path) -> Tree:
    return read_files(store)
