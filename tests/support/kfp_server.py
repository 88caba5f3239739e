"""A server that speaks the part of Kubeflow Pipelines' REST API (v2beta1) that deploying uses.

No cluster is to be had in the tests. Paths and bodies are those of `kfp_server_api`, the client that the project
Kubeflow generates from its API's definition: a body with a field or a type that its models do not have is refused, as
the real server (grpc-gateway) refuses it. Beyond that the server refuses what the real one does: unknown ids, a
pipeline that is no valid spec, parameters that the pipeline does not have or lacks, cron that is none. Runs end as the
test says, task by task.
"""

from __future__ import annotations

import datetime as dt
import itertools
import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import kfp_server_api
import yaml
from google.protobuf import json_format
from kfp.pipeline_spec import pipeline_spec_pb2

PREFIX = "/apis/v2beta1"
_PLAIN = {"str": str, "bool": bool, "object": object, "float": (int, float), "int": int}
_KINDS = {"NUMBER_DOUBLE": (int, float), "NUMBER_INTEGER": (int,), "STRING": (str,), "BOOLEAN": (bool,)}


class Rejected(Exception):
    """What the server answers with: an HTTP status, and a message."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def conforming(data: Any, kind: str, where: str = "body") -> Any:
    """`data`, if it is what the client's model `kind` describes. Raises `Rejected`."""
    if kind.startswith(("list[", "dict(")):
        inner = re.match(r"(?:list\[|dict\(str, ?)(.*)[\])]$", kind)[1]  # type: ignore[index]
        items = data if isinstance(data, list) else data.values()
        for item in items:
            conforming(item, inner, where)
        return data
    if kind == "datetime":
        try:
            dt.datetime.fromisoformat(data.replace("Z", "+00:00"))
        except (AttributeError, ValueError):
            raise Rejected(400, f"{where}: invalid google.protobuf.Timestamp: {data!r}") from None
        return data
    if kind in _PLAIN:
        if not isinstance(data, _PLAIN[kind]):  # type: ignore[arg-type]
            raise Rejected(400, f"{where}: {data!r} is no {kind}")
        return data
    model = getattr(kfp_server_api, kind)
    if hasattr(model, "allowable_values"):
        if data not in model.allowable_values:
            raise Rejected(400, f"{where}: {data!r} is no {kind}")
        return data
    names = {json_name: name for name, json_name in model.attribute_map.items()}
    for name, value in data.items():
        if name not in names:
            raise Rejected(400, f'{where}: unknown field "{name}"')
        conforming(value, model.openapi_types[names[name]], f"{where}.{name}")
    return data


@dataclass
class State:
    """What the server holds. `script` are the states of a run's tasks at each look, the run's own under ``""``."""

    token: str | None = None
    multi_user: bool = False
    script: list[Mapping[str, str]] = field(default_factory=lambda: [{"": "SUCCEEDED"}])
    errors: Mapping[str, str] = field(default_factory=dict)
    pipelines: dict[str, dict[str, Any]] = field(default_factory=dict)
    versions: dict[str, dict[str, Any]] = field(default_factory=dict)
    experiments: dict[str, dict[str, Any]] = field(default_factory=dict)
    runs: dict[str, dict[str, Any]] = field(default_factory=dict)
    recurring: dict[str, dict[str, Any]] = field(default_factory=dict)
    looks: int = 0
    log: list[str] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def identity(self, kind: str) -> str:
        """A new id, in the form of the real ones."""
        return f"{kind}-0000-0000-0000-{next(self._numbers):012d}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    @property
    def state(self) -> State:
        state: State = self.server.state  # type: ignore[attr-defined]
        return state

    def do_GET(self) -> None:
        self._answer("GET")

    def do_POST(self) -> None:
        self._answer("POST")

    def do_DELETE(self) -> None:
        self._answer("DELETE")

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing on the terminal."""

    def _answer(self, method: str) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length) if length else b""
        url = urlsplit(self.path)
        self.state.log.append(f"{method} {url.path}")
        try:
            status, data = 200, self._route(method, url.path, parse_qs(url.query), body)
        except Rejected as refused:
            status, data = refused.status, {"code": 3, "message": str(refused), "details": []}
        text = b"404 page not found" if data is None else json.dumps(data).encode()
        self.send_response(404 if data is None else status)
        self.send_header("Content-Type", "text/plain" if data is None else "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def _route(self, method: str, path: str, query: dict[str, list[str]], body: bytes) -> Any:
        if self.state.token and self.headers.get("authorization") != f"Bearer {self.state.token}":
            raise Rejected(401, "Unauthenticated: request header is empty")
        for verb, pattern, handler in _ROUTES:
            found = re.fullmatch(PREFIX + pattern, path)
            if verb == method and found:
                given = {name: values[0] for name, values in query.items()}
                return handler(self.state, *found.groups(), given, self._body(body))
        return None

    def _body(self, body: bytes) -> Any:
        kind = self.headers.get("Content-Type") or ""
        if kind.startswith("multipart/form-data"):
            whole = message_from_bytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body)
            parts = whole.get_payload()
            assert isinstance(parts, list)
            (part,) = parts
            assert isinstance(part, Message)
            return part.get_payload(decode=True)
        return json.loads(body) if body else {}


def _listed(state: State, found: list[dict[str, Any]], field_name: str, query: Mapping[str, str]) -> Any:
    """One page; pages hold two entries, so that a client has to turn them."""
    if "filter" in query:
        (predicate,) = json.loads(query["filter"])["predicates"]
        assert predicate["operation"] in (1, "EQUALS")
        found = [one for one in found if one[predicate["key"]] == predicate["stringValue"]]
    start = int(query.get("page_token") or 0)
    page: dict[str, Any] = {"total_size": len(found)}
    if found[start : start + 2]:
        page[field_name] = found[start : start + 2]
    if start + 2 < len(found):
        page["next_page_token"] = str(start + 2)
    return page


def _healthz(state: State, query: Any, body: Any) -> Any:
    return {"multi_user": state.multi_user}


def _list_pipelines(state: State, query: Any, body: Any) -> Any:
    if state.multi_user and not query.get("namespace"):
        raise Rejected(400, "namespace is required")
    return _listed(state, list(state.pipelines.values()), "pipelines", query)


def _create_pipeline(state: State, query: Any, body: Any) -> Any:
    made = conforming(body, "V2beta1Pipeline")
    if not made.get("display_name"):
        raise Rejected(400, "pipeline's name cannot be empty")
    if any(one["display_name"] == made["display_name"] for one in state.pipelines.values()):
        raise Rejected(409, "Already exist error: the name of the pipeline must be unique")
    made["pipeline_id"] = state.identity("pipeline")
    state.pipelines[made["pipeline_id"]] = made
    return made


def _list_versions(state: State, pipeline: str, query: Any, body: Any) -> Any:
    found = [one for one in state.versions.values() if one["pipeline_id"] == pipeline]
    return _listed(state, found, "pipeline_versions", query)


def _upload_version(state: State, query: Any, body: Any) -> Any:
    if query["pipelineid"] not in state.pipelines:
        raise Rejected(404, "ResourceNotFoundError: Pipeline not found")
    documents = [one for one in yaml.safe_load_all(body) if one]
    _check_spec(documents[0])
    made = {
        "pipeline_version_id": state.identity("version"),
        "pipeline_id": query["pipelineid"],
        "display_name": query["name"],
        "description": query.get("description", ""),
        "pipeline_spec": documents[0],
    }
    state.versions[made["pipeline_version_id"]] = made
    return made


def _check_spec(spec: Any) -> None:
    try:
        json_format.ParseDict(spec, pipeline_spec_pb2.PipelineSpec())
    except json_format.ParseError as error:
        raise Rejected(
            400, f"Failed to create a pipeline version: invalid v2 pipeline spec: {error}"
        ) from None


def _list_experiments(state: State, query: Any, body: Any) -> Any:
    return _listed(state, list(state.experiments.values()), "experiments", query)


def _create_experiment(state: State, query: Any, body: Any) -> Any:
    made = conforming(body, "V2beta1Experiment")
    made["experiment_id"] = state.identity("experiment")
    state.experiments[made["experiment_id"]] = made
    return made


def _check_parameters(state: State, body: Mapping[str, Any]) -> None:
    """As the server validates a run's inputs against the root component's."""
    reference = body.get("pipeline_version_reference")
    if reference is not None:
        version = state.versions.get(reference["pipeline_version_id"])
        if version is None or version["pipeline_id"] != reference["pipeline_id"]:
            raise Rejected(404, "ResourceNotFoundError: PipelineVersion not found")
        spec = version["pipeline_spec"]
    else:
        spec = body["pipeline_spec"]
        spec = spec.get("pipeline_spec", spec)
        _check_spec(spec)
    inputs = spec["root"].get("inputDefinitions", {}).get("parameters", {})
    given = body.get("runtime_config", {}).get("parameters", {})
    for name, value in given.items():
        if name not in inputs:
            raise Rejected(400, f"parameter {name} is not found in the pipeline's inputs")
        kinds = _KINDS[inputs[name]["parameterType"]]
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            raise Rejected(400, f"input parameter {name} requires type {inputs[name]['parameterType']}")
    for name, known in inputs.items():
        if name not in given and "defaultValue" not in known and not known.get("isOptional"):
            raise Rejected(400, f"parameter {name} is not optional, yet has neither a default nor a value")


def _create_run(state: State, query: Any, body: Any) -> Any:
    made = conforming(body, "V2beta1Run")
    if made.get("experiment_id") not in state.experiments:
        raise Rejected(404, "ResourceNotFoundError: Experiment not found")
    _check_parameters(state, made)
    made["run_id"] = state.identity("run")
    state.runs[made["run_id"]] = made
    return {**made, "state": "PENDING"}


def _get_run(state: State, run: str, query: Any, body: Any) -> Any:
    found = state.runs[run]
    now = state.script[min(state.looks, len(state.script) - 1)]
    state.looks += 1
    if found.get("terminated"):
        now = {name: "CANCELED" if one in ("RUNNING", "PENDING") else one for name, one in now.items()}
    begin = dt.datetime(2024, 1, 1, tzinfo=dt.timezone.utc)
    details = [
        {
            "run_id": run,
            "task_id": name,
            "display_name": name,
            "state": one,
            "start_time": begin.isoformat(),
            "end_time": (begin + dt.timedelta(seconds=3)).isoformat(),
            **({"error": {"code": 2, "message": state.errors[name]}} if name in state.errors else {}),
        }
        for name, one in now.items()
        if name
    ]
    answer = {key: value for key, value in found.items() if key != "terminated"}
    answer = {**answer, "state": now.get("", "RUNNING"), "run_details": {"task_details": details}}
    return conforming(answer, "V2beta1Run")


def _terminate(state: State, run: str, query: Any, body: Any) -> Any:
    state.runs[run]["terminated"] = True
    return {}


def _list_recurring(state: State, query: Any, body: Any) -> Any:
    return _listed(state, list(state.recurring.values()), "recurringRuns", query)


def _create_recurring(state: State, query: Any, body: Any) -> Any:
    made = conforming(body, "V2beta1RecurringRun")
    if not 1 <= int(made.get("max_concurrency", 0)) <= 10:
        raise Rejected(400, "The max concurrency of the recurring run must be between 1 and 10")
    if made.get("experiment_id") not in state.experiments:
        raise Rejected(404, "ResourceNotFoundError: Experiment not found")
    _check_parameters(state, made)
    _check_trigger(made.get("trigger", {}))
    made["recurring_run_id"] = state.identity("recurring")
    state.recurring[made["recurring_run_id"]] = made
    return made


def _check_trigger(trigger: Mapping[str, Any]) -> None:
    """The server parses cron of six fields (robfig/cron), and wants a positive interval."""
    if len(trigger) != 1:
        raise Rejected(400, "a recurring run has either a cron or a periodic schedule")
    if "cron_schedule" in trigger:
        fields = trigger["cron_schedule"]["cron"].split(" ")
        whole = r"(\*|\?|\d+(-\d+)?(,\d+(-\d+)?)*)(/\d+)?"
        if len(fields) != 6 or not all(re.fullmatch(whole, one) for one in fields):
            raise Rejected(400, f"Schedule cron is not a valid cron expression: {' '.join(fields)}")
    elif int(trigger["periodic_schedule"]["interval_second"]) < 1:
        raise Rejected(400, "Found invalid period schedule interval. Set at interval to least 1 second")


def _delete_recurring(state: State, identity: str, query: Any, body: Any) -> Any:
    del state.recurring[identity]
    return {}


_ROUTES: tuple[tuple[str, str, Callable[..., Any]], ...] = (
    ("GET", "/healthz", _healthz),
    ("GET", "/pipelines", _list_pipelines),
    ("POST", "/pipelines", _create_pipeline),
    ("GET", "/pipelines/([^/]+)/versions", _list_versions),
    ("POST", "/pipelines/upload_version", _upload_version),
    ("GET", "/experiments", _list_experiments),
    ("POST", "/experiments", _create_experiment),
    ("POST", "/runs", _create_run),
    ("GET", "/runs/([^/:]+)", _get_run),
    ("POST", "/runs/([^/:]+):terminate", _terminate),
    ("GET", "/recurringruns", _list_recurring),
    ("POST", "/recurringruns", _create_recurring),
    ("DELETE", "/recurringruns/([^/]+)", _delete_recurring),
)


@contextmanager
def serving(state: State) -> Iterator[str]:
    """The address of a server with `state`, while the ``with`` lasts."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.state = state  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
