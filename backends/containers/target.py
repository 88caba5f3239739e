"""What every target that runs steps in images can do: have them built by Docker."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pipelift.compiler.target import Target


class ContainerTarget(Target):
    """A target whose output folder holds the files of a `containers.bundle`."""

    def build(
        self,
        directory: Path,
        tell: Callable[[str], None],
        *,
        push: str | None = None,
        pip_config: Path | None = None,
        verbose: bool = False,
    ) -> None:
        """Build the images, those that are missing; see `compiler.target.Builds`. Raises `Refused` (PL553)."""
        from pipelift.backends.containers.build import build

        build(directory, tell, push=push, pip_config=pip_config, verbose=verbose)
