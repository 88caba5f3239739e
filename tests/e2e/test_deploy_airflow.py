"""`pipelift deploy` on a real Airflow: the scheduler runs it, we follow it over REST."""

from __future__ import annotations

import re
import signal
import subprocess
import time
import urllib.error
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e import airflow_server, engines, projects
from tests.e2e.airflow_server import Server

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with airflow_server.running(tmp_path_factory.mktemp("airflow-server")) as found:
        yield found


@dataclass(frozen=True)
class Project:
    """A compiled project and the server that it is deployed to."""

    folder: Path
    output: Path
    server: Server

    def command(self, *options: str) -> list[str]:
        settings = ["--set", f"dags={self.server.dags}", "--set", f"url={self.server.url}"]
        return [engines.PIPELIFT, "deploy", str(self.output), *settings, *options]

    def deploy(self, *options: str) -> subprocess.CompletedProcess[str]:
        return engines._call(self.command(*options), self.folder, self.server.variables)

    def outcome(self, done: subprocess.CompletedProcess[str]) -> engines.Outcome:
        return engines._from_state(self.folder, done)


def project(name: str, folder: Path, server: Server) -> Project:
    copied = projects.copy(name, folder)
    return Project(copied, engines._compile(copied, "airflow"), server)


@pytest.fixture(scope="module")
def iris(tmp_path_factory: pytest.TempPathFactory, server: Server) -> Project:
    return project("iris", tmp_path_factory.mktemp("deploy"), server)


@pytest.fixture
def failing(tmp_path: Path, server: Server) -> Project:
    return project(projects.FAILING, tmp_path, server)


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> dict[float, engines.Outcome]:
    """What the local runner gives, by the regularization of the example."""
    found = {}
    for value in (1.0, 20.0):
        folder = projects.copy("iris", tmp_path_factory.mktemp("local"))
        found[value] = engines.run_local(folder, {"regularization": value})
    return found


def test_deploys_runs_and_gives_what_the_local_run_gives(
    iris: Project, local: dict[float, engines.Outcome]
) -> None:
    done = iris.deploy()
    assert done.returncode == 0, done.stdout
    assert "iris_train.py completed" in done.stdout
    assert "[iris_train.py] 150 irises" in done.stdout
    outcome = iris.outcome(done)
    assert outcome.outputs == local[1.0].outputs
    assert outcome.metrics == local[1.0].metrics


def test_second_deploy_changes_no_file_and_reuses(iris: Project) -> None:
    assert iris.deploy().returncode == 0
    before = placed(iris.server.dags)
    again = iris.deploy()
    assert again.returncode == 0, again.stdout
    assert "nothing has changed" in again.stdout
    assert re.search(r"iris_train\.py reused", again.stdout), again.stdout
    assert placed(iris.server.dags) == before


def test_plain_rest_call_starts_a_run_with_another_parameter(
    iris: Project, local: dict[float, engines.Outcome]
) -> None:
    assert iris.deploy("--no-start", "--set", "pause=no").returncode == 0
    before = iris.outcome(subprocess.CompletedProcess([], 0, "")).outputs
    run = iris.server.ask(
        "POST", "/dags/iris-exp/dagRuns", {"logical_date": None, "conf": {"regularization": 20.0}}
    )
    state = ended(iris.server, "iris-exp", str(run["dag_run_id"]))
    assert state == "success"
    folder = f"iris-exp-{str(run['dag_run_id']).replace(':', '-').replace('+', '_')}"
    (model,) = (iris.folder / "store" / "azureml").glob(f"{folder}_iris-train/model")
    assert engines._tree(model) == local[20.0].outputs["iris-train", "model"]
    assert engines._tree(model) != before["iris-train", "model"]


def test_wrong_parameter_is_refused_by_airflow(iris: Project) -> None:
    assert iris.deploy("--no-start").returncode == 0
    with pytest.raises(urllib.error.HTTPError) as caught:
        iris.server.ask(
            "POST", "/dags/iris-exp/dagRuns", {"logical_date": None, "conf": {"regularization": "much"}}
        )
    assert caught.value.code == 400


def test_failed_step_ends_with_its_own_code_and_log(failing: Project) -> None:
    done = failing.deploy()
    assert done.returncode == 3, done.stdout
    assert "the script ended with exit status 7" in done.stdout
    assert "[second] read: written" in done.stdout
    assert re.search(r"third\s+skipped", done.stdout)
    assert set(failing.outcome(done).outputs) == {("first", "first_words")}


def test_interrupt_ends_the_run_and_its_containers(failing: Project) -> None:
    script = failing.folder / "src" / "fail.py"
    script.write_text("import time\nprint('waiting', flush=True)\ntime.sleep(600)\n", encoding="utf-8")
    engines._compile(failing.folder, "airflow")
    process = subprocess.Popen(
        failing.command(),
        cwd=failing.folder,
        env=failing.server.variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if "[second] waiting" in line:
            process.send_signal(signal.SIGINT)
            break
    lines += process.stdout.readlines()
    text = "".join(lines)
    assert process.wait(60) == 130, text
    named = re.search(r"run (pipelift-\S+) of DAG", text)
    assert named, text
    run_id = named[1]
    assert failing.server.ask("GET", f"/dags/failing/dagRuns/{run_id}")["state"] == "failed"
    assert containers("failing/second") == []


def test_import_error_is_reported_with_its_line(failing: Project) -> None:
    (dag,) = failing.output.glob("*_dag.py")
    text = dag.read_text(encoding="utf-8")
    dag.write_text(text.replace("\nimport os\n", "\nimport os\nimport no_such_module\n"), encoding="utf-8")
    done = failing.deploy()
    assert done.returncode == 1, done.stdout
    line = dag.read_text(encoding="utf-8").splitlines().index("import no_such_module") + 1
    assert "PL564" in done.stdout
    assert f"failing/failing_dag.py, line {line}: ModuleNotFoundError" in done.stdout
    dag.write_text(text, encoding="utf-8")
    assert failing.deploy("--no-start").returncode == 0


def test_a_schedule_starts_the_pipeline_with_its_own_values(tmp_path: Path, server: Server) -> None:
    """Without a start it begins when Airflow first sees it."""
    scheduled = project(projects.SCHEDULED, tmp_path, server)
    done = scheduled.deploy("--no-start", "--set", "pause=no")
    assert done.returncode == 0, done.stdout
    run_id = first_run(server, "saying")
    assert ended(server, "saying", run_id) == "success"
    outputs = scheduled.outcome(done).outputs
    assert outputs["say", "said"] == {"word.txt": b"{{ by }} the 'clock'"}


def first_run(server: Server, dag_id: str) -> str:
    """The id of the first run, once there is one."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        runs = server.ask("GET", f"/dags/{dag_id}/dagRuns")["dag_runs"]
        if isinstance(runs, list) and runs:
            return str(runs[0]["dag_run_id"])
        time.sleep(1)
    raise AssertionError(f"nothing starts {dag_id}")


def placed(dags: Path) -> dict[str, int]:
    """The files in the DAGs folder, and when each was written."""
    return {
        path.relative_to(dags).as_posix(): path.stat().st_mtime_ns
        for path in dags.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def ended(server: Server, dag_id: str, run_id: str) -> object:
    """The state in which a run ends."""
    end = time.monotonic() + 120
    while time.monotonic() < end:
        state = server.ask("GET", f"/dags/{dag_id}/dagRuns/{run_id}")["state"]
        if state in ("success", "failed"):
            return state
        time.sleep(1)
    raise AssertionError(f"run {run_id} does not end")


def containers(image: str) -> list[str]:
    """The running containers of an image, whatever its tag."""
    done = subprocess.run(
        ["docker", "ps", "--format", "{{.Image}}"], capture_output=True, text=True, check=True
    )
    return [line for line in done.stdout.split() if line.startswith(f"{image}:")]
