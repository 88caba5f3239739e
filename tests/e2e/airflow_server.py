"""A whole Airflow on this machine: API server, scheduler, DAG processor and triggerer, with SQLite or PostgreSQL."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

AIRFLOW = str(Path(sys.executable).with_name("airflow"))
DATABASE = "PIPELIFT_TEST_AIRFLOW_DATABASE"
"""A SQLAlchemy URL for the metadata (``postgresql+psycopg://…``); SQLite without it."""

STARTING = 240.0
STOPPING = 30.0


@dataclass(frozen=True)
class Server:
    """Where it is: `url` of the API server, `dags` its folder, `password` of the user admin."""

    url: str
    dags: Path
    password: str

    @property
    def variables(self) -> dict[str, str]:
        """The environment of a shell that deploys to it."""
        return {**os.environ, "PIPELIFT_AIRFLOW_PASSWORD": self.password}

    def ask(self, method: str, way: str, body: Mapping[str, object] | None = None) -> dict[str, object]:
        """A plain REST call, as `curl` would make it."""
        return _call(method, f"{self.url}/api/v2{way}", body, self._token())

    def _token(self) -> str:
        body = {"username": "admin", "password": self.password}
        return str(_call("POST", f"{self.url}/auth/token", body)["access_token"])


@contextmanager
def running(home: Path) -> Iterator[Server]:
    """Start it in `home`, wait until all its parts are healthy, stop it."""
    dags = home / "dags"
    dags.mkdir()
    port = _free_port()
    url = f"http://localhost:{port}"
    log = home / "standalone.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [AIRFLOW, "standalone"],
            cwd=home,
            env=_variables(home, dags, port),
            stdout=stream,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait_until_healthy(url, process, log)
        secrets = json.loads((home / "simple_auth_manager_passwords.json.generated").read_text())
        yield Server(url, dags, secrets["admin"])
    finally:
        _stop(process)


def _variables(home: Path, dags: Path, port: int) -> dict[str, str]:
    url = f"http://localhost:{port}"
    own = {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": "2",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": url,
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES": "1",
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "2",
        "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(_free_port()),
        "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(_free_port()),
        "PIPELIFT_GPU": "0",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
    }
    if DATABASE in os.environ:
        own["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] = os.environ[DATABASE]
        own["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC"] = os.environ[DATABASE]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
    return {**inherited, **own}


def _wait_until_healthy(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + STARTING
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        health: dict[str, Any] = {}
        with suppress(urllib.error.URLError, OSError):
            health = _call("GET", f"{url}/api/v2/monitor/health")
        if health and all(part["status"] == "healthy" for part in health.values()):
            return
        time.sleep(0.5)
    raise AssertionError(f"Airflow did not start:\n{log.read_text(errors='replace')[-5000:]}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End it and everything that it started, which is in a session of its own."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            break
        try:
            process.wait(STOPPING)
        except subprocess.TimeoutExpired:
            continue
        time.sleep(1.0)
    process.wait(STOPPING)


def _call(
    method: str, url: str, body: Mapping[str, object] | None = None, token: str | None = None
) -> dict[str, object]:
    headers = {"Content-Type": "application/json"}
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, headers, method=method)
    with urllib.request.urlopen(request, timeout=30) as response:
        found: dict[str, Any] = json.loads(response.read())
    return found


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("localhost", 0))
        return int(listening.getsockname()[1])
