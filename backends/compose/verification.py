"""Compose's own word on the files that were written; without Docker, that of the specification's schema."""

from __future__ import annotations

import json
import os
import re
import tempfile
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

from pipelift.backends.compose.sampling import sample_project
from pipelift.backends.containers.docker import Docker, find_compose, find_docker
from pipelift.compiler.diagnostics import Reporter

FILES = ("compose.yaml", "compose.gpu.yaml")
_REQUIRED = re.compile(r"(?<!\$)\$\{(\w+):?\?", re.ASCII)


def verify(directory: Path, reporter: Reporter) -> None:
    """Report (PL444) what `docker compose config`, else the schema, refuses of the files in `directory`."""
    main, override = ((directory / name).read_text(encoding="utf-8") for name in FILES)
    sample = sample_project(main, override)
    if sample is None:
        _verify(directory, directory, reporter)
        return
    # In the folder itself: a Docker that is a snap sees no /tmp.
    with tempfile.TemporaryDirectory(prefix=".sample-", dir=directory) as folder:
        for name, text in zip(FILES, sample, strict=True):
            Path(folder, name).write_text(text, encoding="utf-8")
        _verify(Path(folder), directory, reporter)


def _verify(folder: Path, project: Path, reporter: Reporter) -> None:
    """The files in `folder`, as those of the project in the folder `project`."""
    docker = find_docker(os.environ)
    if docker is not None and find_compose(docker).returncode == 0:
        _check_with_compose(docker, folder, project, reporter)
        return
    import jsonschema

    schema = json.loads(
        (files("pipelift.backends.compose") / "compose-spec.json").read_text(encoding="utf-8")
    )
    validator = jsonschema.Draft202012Validator(schema)
    for name in FILES:
        _check_with_schema(validator, folder / name, reporter)


def _check_with_compose(docker: Docker, folder: Path, project: Path, reporter: Reporter) -> None:
    """The main file alone, and with the override. Variables without a default get some value for it."""
    text = (folder / FILES[0]).read_text(encoding="utf-8")
    values = {**docker.environ, **dict.fromkeys(_REQUIRED.findall(text), "value")}
    for count in (1, 2):
        options = [word for name in FILES[:count] for word in ("-f", str(folder / name))]
        answer = replace(docker, environ=values).ask(
            "compose", "--project-directory", str(project), *options, "config", "--quiet", folder=project
        )
        if answer.returncode:
            reason = answer.stderr.strip().replace(f"{folder}{os.sep}", "")
            reporter.report("PL444", f"docker compose refuses {FILES[count - 1]}: {reason}")
            return


def _check_with_schema(validator: Any, path: Path, reporter: Reporter) -> None:
    import yaml

    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    for error in validator.iter_errors(data):
        location = ".".join(str(part) for part in error.absolute_path)
        reporter.report(
            "PL444", f"the Compose specification refuses {path.name}: {location}: {error.message}"
        )
