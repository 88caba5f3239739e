"""The Pythons of this machine on which the runtime has to work."""

from __future__ import annotations

import functools
import os
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

OLDEST = (3, 6)


@functools.cache
def interpreters() -> list[str]:
    """The oldest and the newest Python from 3.6 on, of pyenv's and of the search path; always ours at least.

    Asked once: starting all there are, shims of pyenv among them, takes a second.
    """
    pythons = find_interpreters()
    return [pythons[min(pythons)], pythons[max(pythons)]]


def find_interpreters(more: Iterable[Path] = (), modules: str = "sys") -> dict[tuple[int, int], str]:
    """The Pythons from 3.6 on, by version: ours, pyenv's, those of `more` and of the search path, in this order.

    Those count that can import `modules` (their names, with commas): some are built without ssl or venv.
    """
    pythons: dict[tuple[int, int], str] = {sys.version_info[:2]: sys.executable}
    candidates = [*sorted(Path.home().glob(".pyenv/versions/*/bin/python")), *more]
    candidates += [
        Path(folder) / f"python3.{minor}" for folder in os.get_exec_path() for minor in range(6, 20)
    ]
    for path in candidates:
        named = re.search(r"3\.(\d+)", str(path))
        if named and int(named[1]) >= OLDEST[1] and os.access(path, os.X_OK):
            code = f"import {modules}, sys; print(sys.version_info[0], sys.version_info[1])"
            done = subprocess.run([path, "-S", "-c", code], capture_output=True, text=True, check=False)
            if done.returncode == 0:
                major, minor = (int(part) for part in done.stdout.split())
                pythons.setdefault((major, minor), str(path))
    return pythons
