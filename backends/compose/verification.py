"""Compose's own word on the files that were written; without Docker, that of the specification's schema."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

from pipelift.backends.containers.docker import Docker, find_compose, find_docker
from pipelift.compiler.diagnostics import Reporter

FILES = ("compose.yaml", "compose.gpu.yaml")
_REQUIRED = re.compile(r"(?<!\$)\$\{(\w+):?\?", re.ASCII)


def verify(directory: Path, reporter: Reporter) -> None:
    """Report (PL444) what `docker compose config`, else the schema, refuses of the files in `directory`."""
    docker = find_docker(os.environ)
    if docker is not None and find_compose(docker).returncode == 0:
        _check_with_compose(docker, directory, reporter)
        return
    import jsonschema

    schema = json.loads(
        (files("pipelift.backends.compose") / "compose-spec.json").read_text(encoding="utf-8")
    )
    validator = jsonschema.Draft202012Validator(schema)
    for name in FILES:
        _check_with_schema(validator, directory / name, reporter)


def _check_with_compose(docker: Docker, directory: Path, reporter: Reporter) -> None:
    """The main file alone, and with the override. Variables without a default get some value for it."""
    text = (directory / FILES[0]).read_text(encoding="utf-8")
    values = {**docker.environ, **dict.fromkeys(_REQUIRED.findall(text), "value")}
    for count in (1, 2):
        options = [word for name in FILES[:count] for word in ("-f", name)]
        answer = replace(docker, environ=values).ask(
            "compose", *options, "config", "--quiet", folder=directory
        )
        if answer.returncode:
            reporter.report("PL444", f"docker compose refuses {FILES[count - 1]}: {answer.stderr.strip()}")
            return


def _check_with_schema(validator: Any, path: Path, reporter: Reporter) -> None:
    import yaml

    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    for error in validator.iter_errors(data):
        location = ".".join(str(part) for part in error.absolute_path)
        reporter.report(
            "PL444", f"the Compose specification refuses {path.name}: {location}: {error.message}"
        )
