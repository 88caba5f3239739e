"""Fixtures of the tests of commands, their signals and streams."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.ended import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project whose one step ends as it is told to."""
    return Project(tmp_path / "project")
