"""Compose's own word on the files that were written; without Docker, that of the specification's schema."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from importlib.resources import files
from pathlib import Path
from typing import Any

from pipelift.compiler.diagnostics import Reporter

FILES = ("compose.yaml", "compose.gpu.yaml")
_TIMEOUT = 60.0
_REQUIRED = re.compile(r"(?<!\$)\$\{(\w+):?\?", re.ASCII)


def verify(directory: Path, reporter: Reporter) -> None:
    """Report (PL444) what `docker compose config`, else the schema, refuses of the files in `directory`."""
    command = _compose()
    if command is not None:
        _ask_compose(command, directory, reporter)
        return
    import jsonschema

    schema = json.loads(
        (files("pipelift.backends.compose") / "compose-spec.json").read_text(encoding="utf-8")
    )
    validator = jsonschema.Draft202012Validator(schema)
    for name in FILES:
        _ask_schema(validator, directory / name, reporter)


def _compose() -> tuple[str, ...] | None:
    """The command of Compose v2, or None where there is none."""
    docker = shutil.which("docker")
    if docker is None:
        return None
    answer = _run((docker, "compose", "version", "--short"), None)
    is_current = answer.returncode == 0 and not answer.stdout.lstrip("v").startswith("1.")
    return (docker, "compose") if is_current else None


def _ask_compose(command: tuple[str, ...], directory: Path, reporter: Reporter) -> None:
    """The main file alone, and with the override. Variables without a default get some value for it."""
    text = (directory / FILES[0]).read_text(encoding="utf-8")
    values = {**os.environ, **dict.fromkeys(_REQUIRED.findall(text), "value")}
    for count in (1, 2):
        chosen = [word for name in FILES[:count] for word in ("-f", name)]
        answer = _run((*command, *chosen, "config", "--quiet"), directory, values)
        if answer.returncode:
            reporter.report("PL444", f"docker compose refuses {FILES[count - 1]}: {answer.stderr.strip()}")
            return


def _ask_schema(validator: Any, path: Path, reporter: Reporter) -> None:
    import yaml

    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    for error in validator.iter_errors(data):
        where = ".".join(str(part) for part in error.absolute_path)
        reporter.report("PL444", f"the Compose specification refuses {path.name}: {where}: {error.message}")


def _run(
    command: tuple[str, ...], directory: Path | None, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command,
            cwd=directory,
            env=environment,
            capture_output=True,
            text=True,
            timeout=_TIMEOUT,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return subprocess.CompletedProcess(command, 1, "", str(error))
