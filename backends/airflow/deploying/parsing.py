"""Waits until Airflow has read a DAG file that was put in place, and says why where it cannot."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

from pipelift.backends.airflow.deploying.api import Api, Json, escaped
from pipelift.compiler.diagnostics import Refused

_BETWEEN = 1.0
_ASK_AGAIN = 15.0
_SAY_SO = 5.0

Complaint = tuple[int, str]
"""An import error of Airflow's: its number, and the moment of the attempt."""


@dataclass(frozen=True, slots=True)
class Moment:
    """When files were put in place: `since`, by the server's clock, and the import errors `known` before that."""

    since: datetime
    known: frozenset[Complaint]


@dataclass(frozen=True, slots=True)
class Expected:
    """A DAG file: `file` is its path below the DAGs folder, `source` its text.

    `placed` is None where nothing has changed: it lay there already.
    """

    dag_id: str
    file: str
    source: str
    placed: Moment | None


def wait(api: Api, expected: Expected, timeout: float, note: Callable[[str], None]) -> None:
    """Return when Airflow knows the DAG as it is now. Raises `Refused`: PL564, PL565."""
    way = f"/dags/{escaped(expected.dag_id)}"
    begin = time.monotonic()
    asked = told = False
    while True:
        dag = api.get(way)
        if dag is not None and _is_read(api, dag, expected):
            return
        _check_imports(api, expected)
        waited = time.monotonic() - begin
        if waited > timeout:
            raise Refused("PL565", f"Airflow has not read {expected.file} in {timeout:.0f} seconds")
        if dag is not None and (not asked or waited % _ASK_AGAIN < _BETWEEN):
            asked = _ask(api, dag)
        if not told and waited > _SAY_SO:
            told = True
            note(
                f"waiting until Airflow reads {expected.file}; it looks for new files only every few minutes"
            )
        time.sleep(_BETWEEN)


def complaints(api: Api) -> frozenset[Complaint]:
    """The import errors that Airflow has now."""
    return frozenset(_complaint(error) for error in api.all("/importErrors", "import_errors"))


def server_time(api: Api) -> datetime:
    """The moment by the clock of the API server, to the second, rounded down."""
    header = api.date()
    found = parsedate_to_datetime(header) if header else datetime.now(timezone.utc)
    return found.replace(microsecond=0)


def _is_read(api: Api, dag: Json, expected: Expected) -> bool:
    """Whether the DAG that Airflow has is that of the file as it is now."""
    if dag.get("is_stale") or dag.get("has_import_errors") or not dag.get("last_parsed_time"):
        return False
    if expected.placed is not None:
        took = timedelta(seconds=float(dag.get("last_parse_duration") or 0.0))
        if _moment(dag["last_parsed_time"]) - took < expected.placed.since:
            return False
    source = api.get(f"/dagSources/{escaped(expected.dag_id)}") or {}
    return str(source.get("content", "")) == expected.source


def _check_imports(api: Api, expected: Expected) -> None:
    """Raise what Airflow says of the file since it is in place (of one that lay there already: whenever)."""
    for error in api.all("/importErrors", "import_errors", order_by="-import_error_id"):
        named = str(error.get("filename", ""))
        if named != expected.file and not named.endswith(f"/{expected.file}"):
            continue
        if expected.placed is not None and _complaint(error) in expected.placed.known:
            continue
        raise Refused("PL564", _told(expected.file, str(error.get("stack_trace", ""))))


def _told(file: str, trace: str) -> str:
    """One sentence: the file, the line if the trace has one of that file, and the error."""
    name = re.escape(file.rpartition("/")[2])
    lines = re.findall(rf'File "[^"\n]*{name}", line (\d+)', trace)
    said = [line.strip() for line in trace.splitlines() if line.strip()]
    error = " ".join(said[-1:]) or "no reason given"
    return f"Airflow cannot import {file}{f', line {lines[-1]}' if lines else ''}: {error}"


def _ask(api: Api, dag: Json) -> bool:
    """Ask Airflow to read the file soon. True: it will; one that cannot be asked reads it when it does."""
    token = dag.get("file_token")
    if token:
        api.change("PUT", f"/parseDagFile/{escaped(str(token))}")
    return True


def _complaint(error: Json) -> Complaint:
    return int(error.get("import_error_id") or 0), str(error.get("timestamp"))


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
