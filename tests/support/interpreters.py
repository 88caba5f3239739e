"""The Pythons of this machine on which the runtime has to work."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

OLDEST = (3, 6)


def interpreters() -> list[str]:
    """The oldest and the newest Python from 3.6 on, of pyenv's and of the search path; always ours at least."""
    found: dict[tuple[int, int], str] = {sys.version_info[:2]: sys.executable}
    candidates = [*Path.home().glob(".pyenv/versions/*/bin/python")]
    candidates += [
        Path(folder) / f"python3.{minor}" for folder in os.get_exec_path() for minor in range(6, 20)
    ]
    for path in candidates:
        named = re.search(r"3\.(\d+)", str(path))
        if named and int(named[1]) >= OLDEST[1] and os.access(path, os.X_OK):
            code = "import sys; print(sys.version_info[0], sys.version_info[1])"
            done = subprocess.run([path, "-S", "-c", code], capture_output=True, text=True, check=False)
            if done.returncode == 0:
                major, minor = (int(part) for part in done.stdout.split())
                found.setdefault((major, minor), str(path))
    return [found[min(found)], found[max(found)]]
