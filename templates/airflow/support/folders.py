"""Folders of the host, as a DAG file finds them."""

import json
import os
from pathlib import Path

from pipelift.templates.airflow.support.file import HERE


def base_folder() -> Path:
    """Where relative ways start: here, or where `pipelift deploy` says that it found this file."""
    deployment = HERE / "deployment.json"
    if not deployment.is_file():
        return HERE
    return HERE / json.loads(deployment.read_text(encoding="utf-8"))["base"]  # type: ignore[no-any-return]


BASE = base_folder()


def host_folder(variable: str, default: str) -> str:
    """The folder that the environment variable names, else `default` as seen from `BASE`."""
    folder = Path(os.environ.get(variable) or default).expanduser()
    return str((BASE / folder).resolve())
