"""Docker's command line, as a program that is asked and answers."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

PATIENCE = 60.0
"""Seconds that an answer may take."""


@dataclass(frozen=True, slots=True)
class Docker:
    """The program `docker` with the variables `environ`."""

    program: str
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))

    def ask(
        self, *words: str, folder: Path | None = None, patience: float = PATIENCE
    ) -> subprocess.CompletedProcess[str]:
        """What docker answers to the command line `words`, given in `folder`, within `patience` seconds.

        That it cannot be started, or does not answer, is an answer too: the status 1, with the reason as its errors.
        """
        try:
            return subprocess.run(
                (self.program, *words),
                cwd=folder,
                env=dict(self.environ),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                timeout=patience,
                check=False,
                start_new_session=True,  # Ctrl-C of the terminal is ours alone: it disturbs no clearing away
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return subprocess.CompletedProcess((self.program, *words), 1, "", str(error))


def find_docker(environ: Mapping[str, str]) -> Docker | None:
    """The docker command on the PATH of `environ`; None without one."""
    program = shutil.which("docker", path=environ.get("PATH"))
    return None if program is None else Docker(program, environ)


def find_compose(docker: Docker) -> subprocess.CompletedProcess[str]:
    """What `docker` says of its Compose: the version; a status that is not 0 without one of version 2."""
    answer = docker.ask("compose", "version", "--short")
    if not answer.stdout.lstrip("v").startswith("1."):
        return answer
    return subprocess.CompletedProcess(answer.args, answer.returncode or 1, answer.stdout, answer.stderr)
