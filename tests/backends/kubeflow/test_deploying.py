"""`pipelift deploy` on Kubeflow against a local server of its REST API: what it puts there, and what it says."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from pipelift.app.cli.main import main
from pipelift.app.deploying import Deployed, deploy_output
from pipelift.app.request import RunRequest
from pipelift.app.running import Event
from pipelift.backends.kubeflow import TARGET
from pipelift.backends.kubeflow.deploying.api import Server
from pipelift.backends.kubeflow.deploying.following import Following
from pipelift.backends.kubeflow.deploying.placing import _find_previous_time
from pipelift.backends.kubeflow.deployment import read_deployment
from pipelift.backends.wiring.calendars import Repeat
from pipelift.compiler import ir
from pipelift.compiler.diagnostics import Refused, Reporter
from pipelift.compiler.ir.wire import as_json
from pipelift.compiler.output.manifest import make_manifest
from pipelift.compiler.output.needs import NOTHING
from tests.support import samples
from tests.support.compiling import compile_for
from tests.support.folders import ROOT, write_files
from tests.support.kfp_server import State, serving

TOKEN = "t0ken-of-a-user"


def scheduled(*triggers: ir.Recurrence, **fields: Any) -> tuple[ir.Schedule, ...]:
    return tuple(
        ir.Schedule(id=f"s{number}", name=f"S {number}", experiment="nightly", trigger=trigger, **fields)
        for number, trigger in enumerate(triggers, 1)
    )


DAILY = ir.Recurrence(frequency="day", hours=(6, 18), minutes=(30,))
FORTNIGHTLY = ir.Recurrence(
    frequency="week", interval=2, start="2024-01-01T08:00:00", week_days=("monday", "friday")
)


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> tuple[ir.Pipeline, Path]:
    return build(tmp_path_factory.mktemp("kubeflow"), samples.two_steps())


def build(folder: Path, sample: tuple[ir.Pipeline, samples.Contents]) -> tuple[ir.Pipeline, Path]:
    """The output folder, complete but for the manifest, which the deployer does not read."""
    pipeline, contents = sample
    made = compile_for("kubeflow", pipeline, contents, base=folder, output=folder)
    return pipeline, write_files(folder, made.files)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits between two looks at a run."""
    monkeypatch.setattr(time, "sleep", lambda seconds: None)


@pytest.fixture
def state() -> State:
    return State()


@pytest.fixture
def url(state: State) -> Iterator[str]:
    with serving(state) as address:
        yield address


def deploy(
    compiled: tuple[ir.Pipeline, Path], url: str, told: list[Event] | None = None, **options: Any
) -> tuple[Deployed | None, dict[str, str]]:
    """What came of it, and the message of each code but the one about images."""
    pipeline, directory = compiled
    reporter = Reporter()
    settings = {"url": url, **options.pop("settings", {})}
    request = RunRequest(settings=settings, **options)
    output = samples.output_of(directory, pipeline, "kubeflow")
    done = None
    try:
        done = deploy_output(TARGET, output, request, reporter, (told if told is not None else []).append)
    except Refused as refused:
        reporter.add(refused.diagnostics)
    return done, {one.code: one.message for one in reporter if one.code != "PL574"}


def with_schedules(
    compiled: tuple[ir.Pipeline, Path], tmp_path: Path, *schedules: ir.Schedule
) -> tuple[ir.Pipeline, Path]:
    """The same pipeline with schedules."""
    pipeline, contents = samples.two_steps()
    tmp_path.mkdir(exist_ok=True)
    return build(tmp_path, (replace(pipeline, schedules=schedules), contents))


def test_a_run_from_upload_to_end(compiled: tuple[ir.Pipeline, Path], url: str, state: State) -> None:
    pipeline, directory = compiled
    prepare, train = read_deployment(directory).tasks
    state.script = [
        {prepare: "RUNNING"},
        {prepare: "SKIPPED", f"{prepare}-driver": "SUCCEEDED", train: "RUNNING"},
        {prepare: "SKIPPED", f"{prepare}-driver": "SUCCEEDED", train: "SUCCEEDED", "": "SUCCEEDED"},
    ]
    told: list[Event] = []
    done, problems = deploy(compiled, url, told, parameters={"rate": 0.5})
    assert problems == {}
    assert done is not None and done.run is not None
    assert done.run.status == "completed"
    assert [(one.name, one.status, one.seconds) for one in done.run.steps] == [
        (pipeline.steps[0].name, "reused", 3.0),
        (pipeline.steps[1].name, "completed", 3.0),
    ]
    (run,) = state.runs.values()
    assert run["runtime_config"]["parameters"] == {"rate": 0.5}
    assert [one["display_name"] for one in state.experiments.values()] == [pipeline.experiment]
    assert f"{url}/#/runs/details/{run['run_id']}" in done.lines[-1]
    assert [(one.kind, one.status) for one in told if one.kind != "note"] == [
        ("started", None),
        ("finished", "reused"),
        ("started", None),
        ("finished", "completed"),
    ]


def test_the_second_deployment_uploads_nothing(
    compiled: tuple[ir.Pipeline, Path], url: str, state: State
) -> None:
    deploy(compiled, url)
    told: list[Event] = []
    _, problems = deploy(compiled, url, told)
    assert problems == {}
    assert "unchanged" in told[0].text
    assert (len(state.pipelines), len(state.versions), len(state.runs)) == (1, 1, 2)


def test_a_changed_pipeline_is_a_new_version(
    compiled: tuple[ir.Pipeline, Path], url: str, state: State, tmp_path: Path
) -> None:
    deploy(compiled, url, start=False)
    for number in range(3):
        pipeline, contents = samples.two_steps()
        pipeline = replace(pipeline, description=f"change {number}")
        deploy(build(tmp_path, (pipeline, contents)), url, start=False)
    assert (len(state.pipelines), len(state.versions), len(state.runs)) == (1, 4, 0)


def test_a_failed_step_has_its_exit_code(compiled: tuple[ir.Pipeline, Path], url: str, state: State) -> None:
    prepare, train = read_deployment(compiled[1]).tasks
    state.script = [{prepare: "FAILED", train: "SKIPPED", "": "FAILED"}]
    state.errors = {prepare: "Error (exit code 9): the script has failed"}
    done, problems = deploy(compiled, url)
    assert problems == {}
    assert done is not None and done.run is not None
    assert done.run.status == "failed"
    assert [(one.status, one.exit_code) for one in done.run.steps] == [("failed", 9), ("skipped", None)]


def test_a_run_that_fails_before_its_steps_says_why(
    compiled: tuple[ir.Pipeline, Path], url: str, state: State
) -> None:
    prepare, _ = read_deployment(compiled[1]).tasks
    state.script = [{f"{prepare}-driver": "FAILED", "": "FAILED"}]
    state.errors = {f"{prepare}-driver": "no such claim"}
    told: list[Event] = []
    done, _ = deploy(compiled, url, told)
    assert done is not None and done.run is not None and done.run.status == "failed"
    assert f"{prepare}-driver: no such claim" in [one.text for one in told]


def test_without_waiting(compiled: tuple[ir.Pipeline, Path], url: str, state: State) -> None:
    done, _ = deploy(compiled, url, wait=False)
    assert done is not None and done.run is None
    assert (len(state.runs), state.looks) == (1, 0)


def test_ctrl_c_ends_the_run(compiled: tuple[ir.Pipeline, Path], url: str, state: State) -> None:
    pipeline, directory = compiled
    tasks = read_deployment(directory).tasks
    prepare, _ = tasks
    state.script = [{prepare: "RUNNING", "": "RUNNING"}]
    told: list[Event] = []

    def tell(event: Event) -> None:
        told.append(event)
        if event.kind == "started":
            raise KeyboardInterrupt

    deploy(compiled, url, wait=False)
    (run_id,) = state.runs
    state.script.append({prepare: "RUNNING", "": "CANCELED"})
    steps = dict(zip(tasks, pipeline.steps, strict=True))
    summary = Following(Server(url, None, None), run_id, pipeline.name, steps, tell, pause=0.01).follow()
    assert f"POST /apis/v2beta1/runs/{run_id}:terminate" in state.log
    assert (summary.status, [one.status for one in summary.steps]) == ("cancelled", ["cancelled", "skipped"])


@pytest.mark.parametrize(("options", "anew"), [({"reuse": False}, 2), ({"refresh": frozenset({"train"})}, 1)])
def test_steps_that_run_in_any_case(
    compiled: tuple[ir.Pipeline, Path], url: str, state: State, options: Mapping[str, Any], anew: int
) -> None:
    deploy(compiled, url, wait=False, **options)
    (run,) = state.runs.values()
    spec = run["pipeline_spec"]
    tasks = spec.get("pipeline_spec", spec)["root"]["dag"]["tasks"]
    assert "pipeline_version_reference" not in run
    assert [one["cachingOptions"] for one in tasks.values()].count({}) == anew


def test_schedules_become_recurring_runs(
    compiled: tuple[ir.Pipeline, Path], url: str, state: State, tmp_path: Path
) -> None:
    rate = (ir.ParameterSetting(name="rate", value=0.7),)
    schedules = scheduled(DAILY, FORTNIGHTLY, parameters=rate)
    done, problems = deploy(with_schedules(compiled, tmp_path, *schedules), url, start=False)
    assert problems == {}
    assert done is not None and done.run is None
    daily, monday, friday = state.recurring.values()
    assert daily["trigger"] == {"cron_schedule": {"cron": "0 30 6,18 * * *"}}
    assert daily["mode"] == "ENABLE" and daily["no_catchup"] is True
    assert daily["runtime_config"]["parameters"] == {"rate": 0.7}
    assert [one["trigger"]["periodic_schedule"]["interval_second"] for one in (monday, friday)] == [
        "1209600"
    ] * 2
    assert [one["display_name"] for one in (daily, monday, friday)] == ["S 1", "S 2 1 of 2", "S 2 2 of 2"]
    assert {one["display_name"] for one in state.experiments.values()} == {"nightly"}
    assert state.runs == {}
    assert done.lines[1:] == (
        "schedule S 1: 0 30 6,18 * * *",
        "schedule S 2 1 of 2: every 14 days",
        "schedule S 2 2 of 2: every 14 days",
    )


def test_a_distance_begins_one_interval_before_its_next_time() -> None:
    """The controller fires first one interval after the start (`PeriodicSchedule.getNextScheduledEpoch`)."""
    first = dt.datetime(2024, 1, 1, 8, tzinfo=dt.timezone.utc)
    repeat = Repeat(first, dt.timedelta(days=14))
    assert _find_previous_time(repeat, first - dt.timedelta(days=100)) == first - dt.timedelta(days=14)
    assert _find_previous_time(repeat, first) == first
    assert _find_previous_time(repeat, first + dt.timedelta(days=20)) == first + dt.timedelta(days=14)


def test_a_second_deployment_keeps_replaces_and_removes(
    compiled: tuple[ir.Pipeline, Path], url: str, state: State, tmp_path: Path
) -> None:
    hourly = ir.Recurrence(frequency="hour", start="2099-01-01T00:15:00")
    first = with_schedules(compiled, tmp_path / "1", *scheduled(DAILY, FORTNIGHTLY, hourly))
    deploy(first, url, start=False)
    before = dict(state.recurring)
    deploy(first, url, start=False)
    assert state.recurring == before
    state.recurring["theirs"] = {
        **next(iter(before.values())),
        "recurring_run_id": "theirs",
        "description": "mine",
    }
    later = replace(DAILY, hours=(7,))
    second = with_schedules(compiled, tmp_path / "2", *scheduled(later))
    done, _ = deploy(second, url, start=False)
    assert done is not None
    assert [one["trigger"] for one in state.recurring.values() if one["recurring_run_id"] != "theirs"] == [
        {"cron_schedule": {"cron": "0 30 7 * * *"}}
    ]
    assert "theirs" in state.recurring
    assert sum("removed" in line for line in done.lines) == 4


def test_a_start_that_is_yet_to_come(
    compiled: tuple[ir.Pipeline, Path], url: str, state: State, tmp_path: Path
) -> None:
    monthly = ir.Recurrence(frequency="month", start="2099-03-05T06:00:00", time_zone="UTC")
    deploy(with_schedules(compiled, tmp_path, *scheduled(monthly)), url, start=False)
    (found,) = state.recurring.values()
    # cron fires later than its start: one second earlier, so that the start itself counts
    assert found["trigger"]["cron_schedule"] == {
        "cron": "0 0 6 5 * *",
        "start_time": "2099-03-05T05:59:59+00:00",
    }


@pytest.mark.parametrize(
    ("setting", "enabled", "modes"),
    [("yes", True, ["ENABLE"]), ("yes", False, ["DISABLE"]), ("paused", True, ["DISABLE"]), ("no", True, [])],
)
def test_whether_schedules_are_in_force(
    compiled: tuple[ir.Pipeline, Path],
    url: str,
    state: State,
    tmp_path: Path,
    setting: str,
    enabled: bool,
    modes: list[str],
) -> None:
    folder = with_schedules(compiled, tmp_path, *scheduled(DAILY, enabled=enabled))
    deploy(folder, url, start=False, settings={"schedule": setting})
    assert [one["mode"] for one in state.recurring.values()] == modes


def test_a_token(compiled: tuple[ir.Pipeline, Path], url: str, state: State) -> None:
    state.token = TOKEN
    done, problems = deploy(compiled, url, start=False, environ={"PIPELIFT_KUBEFLOW_TOKEN": TOKEN})
    assert done is not None and problems == {}
    state.token = "another one"
    _, problems = deploy(compiled, url, environ={"PIPELIFT_KUBEFLOW_TOKEN": TOKEN})
    assert "PIPELIFT_KUBEFLOW_TOKEN" in problems["PL571"] and TOKEN not in problems["PL571"]
    _, problems = deploy(compiled, url)
    assert "without a token" in problems["PL571"]


def test_a_server_for_several_users(compiled: tuple[ir.Pipeline, Path], url: str, state: State) -> None:
    state.multi_user = True
    _, problems = deploy(compiled, url, start=False)
    assert "namespace" in problems["PL575"]
    done, problems = deploy(compiled, url, start=False, settings={"namespace": "ada"})
    assert done is not None and problems == {}
    assert [one["namespace"] for one in state.pipelines.values()] == ["ada"]


ADDRESSES = {
    "none": ("", "PL570"),
    "nobody answers": ("http://127.0.0.1:9", "PL570"),
    "no scheme": ("localhost:8888", "PL570"),
    "a password": ("http://ada:hunter22@localhost:8888", "PL570"),
    "another path": ("{url}/pipeline", "PL572"),
}


@pytest.mark.parametrize("case", ADDRESSES)
def test_addresses_that_lead_nowhere(case: str, compiled: tuple[ir.Pipeline, Path], url: str) -> None:
    address, code = ADDRESSES[case]
    done, problems = deploy(compiled, address.format(url=url))
    assert (done, list(problems)) == (None, [code])
    assert "hunter22" not in problems[code]


def test_what_the_server_refuses_is_its_message(url: str, state: State, tmp_path: Path) -> None:
    compiled = build(tmp_path, samples.two_steps())
    path = tmp_path / "pipeline.yaml"
    documents = list(yaml.safe_load_all(path.read_text()))
    documents[0]["root"]["unheard"] = {}
    path.write_text(yaml.safe_dump_all(documents))
    done, problems = deploy(compiled, url)
    assert done is None
    assert "invalid v2 pipeline spec" in problems["PL573"] and "unheard" in problems["PL573"]
    assert state.versions == {}


def test_what_only_the_user_knows(url: str, state: State, tmp_path: Path) -> None:
    pipeline, contents = samples.two_steps()
    parameters = tuple(replace(one, default=None) for one in pipeline.parameters)
    compiled = build(tmp_path, (replace(pipeline, parameters=parameters), contents))
    done, problems = deploy(compiled, url)
    assert done is None and problems == {"PL518": "the parameter 'rate' has no value"}
    _, problems = deploy(compiled, url, parameters={"rate": 1.0}, settings={"schedule": "maybe"})
    assert "'yes', 'paused' or 'no'" in problems["PL554"]
    assert state.log == []


def test_a_default_that_kubeflow_cannot_hold_is_asked_for(url: str, state: State, tmp_path: Path) -> None:
    pipeline, contents = samples.two_steps()
    large = ir.Parameter(name="seed", type="integer", default=2**60)
    parameters = (*pipeline.parameters, large)
    compiled = build(tmp_path, (replace(pipeline, parameters=parameters), contents))
    _, problems = deploy(compiled, url)
    assert "-p seed=VALUE" in problems["PL575"] and state.log == []
    done, problems = deploy(compiled, url, parameters={"seed": 7}, wait=False)
    assert done is not None and problems == {}


def test_images_without_a_registry_are_told(compiled: tuple[ir.Pipeline, Path], url: str) -> None:
    reporter = Reporter()
    TARGET.deploy(
        samples.output_of(compiled[1], compiled[0], "kubeflow"),
        RunRequest(start=False, settings={"url": url}),
        reporter,
        print,
    )
    assert [one.code for one in reporter] == ["PL574"]


def test_the_documented_curl_line_starts_a_run(
    compiled: tuple[ir.Pipeline, Path], url: str, state: State
) -> None:
    state.token = TOKEN
    environ = {"PIPELIFT_KUBEFLOW_TOKEN": TOKEN}
    deploy(compiled, url, start=False, environ=environ)
    chapter = (ROOT / "docs/deploy.md").read_text().partition("## Kubeflow")[2]
    line = re.search(r"^    (curl .*?}}}')$", chapter, re.MULTILINE | re.DOTALL)
    assert line is not None
    (version,) = state.versions.values()
    experiment = Server(url, TOKEN, None).experiment("from outside", None)
    shell = {
        **os.environ,
        **environ,
        "PIPELIFT_KUBEFLOW_URL": url,
        "EXPERIMENT": experiment.experiment_id,
        "PIPELINE": version["pipeline_id"],
        "VERSION": version["pipeline_version_id"],
    }
    command = line[1].replace("regularization", "rate")
    done = subprocess.run(["/bin/sh", "-c", command], env=shell, capture_output=True, text=True, check=True)
    (run,) = state.runs.values()
    assert json.loads(done.stdout)["run_id"] == run["run_id"]
    assert run["runtime_config"]["parameters"] == {"rate": 50}


def test_kfps_own_client_sees_what_was_deployed(
    compiled: tuple[ir.Pipeline, Path],
    url: str,
    state: State,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """So the server answers as the client of Kubeflow's own SDK expects it to."""
    from kfp import Client

    monkeypatch.setattr(Client, "_LOCAL_KFP_CONTEXT", str(tmp_path / "none.json"))
    done, _ = deploy(with_schedules(compiled, tmp_path / "out", *scheduled(DAILY)), url)
    assert done is not None and done.run is not None
    with pytest.warns(FutureWarning):
        client = Client(host=url)
    pipeline_id = client.get_pipeline_id("compare-models-exp")
    (version,) = client.list_pipeline_versions(pipeline_id).pipeline_versions
    assert version.display_name.startswith("pipelift-")
    assert client.get_run(done.run.run_id).state == "SUCCEEDED"
    (recurring,) = client.list_recurring_runs().recurring_runs
    assert client.get_experiment(experiment_name="nightly").experiment_id == recurring.experiment_id
    assert recurring.trigger.cron_schedule.cron == "0 30 6,18 * * *"


REFUSED = {
    "an unknown name": (["-p", "rat=1"], "PL502", "rate"),
    "a wrong type": (["-p", "rate=high"], "PL503", "float"),
    "no number": (["-p", "rate=nan"], "PL503", "float"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_parameters_are_checked_before_anything_happens(
    case: str, compiled: tuple[ir.Pipeline, Path], url: str, state: State
) -> None:
    options, code, word = REFUSED[case]
    pipeline, directory = compiled
    files = {"pipeline.ir.json": as_json(pipeline).encode()}
    made = make_manifest(pipeline, "kubeflow", None, files, (), (), NOTHING)
    (directory / "pipeline.ir.json").write_bytes(files["pipeline.ir.json"])
    (directory / "manifest.json").write_text(made.text())
    done = CliRunner().invoke(main, ["deploy", str(directory), "--set", f"url={url}", *options])
    assert done.exit_code == 1, done.stderr
    assert code in done.stderr and word in done.stderr
    assert state.log == []
