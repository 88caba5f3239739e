"""The matrix runs only where the command line names its folder: it installs what it tries, and takes an hour."""

from __future__ import annotations

from pathlib import Path

import pytest


def pytest_ignore_collect(config: pytest.Config) -> bool | None:
    """Leave the folder out unless it, or a file in it, is asked for."""
    here = Path(__file__).parent
    named = [
        Path(config.invocation_params.dir, argument.split("::")[0]).resolve() for argument in config.args
    ]
    return None if any(path.is_relative_to(here) for path in named) else True
