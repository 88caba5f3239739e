"""Fixtures of the tests of earlier runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.reuse_project import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project of two steps that has not run yet."""
    return Project(tmp_path)
