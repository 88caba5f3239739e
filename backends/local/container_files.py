"""What a step's container is given of secrets, as files that are copied into it before it starts.

A container's variables and its command line are shown to whoever asks the engine, and a folder of this machine need
not be one of the engine's. What is copied goes with the container.
"""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from pipelift.app.running import LocalRun
from pipelift.backends.local.stores import parameter_values
from pipelift.backends.supervision.containers import Container
from pipelift.backends.wiring import remotes
from pipelift.compiler import ir
from pipelift.compiler.config.places import Place
from pipelift.runtime.contract import paths
from pipelift.runtime.contract.secrets import variable


class CreationFailed(Exception):
    """The engine has refused to make the container, or to take its files; the message is its own."""


def create_container(container: Container, archive: bytes) -> Container:
    """`container`, a ``docker run``, made and given the files of `archive`, so that only starting it is left.

    Raises `CreationFailed`.
    """
    if not archive:
        return container
    docker, _run, *options = container.command
    try:
        _run_docker(container, (docker, "create", *options))
        _run_docker(container, (docker, "cp", "-", f"{container.name}:/"), archive)
    except CreationFailed:
        _run_docker(container, (docker, "rm", "--force", "--volumes", container.name), check=False)
        raise
    return replace(container, command=(docker, "start", "--attach", container.name))


def _run_docker(
    container: Container, command: Sequence[str], data: bytes = b"", *, check: bool = True
) -> None:
    process = subprocess.run(
        command, input=data, env=dict(container.environ), capture_output=True, check=False
    )
    if check and process.returncode:
        lines = process.stderr.decode("utf-8", "replace").strip().splitlines()
        raise CreationFailed(lines[-1] if lines else f"exit status {process.returncode}")


def archive_step_files(step: ir.Step, places: Mapping[str, Place], run: LocalRun, folder: Path) -> bytes:
    """An archive of the files that the container of `step` needs; empty where it needs none.

    They are its secrets, from the variables of `run` or else from `folder`, and its parameters that are secrets.
    Raises `OSError`.
    """
    files = dict(_parameter_files(step, run))
    for name in remotes.secrets(step, places.values()):
        files.update(_secret_files(name, run, folder))
    return _write_archive(files) if files else b""


def _parameter_files(step: ir.Step, run: LocalRun) -> Iterator[tuple[str, bytes]]:
    values = parameter_values(run)
    for name in sorted(remotes.secret_parameters(step.parameters)):
        value = values.get(name)
        if value is not None:
            yield remotes.parameter_file(name), str(value).encode("utf-8", "surrogateescape")


def _secret_files(name: str, run: LocalRun, folder: Path) -> Iterator[tuple[str, bytes]]:
    target = f"{paths.SECRETS_PATH}/{name}"
    value = run.request.environ.get(variable(name))
    if value is not None:
        yield target, value.encode("utf-8", "surrogateescape")
    elif (folder / name).is_dir():
        yield from ((f"{target}/{path.name}", path.read_bytes()) for path in (folder / name).iterdir())
    elif (folder / name).is_file():
        yield target, (folder / name).read_bytes()


def _write_archive(files: Mapping[str, bytes]) -> bytes:
    """A tar archive from the root of the container on, for the user that its launcher runs as alone."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for path, data in files.items():
            entry = tarfile.TarInfo(path.lstrip("/"))
            entry.size, entry.mode, entry.uid, entry.gid = len(data), 0o400, os.getuid(), os.getgid()
            archive.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()
