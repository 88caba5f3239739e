"""Pipelines compiled for Airflow, and the server of Airflow's REST API, played."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

from pipelift.app.request import RunRequest
from pipelift.backends.airflow.deploying.api import Api
from pipelift.backends.airflow.deploying.options import Options
from pipelift.compiler import ir
from pipelift.compiler.diagnostics import Reporter
from tests.support.compiling import BASE, compile_for
from tests.support.samples import Contents, configured

PODS = """
import json, sys, types
from airflow.dag_processing.dagbag import DagBag
from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
KubernetesPodOperator.hook = types.SimpleNamespace(is_in_cluster=False)  # no cluster is asked
from kubernetes.client import ApiClient
(dag,) = DagBag(sys.argv[1]).dags.values()
pods = {task.task_id: task.build_pod_request_obj() for task in dag.tasks}
print(json.dumps({name: ApiClient().sanitize_for_serialization(pod) for name, pod in pods.items()}))
"""
PASSWORD = "canary-password-7f3a"
URL = "http://airflow.example:8080"
DAG_FILE = "sample_dag.py"
HOSTILE = 'a "b" \'c\' {{ d }} {% e %} {# f #}\n\\ """ é \U0001f600\u202e'


def compiled(
    pipeline: ir.Pipeline,
    contents: Contents,
    config: Mapping[str, object] | None = None,
    base: Path = BASE,
) -> tuple[Mapping[str, bytes], Reporter]:
    """The files for Airflow, and what is reported; `config` is what `pipelift.toml` says."""
    made = compile_for(
        "airflow", pipeline, contents, configured(config or {}, base), base, base / "build/airflow"
    )
    return made.files, made.reporter


def dag_text(files: Mapping[str, bytes]) -> str:
    """The file of the DAG, as text."""
    (name,) = (path for path in files if path.endswith("_dag.py"))
    return files[name].decode()


def operator(name: str) -> dict[str, object]:
    """A configuration that chooses the operator."""
    return {"airflow": {"operator": name, "namespace": "ml"}}


def request(settings: Mapping[str, str], **fields: Any) -> RunRequest:
    """A request with the password in the environment, where it belongs."""
    environ = {"PIPELIFT_AIRFLOW_PASSWORD": PASSWORD, "PATH": "/usr/bin:/bin"}
    return RunRequest(settings=settings, environ=environ, **fields)


class Server:
    """Plays Airflow's API server: answers by method and way; a list is answered one after the other."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, Any]] = []
        self.answers: dict[str, Any] = {
            "GET /api/v2/version": {"version": "3.3.2"},
            "POST /auth/token": {"access_token": "jwt"},
            "GET /api/v2/monitor/health": {
                name: {"status": "healthy"} for name in ("metadatabase", "scheduler")
            },
            "GET /api/v2/importErrors": {"import_errors": []},
            "PUT /api/v2/parseDagFile/token": {},
            "PATCH /api/v2/dags/sample": {},
            "POST /api/v2/dags/sample/dagRuns": {},
        }

    def __call__(self, asked: httpx.Request) -> httpx.Response:
        key = f"{asked.method} {asked.url.path}"
        self.asked.append(
            (asked.method, asked.url.path, json.loads(asked.content) if asked.content else None)
        )
        found = self.answers.get(key, 404)
        if callable(found):
            found = found(asked)
        if isinstance(found, list):
            found = found.pop(0) if len(found) > 1 else found[0]
        if isinstance(found, httpx.Response):
            return found
        return (
            httpx.Response(found, json={"detail": "no"})
            if isinstance(found, int)
            else httpx.Response(200, json=found)
        )

    def api(self, **fields: Any) -> Api:
        """A client that asks this server."""
        given = {"password": PASSWORD, **fields}
        return Api(Options("sample", "/base", url=URL, **given), httpx.MockTransport(self))
