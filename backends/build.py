"""Builds the images that an output folder describes, with Docker's BuildKit, leaving out those that exist."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pipelift.backends.bundle import IMAGES_FILE
from pipelift.compiler.target import BuildFailed

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class _Entry:
    reference: str
    dockerfile: str
    arguments: tuple[tuple[str, str], ...]

    def command(self, docker: str) -> tuple[str, ...]:
        given = [word for name, value in self.arguments for word in ("--build-arg", f"{name}={value}")]
        options = ("--progress", "plain", "--file", self.dockerfile, "--tag", self.reference)
        return (docker, "build", *options, *given, ".")


def build(directory: Path, tell: Tell) -> None:
    """Build every image of the output folder `directory` that the engine does not have yet.

    `tell` gets each line for the user. A tag is a digest of the image's content, so an image that exists is
    the right one. Raises `BuildFailed` without Docker, for another kind of folder, and where a build fails.
    """
    entries = _read(directory / IMAGES_FILE)
    docker = shutil.which("docker")
    if docker is None:
        raise BuildFailed("building images needs the docker command, which is not on the PATH")
    for number, entry in enumerate(entries, start=1):
        if _exists(docker, entry.reference):
            tell(f"[{number}/{len(entries)}] {entry.reference} exists")
            continue
        tell(f"[{number}/{len(entries)}] building {entry.reference}")
        _build(docker, entry, directory, tell)


def _read(path: Path) -> list[_Entry]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return [
            _Entry(entry["reference"], entry["dockerfile"], tuple(entry["arguments"].items()))
            for entry in data
        ]
    except FileNotFoundError:
        raise BuildFailed(
            f"{path.parent} holds no {path.name}: is it the output of a target with images?"
        ) from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BuildFailed(f"{path} does not list images: {error}") from None


def _exists(docker: str, reference: str) -> bool:
    answer = subprocess.run((docker, "image", "inspect", reference), capture_output=True, check=False)
    return answer.returncode == 0


def _build(docker: str, entry: _Entry, directory: Path, tell: Tell) -> None:
    with subprocess.Popen(
        entry.command(docker),
        cwd=directory,
        env={**os.environ, "DOCKER_BUILDKIT": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            tell(line.rstrip("\n"))
    if process.returncode:
        raise BuildFailed(f"docker build of {entry.reference} ended with exit status {process.returncode}")
