"""Step sources on disk: each snapshot's bytes are laid out once per content, and never half."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path


def materialise(folder: Path, digest: str, files: Mapping[str, bytes]) -> Path:
    """Return the folder ``folder/digest`` that holds `files` (bytes by path), made if it is not there.

    It appears by one rename, so that a run that was broken off leaves no half of it; two runs at once may
    both make it, and the second finds the first's. Raises `OSError`.
    """
    target = folder / digest
    if target.is_dir():
        return target
    folder.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=".new-", dir=folder))
    try:
        for path, data in files.items():
            _write(temporary / path, data)
        temporary.chmod(0o755)
        temporary.rename(target)
    except OSError:
        shutil.rmtree(temporary, ignore_errors=True)
        if not target.is_dir():
            raise
    return target


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    if data.startswith(b"#!"):
        os.chmod(
            path, 0o755
        )  # the IR keeps no file modes; a script that names its interpreter is meant to run
