"""Fixtures of the end-to-end tests: a Docker engine, an Airflow home, one run of each example on each."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.e2e import engines, projects
from tests.e2e.servers import azurite, postgres, s3_server
from tests.support.folders import ROOT

__all__ = ["azurite", "postgres", "s3_server"]  # fixtures, found here

HELPER = "PIPELIFT_DOCKER_ENGINE"


def pytest_ignore_collect(config: pytest.Config) -> bool | None:
    """These tests need engines, so they run only where the command line names their folder."""
    here = Path(__file__).parent
    named = [
        Path(config.invocation_params.dir, argument.split("::")[0]).resolve() for argument in config.args
    ]
    return None if any(path.is_relative_to(here) for path in named) else True


@pytest.fixture(scope="session", autouse=True)
def docker_engine() -> Iterator[None]:
    """One that answers: the running engine, else what a helper starts (it takes `start`, `stop`)."""
    if _engine_answers():
        yield
        return
    helper = Path(os.environ.get(HELPER) or ROOT.parent / "shared" / "tools" / "docker-engine")
    if not helper.is_file():
        pytest.fail(f"no Docker engine answers: start one, or name a program that starts one in {HELPER}")
    subprocess.run([helper, "start"], check=True)
    yield
    subprocess.run([helper, "stop"], check=True)


@pytest.fixture(scope="session")
def airflow_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh Airflow home with its database made."""
    home = tmp_path_factory.mktemp("airflow")
    engines.migrate_airflow(home)
    return home


@pytest.fixture(scope="session")
def run_on(tmp_path_factory: pytest.TempPathFactory, airflow_home: Path) -> engines.RunOn:
    """`run_on(engine, project, **parameters)`: the outcome, in a copy of the project; each is run once."""
    made: dict[tuple[object, ...], engines.Outcome] = {}

    def run(engine: str, project: str, **parameters: Any) -> engines.Outcome:
        key = (engine, project, *sorted(parameters.items()))
        if key not in made:
            folder = projects.copy(project, tmp_path_factory.mktemp(f"{project}-{engine}"))
            made[key] = _run(engine, folder, parameters, airflow_home)
        return made[key]

    return run


def _run(engine: str, folder: Path, parameters: Mapping[str, object], airflow_home: Path) -> engines.Outcome:
    if engine == "airflow":
        return engines.run_airflow(folder, parameters, airflow_home)
    runs = {"local": engines.run_local, "compose": engines.run_compose, "kubeflow": engines.run_kubeflow}
    return runs[engine](folder, parameters)


def _engine_answers() -> bool:
    try:
        return subprocess.run(["docker", "info"], capture_output=True).returncode == 0
    except FileNotFoundError:
        return False
