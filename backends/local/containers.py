"""`--docker`: each step of a local run in the image of its environment, with the same launcher and the same records."""

from __future__ import annotations

import csv
import io
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pipelift.app.running import Event, LocalRun, Tell
from pipelift.backends.containers.build import build
from pipelift.backends.containers.bundle import Bundle, bundle, file_name
from pipelift.backends.containers.docker import Docker, find_docker
from pipelift.backends.local.checks import has_gpu, used_stores
from pipelift.backends.local.container_files import CreationFailed, archive_step_files, create_container
from pipelift.backends.local.gpus import gpus_for
from pipelift.backends.local.snapshots import materialise
from pipelift.backends.local.stores import SECRETS
from pipelift.backends.supervision.containers import Container
from pipelift.backends.supervision.execution import Launch, Outcome
from pipelift.backends.supervision.recorded import run_recorded
from pipelift.backends.wiring import remotes
from pipelift.compiler import ir
from pipelift.compiler.config.places import Folder, Place, Remote, place
from pipelift.compiler.diagnostics import Refused, Reporter
from pipelift.compiler.ir.uses import StoreUse, store_uses
from pipelift.compiler.target import Compilation
from pipelift.runtime import records
from pipelift.runtime.contract import paths
from pipelift.runtime.contract.digests import digest
from pipelift.runtime.contract.locks import is_locked

TARGET = "local"
_RUN_LABEL = "pipelift.run"


def check_images(run: LocalRun, reporter: Reporter) -> None:
    """Report what the images of the steps cannot keep, and (PL534) a Docker engine that is not there."""
    _build_bundle(run, reporter)
    docker = find_docker(run.request.environ)
    if docker is None:
        reporter.report("PL534", "--docker needs the docker command, which is not on the PATH")
    elif docker.ask("info").returncode:
        reporter.report("PL534", "--docker needs a Docker engine, and none answers")


def container_launch(run: LocalRun, state: Path, run_id: str, tell: Tell) -> Launch:
    """What runs one attempt at one step in a container. Builds the images that are missing.

    Raises `Refused` and `OSError`.
    """
    image_bundle = _build_bundle(run, Reporter())
    mark = digest("".join(image.reference for image in image_bundle.images.values()))
    folder = materialise(state / paths.IMAGES, mark, image_bundle.files)
    _build_images(folder, tell)
    engine = _Engine(find_docker(run.request.environ) or Docker("docker", run.request.environ), run)
    engine.sweep(state / paths.RUNS)
    gpus = gpus_for(run.pipeline, run.request.environ)
    folders = {
        name: str(location.path.absolute())
        for name, location in _places(run, used_stores(run.pipeline)).items()
        if isinstance(location, Folder)
    }

    def launch(step: ir.Step, emit: Callable[[str], None], cancel: threading.Event) -> Outcome:
        with gpus.lease(step, emit, cancel) as variables:
            image = image_bundle.images[step.id].reference
            container = engine.container(run.pipeline, step, image, state, run_id, variables)
            try:
                container = create_container(container, engine.secrets(run.pipeline, step))
            except (CreationFailed, OSError) as error:
                return Outcome("failed", reason=f"the container cannot be given its secrets: {error}")
            return run_recorded(
                container, records.Run(str(state), run_id).step(step.id), folders, emit, cancel
            )

    return launch


@dataclass(frozen=True, slots=True)
class _Engine:
    docker: Docker
    run: LocalRun

    def container(
        self,
        pipeline: ir.Pipeline,
        step: ir.Step,
        image: str,
        state: Path,
        run_id: str,
        variables: Mapping[str, str],
    ) -> Container:
        """The container of one step: the same folders as a process of this machine would see."""
        name = f"pipelift-{run_id}-{step.id}"
        run_options = ("run", "--rm", "--name", name, "--label", f"{_RUN_LABEL}={run_id}")
        user = ("--user", f"{os.getuid()}:{os.getgid()}")
        gpus = ("--gpus", "all") if step.resources.gpus and has_gpu(self.run.request.environ) else ()
        uses = store_uses(pipeline, step)
        places = _places(self.run, tuple(use.name for use in uses))
        return Container(
            command=(
                *(self.docker.program, *run_options, *user, *gpus),
                *(word for name, value in variables.items() for word in ("--env", f"{name}={value}")),
                *_state_mounts(
                    state, run_id, step.id, any(isinstance(location, Remote) for location in places.values())
                ),
                *(word for use in uses for word in _store_mount(use, places[use.name])),
                *(image, "step", "--run", run_id),
                *(word for store, location in places.items() for word in _store_options(store, location)),
                *_parameter_options(step, self.run),
                *self._options(),
            ),
            name=name,
            docker=self.docker.program,
            environ=self.run.request.environ,
        )

    def secrets(self, pipeline: ir.Pipeline, step: ir.Step) -> bytes:
        """The archive of the secrets that the container of `step` gets. Raises `OSError`."""
        places = _places(self.run, tuple(use.name for use in store_uses(pipeline, step)))
        return archive_step_files(step, places, self.run, self.run.base / SECRETS)

    def sweep(self, runs: Path) -> None:
        """Remove the containers that killed runs of this state folder have left."""
        label = f'{{{{.ID}}}} {{{{.Label "{_RUN_LABEL}"}}}}'
        process = self.docker.ask("ps", "--all", "--filter", f"label={_RUN_LABEL}", "--format", label)
        for line in process.stdout.splitlines():
            container, _, run = line.partition(" ")
            if (runs / run).is_dir() and not is_locked(str(runs / run / paths.LOCK)):
                self.docker.ask("rm", "--force", "--volumes", container)

    def _options(self) -> Iterator[str]:
        yield from (f"--refresh={name}" for name in sorted(self.run.request.refresh))
        yield from () if self.run.request.reuse else ("--no-reuse",)
        yield from ("--resume",) if self.run.request.resume else ()


def _build_images(folder: Path, tell: Tell) -> None:
    """Build what is missing. Raises `Refused` (PL534)."""
    try:
        build(folder, lambda line: tell(Event("note", text=line)) if line.startswith("[") else None)
    except Refused as refused:
        raise Refused("PL534", refused.message) from refused


def _build_bundle(run: LocalRun, reporter: Reporter) -> Bundle:
    """What the images of the steps are built from: as for Compose, with the stores where a local run has them."""
    folder = run.base / paths.STATE / paths.IMAGES
    compilation = Compilation(run.config, reporter, folder, run.base, run.contents)
    return bundle(run.pipeline, compilation, TARGET)


def _parameter_options(step: ir.Step, run: LocalRun) -> Iterator[str]:
    """All that the step uses: images hold no defaults, so that another default leaves them as they are."""
    visible = set(step.parameters).difference(remotes.secret_parameters(step.parameters))
    for parameter in run.pipeline.parameters:
        value = run.request.parameters.get(parameter.name, parameter.default)
        if parameter.name in visible and value is not None:
            yield from ("--parameter", f"{parameter.name}={value}")


def _places(run: LocalRun, names: tuple[str, ...]) -> dict[str, Place]:
    return {name: place(run.config, name, TARGET) for name in names}


def _state_mounts(state: Path, run_id: str, step: str, uses_remote: bool) -> Iterator[str]:
    """The state to be read, and in it what the step may write: its own folder, registries, mirrors of remote stores."""
    yield from _mount(state, paths.STATE_PATH, read_only=True)
    if (state / paths.SECRETS).is_dir():  # those of all steps: each is given its own
        yield from ("--tmpfs", f"{paths.STATE_PATH}/{paths.SECRETS}")
    for path in (*remotes.shared_folders(uses_remote), f"{paths.RUNS}/{run_id}/{paths.STEPS}/{step}"):
        (state / path).mkdir(
            parents=True, exist_ok=True
        )  # a container cannot make the place of a mount there
        yield from _mount(state / path, f"{paths.STATE_PATH}/{path}", read_only=False)


def _store_mount(use: StoreUse, location: Place) -> tuple[str, ...]:
    if not isinstance(location, Folder):
        return ()
    if use.writable:
        location.path.mkdir(parents=True, exist_ok=True)
    return _mount(
        location.path.absolute(), f"{paths.STORES_PATH}/{file_name(use.name)}", read_only=not use.writable
    )


def _store_options(store: str, location: Place) -> Iterator[str]:
    if isinstance(location, Remote):
        yield from (f"--store={store}={location.url}", *remotes.settings(store, location))
    elif isinstance(location, Folder):
        yield f"--store={store}={paths.STORES_PATH}/{file_name(store)}"


def _mount(source: Path, target: str, *, read_only: bool) -> tuple[str, ...]:
    """A folder of this machine at `target`; as a line of CSV, which takes any path."""
    line = io.StringIO()
    fields = ["type=bind", f"source={source}", f"target={target}", *(["readonly"] if read_only else [])]
    csv.writer(line, lineterminator="").writerow(fields)
    return ("--mount", line.getvalue())
