"""Deploying to Compose with a stand-in for docker: the command lines, the events, and what is refused."""

from __future__ import annotations

import errno
import json
import os
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipelift.app.deploying import Deployed, deploy_output
from pipelift.app.request import RunRequest
from pipelift.app.running import Event
from pipelift.backends.compose import TARGET
from pipelift.backends.compose.deploying.engine import find_dead_projects, find_engine
from pipelift.backends.compose.deploying.environment import build_environment
from pipelift.backends.supervision import recorded
from pipelift.backends.supervision.run_file import RunFile
from pipelift.compiler import ir
from pipelift.compiler.diagnostics import Refused, Reporter
from tests.support.docker import DOCKER
from tests.support.folders import write_program
from tests.support.samples import output_of, two_steps


class World:
    """An output folder, a docker that writes down what it is asked, and what a deployment told."""

    def __init__(self, root: Path) -> None:
        self.root = root
        write_program(root / "bin/docker", DOCKER.format(python=sys.executable))
        self.pipeline, _ = two_steps()
        self.reporter = Reporter()
        (root / "out").mkdir()
        image = {"reference": "pipe/prepare:0", "dockerfile": "environments/e/Dockerfile", "arguments": {}}
        (root / "out/images.json").write_text(json.dumps([image]))
        self.events: list[Event] = []

    def deploy(self, variables: dict[str, str] | None = None, **fields: Any) -> Deployed | None:
        environ = {"PATH": str(self.root / "bin"), "FAKE": str(self.root), **(variables or {})}
        request = RunRequest(environ=environ, **fields)
        output = output_of(self.root / "out", self.pipeline, "compose")
        try:
            return deploy_output(TARGET, output, request, self.reporter, self.events.append)
        except Refused as refused:
            self.reporter.add(refused.diagnostics)
            return None

    def hide_rate(self, kept: str | None) -> None:
        """Make the parameter `rate` a secret, with the file that Compose has of it."""
        (rate,) = self.pipeline.parameters
        self.pipeline = replace(self.pipeline, parameters=(replace(rate, default=None, secret="rate-key"),))
        folder = self.root / "out/.pipelift/secrets"
        folder.mkdir(parents=True)
        if kept is not None:
            (folder / "rate-key").write_text(kept)

    def calls(self, *words: str) -> list[list[str]]:
        """What docker was asked that has these words."""
        lines = (self.root / "calls").read_text().splitlines()
        return [call for call in map(json.loads, lines) if set(words) <= set(call)]

    @property
    def codes(self) -> list[str]:
        return [entry.code for entry in self.reporter]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))  # `pipelift build` looks for docker there
    monkeypatch.setenv("FAKE", str(tmp_path))
    return World(tmp_path)


def test_command_lines_and_summary(world: World) -> None:
    deployed = world.deploy(parameters={"rate": 0.25}, refresh=frozenset({"train"}), reuse=False)
    assert deployed is not None and deployed.run is not None
    run = deployed.run.run_id
    project = f"compare-models-exp-{run}"
    begin, prepare, train = world.calls("run", "--name")
    head = ["compose", "--progress", "quiet", "-p", project, "-f", "compose.yaml"]
    head += ["run", "--no-deps", "--rm", "-T", "--name"]
    assert begin == [*head, f"{project}-begin", "begin", "begin", "--run-key", project, "--run", run]
    options = ["--refresh=train", "--no-reuse"]
    assert prepare == [*head, f"{project}-prepare", "prepare", "step", "--run-key", project, *options]
    assert train[-5:] == ["--parameter", "rate=0.25", "a$b", *options]
    assert [(step.name, step.status, step.seconds) for step in deployed.run.steps] == [
        ("prepare.py", "reused", 2.5),
        ("train model", "completed", 2.5),
    ]
    assert deployed.run.steps[1].outputs == {"out": str(world.root / "store/x/train")}
    about = json.loads((world.root / "state/runs" / run / "run.json").read_text())
    assert (about["status"], about["engine"], about["parameters"]) == ("completed", "compose", {"rate": 0.25})
    assert not list((world.root / "state/current").iterdir())


def test_events_of_a_run(world: World) -> None:
    world.deploy()
    told = [(event.kind, event.step, event.status or event.text) for event in world.events if event.step]
    assert told == [
        ("started", "prepare.py", ""),
        ("log", "prepare.py", "hello of prepare"),
        ("finished", "prepare.py", "reused"),
        ("started", "train model", ""),
        ("log", "train model", "hello of train"),
        ("finished", "train model", "completed"),
    ]


def test_failed_step_names_its_exit_status_and_last_lines(world: World) -> None:
    deployed = world.deploy({"FAKE_FAILED": "prepare"})
    assert deployed is not None and deployed.run is not None
    assert deployed.run.status == "failed"
    assert [step.status for step in deployed.run.steps] == ["failed", "skipped"]
    assert deployed.lines == (
        "step 'prepare.py' failed with exit status 9: it failed; its last lines:",
        "    hello of prepare",
    )
    assert len(world.calls("run", "prepare")) == 1


@pytest.mark.parametrize(("go_on", "status"), [(True, "completed"), (False, "skipped")])
def test_other_steps_go_on_where_the_pipeline_says_so(world: World, go_on: bool, status: str) -> None:
    """`other` waits for nothing that fails; one step at a time, `prepare` first."""
    other = replace(world.pipeline.step("prepare"), id="other", name="other")
    changes: dict[str, Any] = {"continue_on_failure": go_on, "steps": (*world.pipeline.steps, other)}
    world.pipeline = replace(world.pipeline, **changes)
    deployed = world.deploy({"FAKE_FAILED": "prepare"}, settings={"jobs": "1"})
    assert deployed is not None and deployed.run is not None
    assert deployed.run.status == "failed"
    assert [step.status for step in deployed.run.steps] == ["failed", "skipped", status]


def test_step_is_tried_again_as_often_as_it_may(world: World) -> None:
    deployed = world.deploy({"FAKE_BROKEN": "train"})
    assert deployed is not None and deployed.run is not None
    assert world.pipeline.step("train").retries == 1
    assert len(world.calls("run", "train")) == 2
    assert any("attempt 2 of 2" in event.text for event in world.events)
    (reason,) = [
        event.text for event in world.events if event.kind == "finished" and event.step == "train model"
    ]
    assert reason == "its container was lost: docker: Error response from daemon: no such device"


@pytest.mark.parametrize(
    ("variable", "note", "said"),
    [
        (
            "FAKE_STOPPED",
            recorded.STOPPED,
            f"step 'prepare.py' failed with exit status 143: {recorded.STOPPED}; its last lines:",
        ),
        (
            "FAKE_KILLED",
            recorded.KILLED,
            f"step 'prepare.py' failed with exit status 137: {recorded.KILLED}; its last lines:",
        ),
        (
            "FAKE_REFUSING",
            "its container was not started: docker: Error response from daemon: no such device",
            "step 'prepare.py' has no exit status: its container was not started: docker: Error response from "
            "daemon: no such device",
        ),
    ],
)
def test_what_nobody_asked_for_is_a_failure_with_its_reason(
    world: World, variable: str, note: str, said: str
) -> None:
    """`docker stop` and `docker kill` by somebody else, the end of the engine, and an engine that refuses."""
    deployed = world.deploy({variable: "prepare"})
    assert deployed is not None and deployed.run is not None
    assert deployed.run.status == "failed"
    assert [(step.status, step.note) for step in deployed.run.steps] == [
        ("failed", note),
        ("skipped", "waits for 'prepare.py', which failed"),
    ]
    assert deployed.lines[0] == said
    record = world.root / "state/runs" / deployed.run.run_id / "steps/prepare/record.json"
    assert not record.exists() or json.loads(record.read_text())["status"] == "failed"


@pytest.mark.parametrize(
    ("variables", "settings", "code"),
    [
        ({"PATH": "/nowhere"}, {}, "PL550"),
        ({"FAKE_VERSION": "1.29.2"}, {}, "PL550"),
        ({"FAKE_SERVER": ""}, {}, "PL551"),
        ({"FAKE_REFUSED": "1"}, {}, "PL552"),
        ({}, {"gpu": "2"}, "PL554"),
        ({}, {"jobs": "0"}, "PL554"),
        ({"FAKE_BEGIN": "73"}, {}, "PL555"),
        ({}, {"resume": "last"}, "PL532"),
        ({"PARAM_rate": "much"}, {}, "PL503"),
    ],
)
def test_what_cannot_be_is_said_with_a_code(
    world: World, variables: dict[str, str], settings: dict[str, str], code: str
) -> None:
    assert world.deploy(variables, settings=settings) is None
    assert world.codes == [code]


@pytest.mark.parametrize(
    ("given", "variables", "kept", "expected"),
    [
        ({"rate": "1.5"}, {}, "2.5", "1.5"),
        ({}, {"PIPELIFT_SECRET_RATE_KEY": "3.5"}, "2.5", "3.5"),
        ({}, {}, "2.5\n", "2.5"),
        ({}, {"PARAM_rate": "4.5"}, "2.5", "4.5"),
        ({}, {"PARAM_rate": "4.5"}, None, "4.5"),
    ],
    ids=["a request", "a variable", "a file", "Compose's own variable", "that alone"],
)
def test_where_the_value_of_a_secret_parameter_is_taken_from(
    world: World, given: dict[str, str], variables: dict[str, str], kept: str | None, expected: str
) -> None:
    """The first of those that are there; the engine is told in a variable of its own process."""
    world.hide_rate(kept)
    output = output_of(world.root / "out", world.pipeline, "compose")
    environ = build_environment(output, RunRequest(parameters=given, environ=variables))
    assert environ["PARAM_rate"] == expected


def test_a_secret_parameter_without_a_value_starts_nothing(world: World) -> None:
    world.hide_rate(None)
    assert world.deploy() is None
    (told,) = world.reporter
    assert told.code == "PL518"
    assert "PIPELIFT_SECRET_RATE_KEY" in told.message and "secrets/rate-key" in told.message
    assert not world.calls("run")


@pytest.mark.parametrize(
    ("variables", "gpu", "added"),
    [
        ({}, "auto", False),
        ({"FAKE_GPU": "1"}, "auto", True),
        ({"FAKE_GPU": "1"}, "no", False),
        ({}, "yes", True),
    ],
)
def test_hardware_file(world: World, variables: dict[str, str], gpu: str, added: bool) -> None:
    steps = tuple(replace(step, resources=ir.Resources(gpus=1, cpus=2)) for step in world.pipeline.steps)
    world.pipeline = replace(world.pipeline, steps=steps)
    world.deploy(variables, settings={"gpu": gpu})
    assert all(("compose.gpu.yaml" in call) == added for call in world.calls("run", "--name"))


def test_desks_that_cannot_be_put_away_are_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", "/state/desks/x")

    monkeypatch.setattr("pipelift.runtime.desks.put_away", refuse)
    deployed = world.deploy()
    assert deployed is not None and deployed.run is not None
    assert deployed.run.status == "completed"
    notes = [event.text for event in world.events if event.kind == "note"]
    said = "the desks of the steps could not be put away: Permission denied: /state/desks/x"
    assert said in notes


def test_nothing_is_started_if_so_wished(world: World) -> None:
    assert world.deploy(start=False) == Deployed(lines=("all images are there; nothing was started",))
    assert world.calls("run") == []


def test_a_run_that_nobody_waits_for_is_the_one_that_was_asked_for(world: World) -> None:
    environ = {"PYTHONPATH": os.pathsep.join(sys.path)}
    deployed = world.deploy(environ, wait=False, parameters={"rate": "0.25"}, refresh=["train model"])
    assert deployed is not None and deployed.run is None
    run = deployed.lines[0].split()[1]
    path, deadline = world.root / "state/runs" / run / "run.json", time.monotonic() + 60
    while json.loads(path.read_text())["status"] == "running":
        assert time.monotonic() < deadline, "it has not ended in a minute"
        time.sleep(0.1)
    about = json.loads(path.read_text())
    assert (about["status"], about["parameters"]) == ("completed", {"rate": 0.25})
    assert all("--refresh=train" in call for call in world.calls("run", "step"))


def test_a_parameter_may_have_its_value_where_compose_reads_it(world: World) -> None:
    parameters = tuple(replace(one, default=None) for one in world.pipeline.parameters)
    world.pipeline = replace(world.pipeline, parameters=parameters)
    assert world.deploy() is None and world.codes == ["PL518"]
    assert not any("config" in call for call in world.calls())
    assert world.deploy(parameters={"rate": 0.5}) is not None
    assert world.deploy({"PARAM_rate": "0.5"}) is not None
    (world.root / "out/.env").write_text('PARAM_rate="0.5"\n')
    assert world.deploy() is not None


def test_only_dead_deployments_of_this_folder_are_swept(world: World) -> None:
    runs = world.root / "state/runs"
    living = RunFile(world.root / "state", "p", {})
    (runs / "dead").mkdir()
    shown = f"p-{living.run_id}\np-dead\np-elsewhere\nother-dead\n"
    engine = find_engine({"PATH": str(world.root / "bin"), "FAKE": str(world.root), "FAKE_LEFT": shown})
    assert find_dead_projects(engine, "p-", runs) == ("p-dead",)


def test_a_secret_parameter_stands_on_no_command_line(world: World) -> None:
    steps = tuple(replace(step, parameters=(*step.parameters, "password")) for step in world.pipeline.steps)
    added = ir.Parameter(name="password", type="string", default=None)
    parameters = (*world.pipeline.parameters, added)
    world.pipeline = replace(world.pipeline, steps=steps, parameters=parameters)
    assert world.deploy() is None
    assert world.codes == ["PL518"], "Compose would ask for it only when it starts the step"
    world.reporter = Reporter()
    assert world.deploy(parameters={"password": "canary-9f"}) is not None
    (world.root / "out/.env").write_text('PARAM_password="canary-9f"\n')
    assert world.deploy() is not None
    assert world.deploy(variables={"PARAM_password": "canary-9f"}) is not None
    assert "canary-9f" not in (world.root / "calls").read_text()
    assert not [path for path in (world.root / "state").rglob("*.*") if b"canary-9f" in path.read_bytes()]
