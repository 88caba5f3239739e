"""Fixtures of the launcher's tests: a small world, and the oldest and the newest Python at hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.interpreters import interpreters
from tests.support.runtime_world import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    """An empty one; tests that all need the same steps put them into their own."""
    return World(tmp_path)


@pytest.fixture(params=["oldest", "newest"])
def python(request: pytest.FixtureRequest) -> str:
    """The path of an interpreter."""
    return interpreters()[int(request.param == "newest")]
