"""Builds the images that an output folder describes, with Docker's BuildKit, leaving out those that exist."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pipelift.app.interrupts import caught
from pipelift.backends.containers.bundle import IMAGES_FILE
from pipelift.backends.containers.docker import find_docker
from pipelift.compiler.diagnostics import Refused

Tell = Callable[[str], None]

TAIL = 30
"""How many of the last lines of a failed build or push are told."""

_PATIENCE = 10.0
_STAGE = re.compile(r"#\d+ (?P<text>\[[^\]]*\d+/\d+\] .*)")

_REFERENCE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./:@-]*")
_DOCKERFILE = re.compile(r"environments/(?!\.{1,2}/)[^/\0]+/Dockerfile")


@dataclass(frozen=True, slots=True)
class _Entry:
    reference: str
    dockerfile: str
    arguments: tuple[tuple[str, str], ...]

    def command(self, docker: str, pip_config: Path | None) -> tuple[str, ...]:
        arguments = [word for name, value in self.arguments for word in ("--build-arg", f"{name}={value}")]
        secret = () if pip_config is None else ("--secret", f"id=pip,src={pip_config.absolute()}")
        options = ("--progress", "plain", "--file", self.dockerfile, "--tag", self.reference)
        return (docker, "build", *options, *secret, *arguments, ".")

    @property
    def has_registry(self) -> bool:
        """Whether the name begins with the registry of the configuration: its own parts are pipeline and step."""
        return self.reference.rpartition(":")[0].count("/") > 1


def build(
    directory: Path,
    tell: Tell,
    *,
    push: str | None = None,
    pip_config: Path | None = None,
    verbose: bool = False,
) -> None:
    """Build every image of the output folder `directory` that the engine does not have yet.

    `tell` gets each line for the user: one a stage of a build, all of Docker's with `verbose`, and the last ones of
    what fails. A tag is a digest of the image's content, so an image that exists is the right one. `push` names the
    registry that gets the images; empty, it is the one that their names begin with. `pip_config` is a pip.conf that
    is there while packages are installed, and in no layer. Raises `Refused` (PL553) without Docker, for another kind of
    folder, and where a build or push fails.
    """
    entries = _read_entries(directory / IMAGES_FILE)
    docker = find_docker(os.environ)
    if docker is None:
        raise Refused("PL553", "building images needs the docker command, which is not on the PATH")
    _check(entries, push, pip_config)
    for number, entry in enumerate(entries, start=1):
        place = f"[{number}/{len(entries)}]"
        if docker.ask("image", "inspect", entry.reference).returncode == 0:
            tell(f"{place} {entry.reference} exists")
        else:
            tell(f"{place} building {entry.reference}")
            started = time.monotonic()
            _run(
                entry.command(docker.program, pip_config),
                directory,
                tell,
                verbose,
                f"docker build of {entry.reference}",
            )
            tell(f"{place} built in {time.monotonic() - started:.0f} s")
        if push is not None:
            _push(docker.program, entry, push, directory, tell, place, verbose)
    if push and not all(entry.has_registry for entry in entries):
        tell(
            f'The artifacts name the images without {push}: set registry = "{push}" below [images] in pipelift.toml.'
        )


def image_references(directory: Path) -> list[str]:
    """The names of the images of the output folder `directory`. Raises `Refused` (PL553) where it does not list any."""
    return [entry.reference for entry in _read_entries(directory / IMAGES_FILE)]


def _check(entries: list[_Entry], push: str | None, pip_config: Path | None) -> None:
    if push == "" and not all(entry.has_registry for entry in entries):
        raise Refused(
            "PL553",
            "the images' names hold no registry: give one (--push REGISTRY), or set registry below [images] in "
            "pipelift.toml and compile again",
        )
    if pip_config is not None and not pip_config.is_file():
        raise Refused("PL553", f"there is no file {pip_config}")


def _read_entries(path: Path) -> list[_Entry]:
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
        listed = isinstance(entries, list) and all(map(_is_entry, entries))
    except FileNotFoundError:
        raise Refused(
            "PL553", f"{path.parent} holds no {path.name}: is it the output of a target with images?"
        ) from None
    except OSError as error:
        raise Refused("PL553", f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise Refused("PL553", f"{path} does not list images: it is not JSON") from None
    if not listed:
        raise Refused("PL553", f"{path} does not list images as pipelift writes them")
    return [
        _Entry(entry["reference"], entry["dockerfile"], tuple(entry["arguments"].items()))
        for entry in entries
    ]


def _is_entry(entry: object) -> bool:
    """Whether an entry has the form that `bundle` gives it: the folder may come from somebody else, and docker takes a
    name that begins with a dash for an option, and reads Dockerfiles anywhere."""
    if not isinstance(entry, dict):
        return False
    reference, dockerfile, arguments = (entry.get(key) for key in ("reference", "dockerfile", "arguments"))
    return (
        isinstance(reference, str)
        and _REFERENCE.fullmatch(reference) is not None
        and isinstance(dockerfile, str)
        and _DOCKERFILE.fullmatch(dockerfile) is not None
        and isinstance(arguments, dict)
        and all(isinstance(value, str) and "\0" not in f"{name}{value}" for name, value in arguments.items())
    )


def _push(
    docker: str, entry: _Entry, registry: str, directory: Path, tell: Tell, place: str, verbose: bool
) -> None:
    """Push an image under its own name, or under that of `registry` where it does not have it yet."""
    prefix = f"{registry.strip('/')}/" if registry else ""
    target = entry.reference if entry.reference.startswith(prefix) else prefix + entry.reference
    if target != entry.reference:
        _run((docker, "tag", entry.reference, target), directory, tell, verbose, f"docker tag of {target}")
    tell(f"{place} pushing {target}")
    _run((docker, "push", target), directory, tell, verbose, f"docker push of {target}")


def _run(command: tuple[str, ...], directory: Path, tell: Tell, verbose: bool, action: str) -> None:
    last: deque[str] = deque(maxlen=TAIL)
    process = subprocess.Popen(
        command,
        cwd=directory,
        env={**os.environ, "DOCKER_BUILDKIT": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,  # Ctrl-C of the terminal is ours alone: what it ends, we end
    )
    assert process.stdout is not None  # it was asked for as a pipe
    try:
        with process.stdout as lines:
            for line in lines:
                text = line.rstrip("\n")
                last.append(text)
                stage = _STAGE.fullmatch(text)
                if verbose or stage is not None:
                    tell(text if stage is None or verbose else f"    {stage['text']}")
        process.wait()
    except BaseException:
        with caught():  # a second Ctrl-C does not leave the client alone
            _stop_process(process)
        raise
    if process.returncode:
        for text in () if verbose else last:
            tell(text)
        raise Refused("PL553", f"{action} ended with exit status {process.returncode}")


def _stop_process(process: subprocess.Popen[str]) -> None:
    """Stop the client, which stops what the engine does for it."""
    process.terminate()
    try:
        process.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
