"""Which Python runs the steps: the one asked for, else the active environment's, else our own."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Interpreter:
    """The Python chosen for the steps: `path` as it will be started, and `why` it was chosen, for people."""

    path: str
    why: str


def choose_python(
    requested: str | None,
    configured: str | None,
    folder: Path,
    environ: Mapping[str, str],
    own: str = sys.executable,
) -> Interpreter:
    """Choose by the command line, then ``[local] python``, then the active virtual or conda environment.

    `folder` is where a relative path from the configuration starts; `environ` are the variables of the shell
    that pipelift was started from (`VIRTUAL_ENV`, `CONDA_PREFIX`, `PATH`). Whether the file exists is not
    asked here.
    """
    path = environ.get("PATH")
    if requested:
        return Interpreter(_find_program(requested, Path(), path), "given with --python")
    if configured:
        return Interpreter(_find_program(configured, folder, path), "set in pipelift.toml, [local] python")
    for variable, kind in (("VIRTUAL_ENV", "virtual"), ("CONDA_PREFIX", "conda")):
        if environ.get(variable):
            python = os.path.join(environ[variable], "bin", "python")
            return Interpreter(python, f"of the active {kind} environment")
    return Interpreter(own, "the one that pipelift itself runs in, as no other environment is active")


def _find_program(python: str, folder: Path, path: str | None) -> str:
    if os.sep in python:
        # Not resolved: a virtual environment's python is a link whose own place is what makes it one.
        return os.path.abspath(folder / Path(python).expanduser())
    return shutil.which(python, path=path) or python
