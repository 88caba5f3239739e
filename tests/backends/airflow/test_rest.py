"""Following a run on Airflow over REST: a server that is played, what it refuses, what a run tells."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from pipelift.app.deploying import Deployed
from pipelift.app.request import RunRequest
from pipelift.app.running import Event
from pipelift.backends.airflow import TARGET
from pipelift.backends.airflow.deploying import deployer, parsing, tasklog
from pipelift.backends.airflow.deploying.api import Api
from pipelift.backends.airflow.deploying.options import Options
from pipelift.compiler import ir, output
from pipelift.compiler.diagnostics import Refused, Reporter
from pipelift.compiler.output.folder import read_output
from pipelift.compiler.target import Artifacts
from tests.support.airflow import DAG_FILE, PASSWORD, URL, Server, compiled, request
from tests.support.folders import read_files
from tests.support.samples import pipeline_of, step

pytestmark = pytest.mark.usefixtures("quick")


def test_the_password_goes_to_the_login_and_nowhere_else() -> None:
    server = Server()
    server.api().check_health()
    assert [asked for asked in server.asked if PASSWORD in str(asked)] == [
        ("POST", "/auth/token", {"username": "admin", "password": PASSWORD})
    ]


def test_a_server_that_asks_for_no_login() -> None:
    server = Server()
    server.answers["GET /auth/token"] = {"access_token": "anybody"}
    server.api(password=None).check_health()


def test_a_token_that_has_run_out_is_replaced() -> None:
    server = Server()
    server.answers["GET /api/v2/dags/x"] = [401, {"dag_id": "x"}]
    assert server.api().get("/dags/x") == {"dag_id": "x"}
    assert [way for _, way, _ in server.asked].count("/auth/token") == 2


@pytest.mark.parametrize(
    ("answers", "fields", "code", "words"),
    [
        (
            {"GET /api/v2/version": 404, "GET /api/v1/version": {"version": "2.10.1"}},
            {},
            "PL562",
            "Airflow 2.10.1",
        ),
        ({"GET /api/v2/version": 404}, {}, "PL560", "not Airflow's API server"),
        ({"POST /auth/token": 401}, {}, "PL561", "user 'admin'"),
        ({"GET /auth/token": 401}, {"password": None}, "PL561", "PIPELIFT_AIRFLOW_PASSWORD"),
        ({"GET /api/v2/monitor/health": 401}, {"token": "old"}, "PL561", "does not accept the token"),
        ({"GET /api/v2/monitor/health": 403}, {}, "PL561", "may not do this"),
        ({"GET /api/v2/monitor/health": 500}, {}, "PL566", "(500): no"),
        ({"GET /api/v2/monitor/health": {"scheduler": {"status": "unhealthy"}}}, {}, "PL563", "scheduler"),
        ({"GET /api/v2/monitor/health": {"dag_processor": {"status": None}}}, {}, "PL563", "dag_processor"),
    ],
)
def test_servers_that_cannot_be_used(
    answers: dict[str, Any], fields: dict[str, Any], code: str, words: str
) -> None:
    server = Server()
    server.answers |= answers
    with pytest.raises(Refused) as caught:
        server.api(**fields).check_health()
    assert caught.value.code == code and words in caught.value.message
    assert PASSWORD not in caught.value.message


def test_nothing_answers() -> None:
    def refuse(asked: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("Connection refused")

    with pytest.raises(Refused, match="does not answer: Connection refused") as caught:
        Api(Options("sample", "/base", url=URL), httpx.MockTransport(refuse))
    assert caught.value.code == "PL560"


def test_lists_come_in_pages() -> None:
    server = Server()

    def pages(asked: httpx.Request) -> dict[str, Any]:
        offset, limit = (int(asked.url.params[name]) for name in ("offset", "limit"))
        return {"dags": [{"number": number} for number in range(250)][offset : offset + limit]}

    server.answers["GET /api/v2/dags"] = pages
    assert len(list(server.api().all("/dags", "dags"))) == 250


def test_an_import_error_is_one_sentence_with_the_line() -> None:
    trace = (
        f'Traceback:\n  File "/dags/sample/{DAG_FILE}", line 23, in <module>\n\nModuleNotFoundError: No x\n'
    )
    error = {
        "import_error_id": 2,
        "timestamp": "2026-01-01T00:00:00Z",
        "filename": f"sample/{DAG_FILE}",
        "stack_trace": trace,
    }
    server = Server()
    server.answers["GET /api/v2/importErrors"] = {"import_errors": [error]}
    expected = parsing.ExpectedFile("sample", f"sample/{DAG_FILE}", "", None)
    with pytest.raises(Refused) as caught:
        parsing.wait(server.api(), expected, 5.0, lambda text: None)
    assert caught.value.code == "PL564"
    assert (
        caught.value.message == f"Airflow cannot import sample/{DAG_FILE}, line 23: ModuleNotFoundError: No x"
    )


def test_an_old_import_error_is_no_news_and_waiting_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    error = {
        "import_error_id": 2,
        "timestamp": "2026-01-01T00:00:00Z",
        "filename": f"sample/{DAG_FILE}",
        "stack_trace": "x",
    }
    server = Server()
    server.answers["GET /api/v2/importErrors"] = {"import_errors": [error]}
    api = server.api()
    placed = parsing.Baseline(parsing.read_server_time(api), parsing.list_import_errors(api))
    expected = parsing.ExpectedFile("sample", f"sample/{DAG_FILE}", "", placed)
    notes: list[str] = []
    clock = iter(range(1000))
    monkeypatch.setattr(time, "monotonic", lambda: float(next(clock)))
    with pytest.raises(Refused) as caught:
        parsing.wait(api, expected, 20.0, notes.append)
    assert caught.value.code == "PL565" and len(notes) == 1


# --- the whole way


def task(name: str, state: str | None, attempt: int = 1) -> dict[str, Any]:
    moments = {"start_date": "2026-01-01T00:00:00Z", "end_date": "2026-01-01T00:00:02.5Z"}
    return {"task_id": name, "state": state, "try_number": attempt, **(moments if attempt else {})}


def said(text: str, **fields: Any) -> dict[str, Any]:
    return {"event": text, "logger": "airflow.task.operators.some_dag.StepOperator", **fields}


def played(folder: Path, tasks: list[list[dict[str, Any]]], logs: dict[str, list[Any]], end: str) -> Server:
    """A server on which a run goes through the lists of `tasks`, and ends in state `end`."""
    server = Server()
    known = {
        "dag_id": "sample",
        "last_parsed_time": "2100-01-01T00:00:00Z",
        "last_parse_duration": 0.5,
        "file_token": "token",
    }
    states = ["running"] * (len(tasks) - 1) + [end]

    def run(asked: httpx.Request) -> Any:
        path = asked.url.path
        if path.endswith("/taskInstances"):
            return {"task_instances": tasks.pop(0) if len(tasks) > 1 else tasks[0]}
        if "/logs/" in path:
            return {"content": logs.get(path.split("/")[-3], [])}
        return {"state": states.pop(0) if len(states) > 1 else states[0]}

    server.answers["GET /api/v2/dags/sample"] = known
    server.answers["GET /api/v2/dagSources/sample"] = {"content": (folder / DAG_FILE).read_text()}

    class Answers(dict[str, Any]):
        def get(self, key: str, default: Any = None) -> Any:
            return super().get(key, run if "/dagRuns/pipelift-" in key else default)

    server.answers = Answers(server.answers)
    return server


def deployed(
    monkeypatch: pytest.MonkeyPatch, server: Server, folder: Path, asked: RunRequest
) -> tuple[Deployed | None, Reporter, list[Event]]:
    make = Api
    monkeypatch.setattr(deployer, "Api", lambda chosen: make(chosen, httpx.MockTransport(server)))
    reporter, told = Reporter(), list[Event]()
    try:
        return TARGET.deploy(read_output(folder), asked, reporter, told.append), reporter, told
    except Refused as refused:
        reporter.add(refused.diagnostics)
        return None, reporter, told


@pytest.fixture
def dags(tmp_path: Path) -> Path:
    (tmp_path / "dags").mkdir()
    return tmp_path / "dags"


def test_a_run_is_followed_to_its_end(monkeypatch: pytest.MonkeyPatch, folder: Path, dags: Path) -> None:
    steps = [
        [task("first", "queued", 0), task("second", None, 0)],
        [task("first", "running"), task("second", None, 0)],
        [task("first", "success"), task("second", "running")],
        [task("first", "success"), task("second", "success")],
    ]
    logs = {
        "first": [said("::group::x"), said("Starting docker container from image a"), said("hello")],
        "second": [
            said("pipelift: step 'second' has been run before with the same inputs: its result is reused")
        ],
    }
    server = played(folder, steps, logs, "success")
    asked = request(
        {"dags": str(dags), "url": URL}, parameters={"x": 1}, reuse=False, refresh=frozenset({"b"})
    )
    found, reporter, told = deployed(monkeypatch, server, folder, asked)
    assert found is not None and found.run is not None and not list(reporter)
    assert [(one.name, one.status) for one in found.run.steps] == [
        ("first", "completed"),
        ("second", "reused"),
    ]
    assert found.run.status == "completed" and found.run.steps[0].seconds == 2.5
    assert next(event.text for event in told if event.kind == "log") == "hello"
    assert [event.step for event in told if event.kind == "started"] == ["first", "second"]
    (body,) = (body for method, way, body in server.asked if method == "POST" and way.endswith("/dagRuns"))
    assert body["conf"] == {"x": 1, "pipelift_no_reuse": True, "pipelift_refresh": ["b"]}
    assert body["logical_date"] is None and body["dag_run_id"].startswith("pipelift-")


def test_the_namespace_that_doctor_asks_is_no_word_of_a_deployment(
    monkeypatch: pytest.MonkeyPatch, folder: Path, dags: Path
) -> None:
    """The pods' namespace stands in the DAG: another word for it here would do nothing."""
    server = played(folder, [], {}, "success")
    asked = request({"dags": str(dags), "url": URL, "namespace": "other"})
    found, reporter, _ = deployed(monkeypatch, server, folder, asked)
    assert found is None
    assert [(one.code, "pipelift doctor" in one.message) for one in reporter] == [("PL554", True)]
    assert not any(dags.iterdir())


def test_a_failed_step_has_its_own_code(monkeypatch: pytest.MonkeyPatch, folder: Path, dags: Path) -> None:
    failure = {
        "event": "Task failed",
        "error_detail": [{"exc_value": "Docker container failed: {'StatusCode': 7}"}],
    }
    steps = [[task("first", "failed"), task("second", "upstream_failed", 0)]]
    server = played(folder, steps, {"first": [said("last words"), failure]}, "failed")
    found, _, told = deployed(monkeypatch, server, folder, request({"dags": str(dags), "url": URL}))
    assert found is not None and found.run is not None
    assert found.run.status == "failed"
    assert [(one.status, one.exit_code) for one in found.run.steps] == [("failed", 7), ("skipped", None)]
    ended = {event.step: event.text for event in told if event.kind == "finished"}
    assert ended["first"] == "the script ended with exit status 7"
    assert found.lines[-2:] == ("step 'first' failed with exit status 7; its last lines:", "    last words")


def test_interrupt_ends_the_run(monkeypatch: pytest.MonkeyPatch, folder: Path, dags: Path) -> None:
    steps = [[task("first", "running"), task("second", None, 0)]]
    server = played(folder, steps, {"first": [said("Task killed!")]}, "running")
    presses = iter([KeyboardInterrupt()])

    def sleep(seconds: float) -> None:
        for press in presses:
            raise press

    monkeypatch.setattr(time, "sleep", sleep)
    found, _, _ = deployed(monkeypatch, server, folder, request({"dags": str(dags), "url": URL}))
    assert found is not None and found.run is not None
    assert found.run.status == "cancelled"
    assert [one.status for one in found.run.steps] == ["cancelled", "skipped"]
    ended = [body for method, way, body in server.asked if method == "PATCH" and "/dagRuns/" in way]
    assert ended == [{"state": "failed"}]


def test_no_wait_and_no_start(monkeypatch: pytest.MonkeyPatch, folder: Path, dags: Path) -> None:
    for fields, words in (({"wait": False}, "was started"), ({"start": False}, "nothing was started")):
        server = played(folder, [[]], {}, "success")
        found, _, _ = deployed(
            monkeypatch, server, folder, request({"dags": str(dags), "url": URL}, **fields)
        )
        assert found is not None and found.run is None and words in found.lines[-1]
        started = [way for method, way, _ in server.asked if method == "POST" and way.endswith("/dagRuns")]
        assert len(started) == (1 if "wait" in fields else 0)


def test_files_only_asks_nobody(monkeypatch: pytest.MonkeyPatch, folder: Path, dags: Path) -> None:
    server = Server()
    found, _, _ = deployed(monkeypatch, server, folder, request({"dags": str(dags)}, start=False))
    assert found is not None and server.asked == []
    assert (dags / "sample" / DAG_FILE).is_file()


def test_paused_starts_nothing(monkeypatch: pytest.MonkeyPatch, folder: Path, dags: Path) -> None:
    server = played(folder, [[]], {}, "success")
    settings = {"dags": str(dags), "url": URL, "pause": "yes"}
    found, _, _ = deployed(monkeypatch, server, folder, request(settings))
    assert found is not None and found.run is None
    assert ("PATCH", "/api/v2/dags/sample", {"is_paused": True}) in server.asked


@pytest.mark.parametrize(("setting", "switched"), [("yes", ["sample.on"]), ("no", [])])
def test_schedules_are_switched_on_with_the_dag(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, dags: Path, setting: str, switched: list[str]
) -> None:
    daily = ir.Recurrence(frequency="day", start="2026-01-01T00:00:00")
    schedules = tuple(
        ir.Schedule(id=name, name=name, trigger=daily, enabled=name == "on") for name in ("on", "off")
    )
    pipeline, contents = pipeline_of(step("first"), schedules=schedules)
    where = tmp_path / "build"
    artifacts = Artifacts(compiled(pipeline, contents)[0])
    output.write(where, output.Content(pipeline, "airflow", artifacts), Reporter())
    server = played(where, [[]], {}, "success")
    text = (where / "sample_schedules.py").read_text()
    for name in ("sample.on", "sample.off"):
        server.answers[f"GET /api/v2/dags/{name}"] = server.answers["GET /api/v2/dags/sample"]
        server.answers[f"GET /api/v2/dagSources/{name}"] = {"content": text}
        server.answers[f"PATCH /api/v2/dags/{name}"] = {}
    settings = {"dags": str(dags), "url": URL, "schedule": setting, "pause": "no"}
    asked = request(settings, start=False)
    found, reporter, _ = deployed(monkeypatch, server, where, asked)
    assert found is not None, list(reporter)
    patched = [way.rpartition("/")[2] for method, way, _ in server.asked if method == "PATCH"]
    assert patched == ["sample", *switched]


def test_a_parameter_without_a_value_stops_it_at_once(
    monkeypatch: pytest.MonkeyPatch, folder: Path, dags: Path
) -> None:
    wanted = (ir.Parameter(name="wanted", type="integer"),)
    asked = request({"dags": str(dags), "url": URL})
    pipeline = replace(read_output(folder).pipeline, parameters=wanted)
    (folder / output.IR_NAME).write_text(output.ir_text(pipeline))
    server = Server()
    found, reporter, _ = deployed(monkeypatch, server, folder, asked)
    assert found is None and [one.code for one in reporter] == ["PL518"]
    assert server.asked == [] and read_files(dags) == {}


def test_what_cannot_be_is_reported_before_anything_changes(
    monkeypatch: pytest.MonkeyPatch, folder: Path, dags: Path
) -> None:
    server = Server()
    server.answers["POST /auth/token"] = 401
    found, reporter, _ = deployed(monkeypatch, server, folder, request({"dags": str(dags), "url": URL}))
    assert found is None and [one.code for one in reporter] == ["PL561"]
    assert read_files(dags) == {}


def test_a_broken_dag_that_lies_there_already_is_told_at_once(
    monkeypatch: pytest.MonkeyPatch, folder: Path, dags: Path
) -> None:
    server = played(folder, [[]], {}, "success")
    asked = request({"dags": str(dags), "url": URL}, start=False)
    assert deployed(monkeypatch, server, folder, asked)[0] is not None
    server.answers["GET /api/v2/dags/sample"] = {"dag_id": "sample", "has_import_errors": True}
    server.answers["GET /api/v2/importErrors"] = {
        "import_errors": [{"filename": f"sample/{DAG_FILE}", "stack_trace": "SyntaxError: no"}]
    }
    found, reporter, _ = deployed(monkeypatch, server, folder, asked)
    assert found is None and [one.code for one in reporter] == ["PL564"]


# --- logs


def test_pod_logs_and_exceptions() -> None:
    pod = {
        "event": "[base] hello",
        "logger": "airflow.providers.cncf.kubernetes.utils.pod_manager.PodManager",
    }
    other = {"event": "Filling up the DagBag", "logger": "airflow.dag_processing.dagbag"}
    assert tasklog.printed_lines([pod, other, "text", {"event": 1}]) == ["hello"]
    held = [{"event": "x", "error_detail": [{"exc_value": "not started, since a failed"}]}]
    assert tasklog.is_held_back(held) and tasklog.exit_code(held) is None
    assert tasklog.exit_code([said("pipelift: step 'a' failed: the script ended with exit status 3")]) == 3
