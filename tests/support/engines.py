"""The four engines behind one door: each is given a request, and says which steps it was told to run anew.

This machine is real; docker, Airflow and Kubeflow are played, as in the tests of their deployers.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import httpx
import pytest

from pipelift.app.deploying import Deploys, deploy_output
from pipelift.app.request import RunRequest
from pipelift.app.request.preparation import prepare_run
from pipelift.app.running import Event, load_runner
from pipelift.backends.airflow import TARGET as AIRFLOW
from pipelift.backends.airflow.deploying import deployer
from pipelift.backends.airflow.deploying.api import Api
from pipelift.backends.compose import TARGET as COMPOSE
from pipelift.backends.kubeflow import TARGET as KUBEFLOW
from pipelift.compiler import ir
from pipelift.compiler.config import Config
from pipelift.compiler.diagnostics import Reporter
from pipelift.compiler.driver import Analysis
from pipelift.compiler.output.folder import Output
from tests.support.airflow import PASSWORD, URL, Server
from tests.support.compiling import compile_for
from tests.support.docker import DOCKER
from tests.support.folders import write_files, write_program
from tests.support.kfp_server import State, serving
from tests.support.samples import Contents, output_of, pipeline_of, snapshot, step


def two_labelled_steps(**parameters: float | None) -> tuple[ir.Pipeline, Contents]:
    """`prepare` and, behind it, `train`: ids, names and labels all differ. `parameters` are numbers and defaults."""
    contents: Contents = {name: {"main.py": f"print({name!r})\n".encode()} for name in ("prepare", "train")}
    steps = tuple(
        step(
            name,
            name=f"{name} it",
            label=f"The {name} step",
            outputs=(),
            snapshot=name,
            reuse=ir.Reuse(allowed=True, key=f"{name:x<64}"),
        )
        for name in contents
    )
    pipeline, _ = pipeline_of(
        *steps,
        default_store="workspaceblobstore",
        stores=(ir.Store(name="workspaceblobstore"),),
        snapshots=tuple(snapshot(name, files) for name, files in contents.items()),
        order=(ir.OrderEdge(before="prepare", after="train"),),
        parameters=tuple(
            ir.Parameter(name=name, type="float", default=default) for name, default in parameters.items()
        ),
    )
    return pipeline, contents


class Engine(Protocol):
    """One engine. Raises `Refused` as it does for users."""

    def ask(self, pipeline: ir.Pipeline, contents: Contents, request: RunRequest) -> set[str]:
        """The ids of the steps that run anew."""


class Local:
    """This machine."""

    def __init__(self, root: Path) -> None:
        self.folder = root

    def ask(self, pipeline: ir.Pipeline, contents: Contents, request: RunRequest) -> set[str]:
        """Run the pipeline twice; the second run is the one that is asked for."""
        config = Config(folder=self.folder)
        analysis = Analysis(self.folder, config, Reporter(), (pipeline,), {pipeline.id: contents})
        asked = prepare_run(analysis, request)
        first = RunRequest(parameters=request.parameters, python=sys.executable)
        load_runner().run(prepare_run(analysis, first), lambda event: None)
        summary = load_runner().run(asked, lambda event: None)
        ids = {step.name: step.id for step in pipeline.steps}
        assert summary.status == "completed", summary
        return {ids[step.name] for step in summary.steps if step.status == "completed"}


class Compose:
    """Docker Compose, with a docker that writes down what it is asked."""

    def __init__(self, root: Path) -> None:
        self.root = root
        write_program(root / "bin/docker", DOCKER.format(python=sys.executable))
        (root / "out").mkdir()
        image = {"reference": "pipe/prepare:0", "dockerfile": "environments/e/Dockerfile", "arguments": {}}
        (root / "out/images.json").write_text(json.dumps([image]))

    def ask(self, pipeline: ir.Pipeline, contents: Contents, request: RunRequest) -> set[str]:
        environ = {"PATH": str(self.root / "bin"), "FAKE": str(self.root), **request.environ}
        output = output_of(self.root / "out", pipeline, "compose")
        _deploy(COMPOSE, output, replace(request, environ=environ))
        calls = [json.loads(line) for line in (self.root / "calls").read_text().splitlines()]
        return {word.removeprefix("--refresh=") for call in calls for word in call if "--refresh=" in word}


class Kubeflow:
    """Kubeflow, whose API a server on this machine speaks."""

    def __init__(self, root: Path, state: State, url: str) -> None:
        self.root = root
        self.state = state
        self.url = url

    def ask(self, pipeline: ir.Pipeline, contents: Contents, request: RunRequest) -> set[str]:
        _compile("kubeflow", self.root, pipeline, contents)
        output = output_of(self.root, pipeline, "kubeflow")
        settings = {"url": self.url, **request.settings}
        _deploy(KUBEFLOW, output, replace(request, settings=settings, wait=False))
        (run,) = self.state.runs.values()
        spec = run.get("pipeline_spec", {})
        tasks = spec.get("pipeline_spec", spec).get("root", {}).get("dag", {}).get("tasks", {})
        return {name for name, task in tasks.items() if task["cachingOptions"] == {}}


class Airflow:
    """Airflow, whose API server is played."""

    def __init__(self, root: Path, server: Server) -> None:
        self.root = root
        self.server = server

    def ask(self, pipeline: ir.Pipeline, contents: Contents, request: RunRequest) -> set[str]:
        out, dags = self.root / "out", self.root / "dags"
        dags.mkdir()
        _compile("airflow", out, pipeline, contents)
        known = {"dag_id": "sample", "last_parsed_time": "2100-01-01T00:00:00Z", "last_parse_duration": 0.5}
        self.server.answers["GET /api/v2/dags/sample"] = known
        self.server.answers["GET /api/v2/dagSources/sample"] = {
            "content": (out / "sample_dag.py").read_text()
        }
        settings = {"dags": str(dags), "url": URL, "build": "no", **request.settings}
        environ = {"PIPELIFT_AIRFLOW_PASSWORD": PASSWORD}
        output = output_of(out, pipeline, "airflow")
        _deploy(
            AIRFLOW,
            output,
            replace(request, settings=settings, environ=environ, wait=False),
        )
        (body,) = (body for method, way, body in self.server.asked if way.endswith("/dagRuns"))
        return set(body["conf"].get("pipelift_refresh", ()))


def _deploy(deployer: Deploys, output: Output, request: RunRequest) -> None:
    told: list[Event] = []
    deploy_output(deployer, output, request, Reporter(), told.append)


def _compile(target: str, folder: Path, pipeline: ir.Pipeline, contents: Contents) -> None:
    write_files(folder, compile_for(target, pipeline, contents, base=folder, output=folder).files)


@contextmanager
def _local(root: Path, patch: pytest.MonkeyPatch) -> Iterator[Engine]:
    yield Local(root)


@contextmanager
def _compose(root: Path, patch: pytest.MonkeyPatch) -> Iterator[Engine]:
    patch.setenv("PATH", str(root / "bin"))  # what builds images looks for docker there
    patch.setenv("FAKE", str(root))
    yield Compose(root)


@contextmanager
def _kubeflow(root: Path, patch: pytest.MonkeyPatch) -> Iterator[Engine]:
    state = State()
    with serving(state) as url:
        yield Kubeflow(root, state, url)


@contextmanager
def _airflow(root: Path, patch: pytest.MonkeyPatch) -> Iterator[Engine]:
    server, make = Server(), Api
    patch.setattr(deployer, "Api", lambda chosen: make(chosen, httpx.MockTransport(server)))
    patch.setattr("time.sleep", lambda seconds: None)
    yield Airflow(root, server)


ENGINES: Mapping[str, Callable[[Path, pytest.MonkeyPatch], AbstractContextManager[Engine]]] = {
    "local": _local,
    "compose": _compose,
    "kubeflow": _kubeflow,
    "airflow": _airflow,
}
