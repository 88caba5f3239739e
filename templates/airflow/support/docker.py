"""Steps as containers of Docker."""

import io
import json
import os
import re
import subprocess
import sys
import tarfile
from collections.abc import Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path

from airflow.providers.docker.hooks.docker import DockerHook
from airflow.providers.docker.operators.docker import DockerOperator
from airflow.sdk import Context, literal
from docker.types import DeviceRequest, Mount

from pipelift.runtime.contract.paths import RUNS, STATE_PATH, STEPS, STORES_PATH
from pipelift.runtime.contract.secrets import PARAMETERS
from pipelift.templates.airflow.support.connections import secret
from pipelift.templates.airflow.support.file import HERE, STATE


def archive(files: Mapping[str, str]) -> bytes:
    """Files for a container, which nobody but the user of its step can read there."""
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as made:
        for path, text in files.items():
            data = text.encode()
            entry = tarfile.TarInfo(path.lstrip("/"))
            entry.size, entry.mode = len(data), 0o400
            entry.uid, entry.gid = os.getuid(), os.getgid()
            made.addfile(entry, io.BytesIO(data))
    return written.getvalue()


def bind(folder: str, target: str, read_only: bool = False) -> Mount:
    """A mount of a folder of the host; its paths are no templates (`literal`)."""
    return Mount(literal(target), literal(folder), type="bind", read_only=read_only)


def volume(name: str, target: str, read_only: bool = False) -> Mount:
    """A mount of a named volume of the Docker engine."""
    return Mount(literal(target), literal(name), type="volume", read_only=read_only)


def gpus(count: int) -> list[DeviceRequest]:
    """A request for NVIDIA GPUs, unless PIPELIFT_GPU=0 says that the host has none."""
    if os.environ.get("PIPELIFT_GPU") == "0":
        return []
    return [DeviceRequest(count=count, capabilities=[["gpu"]])]


def amd_gpus() -> list[str]:
    """The device files of AMD's GPUs, all of them, unless PIPELIFT_GPU=0 says that the host has none."""
    if os.environ.get("PIPELIFT_GPU") == "0":
        return []
    return ["/dev/kfd:/dev/kfd:rwm", "/dev/dri:/dev/dri:rwm"]


class StepOperator(DockerOperator):
    """Runs a step in its container, unless an earlier result can be reused.

    Of the state the container can write the step's own folder, and read the rest. What it
    has left there is taken over here, by the launcher that lies beside this file.
    """

    def __init__(
        self,
        step: str,
        looks_up: bool = False,
        devices: Sequence[str] = (),
        **kwargs: object,
    ) -> None:
        super().__init__(**kwargs)  # type: ignore[arg-type]
        self.step = step
        self.looks_up = looks_up
        self.devices = devices

    @cached_property
    def hook(self) -> DockerHook:
        """The way to the engine, on which a container gets devices: the provider has none."""
        hook = super().hook
        if self.devices:
            client = hook.api_client
            make = client.create_host_config
            client.create_host_config = partial(make, devices=list(self.devices))
        return hook

    def execute(self, context: Context) -> list[str] | str | None:
        """Run the container, which can write the folder of its own step."""
        if self.looks_up and self.is_reused():
            return None
        # The launcher calls the run so too.
        plain = re.sub(r"[^\w.+-]", "_", self.command[2], flags=re.ASCII)  # type: ignore[index]
        run = plain.lstrip(".")[:180] or "run"
        own = f"{RUNS}/{run}/{STEPS}/{self.step}"
        Path(STATE, own).mkdir(parents=True, exist_ok=True)
        mounts = self.mounts
        mount = Mount(f"{STATE_PATH}/{own}", f"{STATE}/{own}", type="bind")
        self.launcher("expect", "--run", run, "--step", self.step)
        try:
            self.mounts = [*mounts, mount]
            return super().execute(context)
        finally:
            self.mounts = mounts
            self.launcher("settle", "--run", run, "--step", self.step)

    def launcher_variables(self) -> dict[str, str]:
        """What the launcher finds in its environment besides the worker's own variables."""
        return {}

    def launcher(self, *command: str) -> int | None:
        """What the launcher answers; None where it does not lie beside this file."""
        runtime = HERE / "runtime"
        if not runtime.is_dir():
            return None
        # -S: it needs no packages. -B: no bytecode, since images are built from its folder.
        launcher = [sys.executable, "-SB", "-m", "pipelift.runtime"]
        done = subprocess.run(
            [*launcher, *command, f"--state={STATE}"],
            cwd=runtime,
            env={**os.environ, **self.launcher_variables()},
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        said = done.stderr.strip()
        # A look-up, which is a "step", says with its status that it finds nothing.
        if done.returncode and command[0] != "step":
            status = f"{command[0]} ended with status {done.returncode}"
            self.log.warning(f"{status}: {said}")
        elif said:
            self.log.info(said)
        return done.returncode

    def is_reused(self) -> bool:
        """Look for an earlier result, with the launcher that lies beside this file.

        It has neither the clients of remote stores here nor their secrets: where it would have
        to ask a store it finds nothing, and the launcher in the container decides.
        """
        spec = HERE / "steps" / f"{self.step}.json"
        if not spec.is_file():
            return False
        options = ["--lookup", f"--spec={spec}"]
        for mount in self.mounts:
            folder, _, store = mount["Target"].rpartition("/")
            if folder == STORES_PATH:
                options.append(f"--store={store}={mount['Source']}")
        return self.launcher(*self.command, *options) == 0  # type: ignore[misc]


class SecretStepOperator(StepOperator):
    """Runs a step that gets secrets: connections, by name, and parameters, each in a file.

    What Docker tells of a container shows its command line and its variables, but no file.
    """

    def __init__(
        self,
        secrets: Mapping[str, str] | None = None,
        hidden: Mapping[str, str] | None = None,
        **kwargs: object,
    ) -> None:
        super().__init__(**kwargs)  # type: ignore[arg-type]
        self.secrets = secrets or {}
        self.hidden = hidden or {}
        self.given: dict[str, str] = {}

    def execute(self, context: Context) -> list[str] | str | None:
        """Run the container, with the values of this run."""
        self.given = {name: str(context["params"][name]) for name in self.hidden}
        return super().execute(context)

    @cached_property
    def hook(self) -> DockerHook:
        """The way to the engine, on which a container gets its files before it starts."""
        hook = super().hook
        client, start = hook.api_client, hook.api_client.start

        def start_with_secrets(
            container: object, *args: object, **kwargs: object
        ) -> object:
            files = {path: self.given[name] for name, path in self.hidden.items()}
            files.update((path, secret(name)) for name, path in self.secrets.items())
            client.put_archive(container, "/", archive(files))
            return start(container, *args, **kwargs)

        client.start = start_with_secrets
        return hook

    def launcher_variables(self) -> dict[str, str]:
        """The values of its secret parameters, which decide on reuse, too."""
        return {PARAMETERS: json.dumps(self.given)}
