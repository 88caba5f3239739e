"""Waits until Airflow has read a DAG file that was put in place, and says why where it cannot."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

from pipelift.backends.airflow.deploying.api import Api, Json, quote_part
from pipelift.compiler.diagnostics import Refused

_POLL_SECONDS = 1.0
_REQUEST_SECONDS = 15.0
_NOTE_SECONDS = 5.0

ImportFailure = tuple[int, str]
"""An import error of Airflow's: its number, and the moment of the attempt."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """When files were put in place: `since`, by the server's clock, and the import errors `errors` before that."""

    since: datetime
    errors: frozenset[ImportFailure]


@dataclass(frozen=True, slots=True)
class ExpectedFile:
    """A DAG file: `file` is its path below the DAGs folder, `source` its text.

    `baseline` is None where nothing has changed: it lay there already.
    """

    dag_id: str
    file: str
    source: str
    baseline: Baseline | None


def wait(api: Api, expected: ExpectedFile, timeout: float, note: Callable[[str], None]) -> None:
    """Return when Airflow knows the DAG as it is now. Raises `Refused`: PL564, PL565."""
    path = f"/dags/{quote_part(expected.dag_id)}"
    begin = time.monotonic()
    is_requested = is_announced = False
    while True:
        dag = api.get(path)
        if dag is not None and _is_read(api, dag, expected):
            return
        _check_imports(api, expected)
        waited = time.monotonic() - begin
        if waited > timeout:
            raise Refused("PL565", f"Airflow has not read {expected.file} in {timeout:.0f} seconds")
        if dag is not None and (not is_requested or waited % _REQUEST_SECONDS < _POLL_SECONDS):
            is_requested = _request_parsing(api, dag)
        if not is_announced and waited > _NOTE_SECONDS:
            is_announced = True
            note(
                f"waiting until Airflow reads {expected.file}; it looks for new files only every few minutes"
            )
        time.sleep(_POLL_SECONDS)


def list_import_errors(api: Api) -> frozenset[ImportFailure]:
    """The import errors that Airflow has now."""
    return frozenset(_identify_error(error) for error in api.all("/importErrors", "import_errors"))


def read_server_time(api: Api) -> datetime:
    """The moment by the clock of the API server, to the second, rounded down."""
    header = api.read_date()
    moment = parsedate_to_datetime(header) if header else datetime.now(timezone.utc)
    return moment.replace(microsecond=0)


def _is_read(api: Api, dag: Json, expected: ExpectedFile) -> bool:
    """Whether the DAG that Airflow has is that of the file as it is now."""
    if dag.get("is_stale") or dag.get("has_import_errors") or not dag.get("last_parsed_time"):
        return False
    if expected.baseline is not None:
        took = timedelta(seconds=float(dag.get("last_parse_duration") or 0.0))
        if _moment(dag["last_parsed_time"]) - took < expected.baseline.since:
            return False
    source = api.get(f"/dagSources/{quote_part(expected.dag_id)}") or {}
    return str(source.get("content", "")) == expected.source


def _check_imports(api: Api, expected: ExpectedFile) -> None:
    """Raise what Airflow says of the file since it is in place (of one that lay there already: whenever)."""
    for error in api.all("/importErrors", "import_errors", order_by="-import_error_id"):
        filename = str(error.get("filename", ""))
        if filename != expected.file and not filename.endswith(f"/{expected.file}"):
            continue
        if expected.baseline is not None and _identify_error(error) in expected.baseline.errors:
            continue
        raise Refused("PL564", _describe_error(expected.file, str(error.get("stack_trace", ""))))


def _describe_error(file: str, trace: str) -> str:
    """One sentence: the file, the line if the trace has one of that file, and the error."""
    name = re.escape(file.rpartition("/")[2])
    lines = re.findall(rf'File "[^"\n]*{name}", line (\d+)', trace)
    messages = [line.strip() for line in trace.splitlines() if line.strip()]
    error = " ".join(messages[-1:]) or "no reason given"
    return f"Airflow cannot import {file}{f', line {lines[-1]}' if lines else ''}: {error}"


def _request_parsing(api: Api, dag: Json) -> bool:
    """Ask Airflow to read the file soon. True: it will; one that cannot be asked reads it when it does."""
    token = dag.get("file_token")
    if token:
        api.change("PUT", f"/parseDagFile/{quote_part(str(token))}")
    return True


def _identify_error(error: Json) -> ImportFailure:
    return int(error.get("import_error_id") or 0), str(error.get("timestamp"))


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
