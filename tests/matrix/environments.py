"""The environments of the matrix: found interpreters, and folders below build/matrix that are made once and kept."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / "build" / "matrix"


def interpreters() -> dict[str, str]:
    """The Pythons of this machine by version (3.11): ours, pyenv's, uv's and those of the search path."""
    found = {f"3.{sys.version_info.minor}": sys.executable}
    for path in _candidates():
        if os.access(path, os.X_OK):
            code = "import sys, ssl, venv; print('%d.%d' % sys.version_info[:2])"
            done = subprocess.run([path, "-c", code], capture_output=True, text=True, check=False)
            if done.returncode == 0:
                found.setdefault(done.stdout.strip(), str(path))
    return found


def _candidates() -> Iterator[Path]:
    yield from sorted(Path.home().glob(".pyenv/versions/3.*/bin/python"))
    yield from sorted(Path.home().glob(".local/share/uv/python/cpython-3.*/bin/python3"))
    for folder in os.get_exec_path():
        yield from (Path(folder) / f"python3.{minor}" for minor in range(6, 20))


def environment(name: str, python: str, *wanted: str, before: str = "") -> Path:
    """The Python of build/matrix/NAME, with `wanted` (words for ``uv pip install``) in it.

    It is made anew where it is not there or was made of other words. `before` is a day (2026-01-31): what is newer does
    not count, since an old release rarely runs with what its libraries have become. Raises `CalledProcessError` where
    it cannot be installed.
    """
    folder = KEPT / name
    inside, stamp = folder / "bin" / "python", folder / "made-of"
    words = [*wanted, *(("--exclude-newer", before) if before else ())]
    made_of = "\n".join([python, *words])
    if not stamp.is_file() or stamp.read_text(encoding="utf-8") != made_of:
        shutil.rmtree(folder, ignore_errors=True)
        uv = _uv()
        subprocess.run([uv, "venv", "-q", "--python", python, folder], check=True, cwd=ROOT)
        subprocess.run([uv, "pip", "install", "-q", "--python", inside, *words], check=True, cwd=ROOT)
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
