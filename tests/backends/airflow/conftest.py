"""Fixtures of the tests of Airflow: an output folder, and deploying without images and without waiting."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from pipelift.backends.airflow.deploying import deployer
from pipelift.compiler import output
from pipelift.compiler.target import Artifacts
from tests.support.airflow import compiled
from tests.support.samples import pipeline_of, step


@pytest.fixture
def quick(fixed_runtime: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """No images, no runtime in the folders, no waiting."""
    monkeypatch.setattr(deployer, "build", lambda directory, tell: None)
    monkeypatch.setattr(time, "sleep", lambda seconds: None)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An output folder."""
    pipeline, contents = pipeline_of(step("first"), step("second", "first"))
    files, reporter = compiled(pipeline, contents)
    where = tmp_path / "build"
    output.write(where, output.Content(pipeline, "airflow", Artifacts(files)), reporter)
    return where
