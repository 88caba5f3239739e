"""Programs that are asked a question: their answer, or why there is none."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass

PATIENCE = 20.0
"""Seconds after which a program that does not answer is taken for one that cannot."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a program said: `text` of its output where `ok`, else the first line of its complaint."""

    ok: bool
    text: str

    @property
    def data(self) -> object:
        """The output as JSON; None where it is none."""
        try:
            return json.loads(self.text)
        except ValueError:
            return None


def ask(*command: str, environ: Mapping[str, str]) -> Answer:
    """Run `command` and wait for it, with the variables `environ`."""
    program = shutil.which(command[0], path=environ.get("PATH"))
    if program is None:
        return Answer(False, f"{command[0]} is not on the PATH")
    try:
        process = subprocess.run(
            (program, *command[1:]),
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Answer(False, f"{command[0]} did not answer within {PATIENCE:.0f} s")
    except OSError as error:
        return Answer(False, f"{command[0]} cannot be started: {error.strerror}")
    if process.returncode:
        lines = (process.stderr.strip() or process.stdout.strip()).splitlines()
        return Answer(False, lines[-1] if lines else f"{command[0]} ended with {process.returncode}")
    return Answer(True, process.stdout.strip())
