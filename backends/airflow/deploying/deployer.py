"""`pipelift deploy` for Airflow 3: the DAG goes to a DAGs folder or repository, and a run of it is followed.

The order is that of the risks: first everything is asked that can be without changing anything, then images are built,
then files are put in place, and only when Airflow has read them a run is started.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime, timezone

from pipelift.app.deploying import Deployed
from pipelift.app.interrupts import interruptible
from pipelift.app.request import RunRequest, check_values, refuse_secrets
from pipelift.app.running import Event, RunSummary, StepSummary, Tell
from pipelift.backends.airflow import names
from pipelift.backends.airflow.deploying.api import Api, quote_part
from pipelift.backends.airflow.deploying.following import Following
from pipelift.backends.airflow.deploying.options import Options, resolve_options
from pipelift.backends.airflow.deploying.parsing import (
    Baseline,
    ExpectedFile,
    list_import_errors,
    read_server_time,
    wait,
)
from pipelift.backends.airflow.deploying.placing import Placement, place_files, read_worker_files
from pipelift.backends.airflow.deploying.repository import push
from pipelift.backends.airflow.schedules import starter_ids
from pipelift.backends.containers.build import build
from pipelift.backends.printing.python import python_literal
from pipelift.compiler.diagnostics import Refused, Reporter
from pipelift.compiler.output.folder import Output


def deploy(output: Output, request: RunRequest, reporter: Reporter, tell: Tell) -> Deployed:
    """Put the files in place, wait until Airflow has read them, start a run and follow it. Raises `Refused`.

    It needs httpx only where the API server is asked.
    """
    if "namespace" in request.settings:
        message = (
            "namespace is for `pipelift doctor`: pods run where [airflow] namespace of pipelift.toml says"
        )
        raise Refused("PL554", message)
    try:
        options = resolve_options(output.directory, request, names.key(output.pipeline.id))
        reporter.secrets.update(value for value in (options.password, options.token) if value)
        with interruptible():
            return _Deployment(output, request, options, tell).go()
    except KeyboardInterrupt:
        skipped = tuple(StepSummary(step.name, "skipped") for step in output.pipeline.steps)
        return Deployed(RunSummary("none", output.pipeline.name, "cancelled", skipped))


class _Deployment:
    """One call: what it was asked, and what it knows."""

    def __init__(self, output: Output, request: RunRequest, options: Options, tell: Tell) -> None:
        self._output = output
        self._pipeline = output.pipeline
        self._request = request
        self._options = options
        self._tell = tell
        self._dag_id = names.key(output.pipeline.id)
        self._dag_file = names.dag_file(self._dag_id)

    def go(self) -> Deployed:
        """Do it all. Raises `Refused`."""
        if self._starts:  # Airflow would refuse the run, but only after everything else has been done
            check_values(self._pipeline, self._request.parameters)
            refuse_secrets(self._pipeline, self._request.parameters)
        if not self._options.asks:
            self._build()
            placement = self._place(self._read_files())
            return Deployed(lines=(self._describe_placement(placement),))
        api = Api(self._options)
        try:
            return self._deploy(api)
        finally:
            api.close()

    @property
    def _starts(self) -> bool:
        return self._request.start and not self._options.pause

    def _deploy(self, api: Api) -> Deployed:
        api.check_health()
        self._build()
        files = self._read_files()
        errors = list_import_errors(api)
        placement = self._place(files)
        expected = self._list_expected_files(
            files, Baseline(read_server_time(api), errors) if placement.changed else None
        )
        for file in expected:
            wait(api, file, self._options.timeout, self._note)
        path = f"/dags/{quote_part(self._dag_id)}"
        if self._starts or self._options.pause is not None:
            api.change("PATCH", path, {"is_paused": bool(self._options.pause)})
            if self._options.schedule:
                self._switch_schedules(api, expected[1:])
        lines = (self._describe_placement(placement),)
        if not self._starts:
            state = (
                "is paused; nothing was started" if self._options.pause else "was read; nothing was started"
            )
            return Deployed(lines=(*lines, f"DAG '{self._dag_id}' {state}: {self._options.url}{path}"))
        run_id = _run_id()
        page = f"{self._options.url}{path}/runs/{quote_part(run_id)}"
        run = self._start_run(api, run_id, f"{path}/dagRuns")
        if not self._request.wait:
            return Deployed(lines=(*lines, f"run {run_id} was started: {page}"))
        self._note(f"run {run_id} of DAG '{self._dag_id}'")
        summary = run.follow()
        return Deployed(summary, (*lines, page, *run.describe_failures()))

    def _start_run(self, api: Api, run_id: str, path: str) -> Following:
        """Start the run."""
        steps = self._pipeline.steps
        identities = names.identities([step.id for step in steps])
        tasks = {identities[step.id].task_id: step for step in steps}
        run = Following(api, self._dag_id, run_id, tasks, self._pipeline.name, self._tell)
        body = {"dag_run_id": run_id, "logical_date": None, "conf": self._build_configuration()}
        try:
            api.change("POST", path, body)
        except KeyboardInterrupt:
            run.cancel()
            raise
        return run

    def _build_configuration(self) -> dict[str, object]:
        """The run's configuration: parameters by name, and what the DAG file knows of earlier results."""
        reuse: dict[str, object] = {} if self._request.reuse else {"pipelift_no_reuse": True}
        if self._request.refresh:
            reuse["pipelift_refresh"] = sorted(self._request.refresh)
        return {**self._request.parameters, **reuse}

    def _build(self) -> None:
        """Build what is missing, where the engine of this machine is what the DAG asks for containers."""
        if not self._options.build or "DockerOperator" not in self._read_dag_file():
            return
        docker: list[str] = []
        try:
            build(
                self._output.directory,
                lambda line: self._note(line) if line.startswith("[") else docker.append(line),
            )
        except Refused as refused:
            for line in docker:
                self._note(line)
            raise Refused(refused.code, refused.message, _BUILD_HELP) from refused

    def _switch_schedules(self, api: Api, expected: tuple[ExpectedFile, ...]) -> None:
        """Pause or start the schedules; one that the source has switched off stays as it is in Airflow."""
        enabled = {schedule.id for schedule in self._pipeline.schedules if schedule.enabled}
        ids = starter_ids(self._pipeline, self._dag_id)
        dag_ids = {ids[name] for name in ids if name in enabled or self._options.pause}
        for dag_id in (file.dag_id for file in expected if file.dag_id in dag_ids):
            api.change("PATCH", f"/dags/{quote_part(dag_id)}", {"is_paused": bool(self._options.pause)})

    def _read_files(self) -> dict[str, bytes]:
        """The files that workers need, by path."""
        return read_worker_files(self._output, self._options.base, self._dag_file)

    def _place(self, files: Mapping[str, bytes]) -> Placement:
        options = self._options
        if options.git is not None:
            return push(files, options.git, options.branch, options.folder, self._request.environ)
        assert options.dags is not None
        return place_files(files, options.dags, options.folder)

    def _list_expected_files(
        self, files: Mapping[str, bytes], changed: Baseline | None
    ) -> tuple[ExpectedFile, ...]:
        """The pipeline's own DAG first, then those of its schedules."""
        folder = self._options.folder
        dag = ExpectedFile(
            self._dag_id, f"{folder}/{self._dag_file}", files[self._dag_file].decode(), changed
        )
        schedules = names.schedules_file(self._dag_id)
        text = files.get(schedules, b"").decode()
        starters = (
            ExpectedFile(dag_id, f"{folder}/{schedules}", text, changed)
            for dag_id in starter_ids(self._pipeline, self._dag_id).values()
            if f"dag_id={python_literal(dag_id)}," in text
        )
        return (dag, *starters)

    def _read_dag_file(self) -> str:
        try:
            return (self._output.directory / self._dag_file).read_text(encoding="utf-8")
        except OSError:
            return ""

    def _describe_placement(self, placement: Placement) -> str:
        folder = f"{placement.folder} of {self._options.git}" if self._options.git else str(placement.folder)
        if not placement.changed and not placement.removed:
            return f"{folder}: nothing has changed"
        removed = f", {len(placement.removed)} removed" if placement.removed else ""
        return f"{folder}: {len(placement.changed)} files written{removed}"

    def _note(self, text: str) -> None:
        self._tell(Event("note", text=text))


def _run_id() -> str:
    """A run's id that no other has: the moment, for people, and something random."""
    return f"pipelift-{datetime.now(timezone.utc):%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"


_BUILD_HELP = "Build them elsewhere and deploy with --set build=no, or correct what the lines above name."
