"""The environments of the matrix: found interpreters, and folders below build/matrix that are made once and kept."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.support.interpreters import find_interpreters

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / "build" / "matrix"


def interpreters() -> dict[str, str]:
    """The Pythons of this machine by version (3.11): ours, pyenv's, uv's and those of the search path."""
    of_uv = sorted(Path.home().glob(".local/share/uv/python/cpython-3.*/bin/python3"))
    pythons = find_interpreters(of_uv, "ssl, venv")
    return {f"{major}.{minor}": path for (major, minor), path in pythons.items()}


def environment(name: str, python: str, *installs: Sequence[str], before: str = "") -> Path:
    """The Python of build/matrix/NAME, with `installs` (words for ``uv pip install``, one after another) in it.

    It is made anew where it is not there or was made of other words. `before` is a day (2026-01-31): what is newer does
    not count, since an old release rarely runs with what its libraries have become. Raises `CalledProcessError` where
    it cannot be installed.
    """
    folder = KEPT / name
    inside, stamp = folder / "bin" / "python", folder / "made-of"
    until = ("--exclude-newer", before) if before else ()
    made_of = "\n".join([python, *until, *(" ".join(words) for words in installs)])
    if not stamp.is_file() or stamp.read_text(encoding="utf-8") != made_of:
        shutil.rmtree(folder, ignore_errors=True)
        uv = _uv()
        subprocess.run([uv, "venv", "-q", "--python", python, folder], check=True, cwd=ROOT)
        for words in installs:
            command = [uv, "pip", "install", "-q", "--python", inside, *words, *until]
            subprocess.run(command, check=True, cwd=ROOT)
        stamp.write_text(made_of, encoding="utf-8")
    return inside


def _uv() -> str:
    """uv of the search path, or one of our own: it makes an environment in seconds, and knows days."""
    found = shutil.which("uv")
    if found:
        return found
    own = KEPT / "uv" / "bin" / "uv"
    if not own.is_file():
        subprocess.run([sys.executable, "-m", "venv", KEPT / "uv"], check=True)
        subprocess.run([own.with_name("pip"), "install", "-q", "uv"], check=True)
    return str(own)
