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
from pipelift.app.request import RunRequest, check_values
from pipelift.app.running import Event, RunSummary, StepSummary, Tell
from pipelift.backends.airflow import names
from pipelift.backends.airflow.deploying.api import Api, escaped
from pipelift.backends.airflow.deploying.following import Following
from pipelift.backends.airflow.deploying.options import Options, options
from pipelift.backends.airflow.deploying.parsing import Expected, Moment, complaints, server_time, wait
from pipelift.backends.airflow.deploying.placing import Placed, put, travelling
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
        asks = "namespace is for `pipelift doctor`: pods run where [airflow] namespace of pipelift.toml says"
        raise Refused("PL554", asks)
    try:
        chosen = options(output.directory, request, names.key(output.pipeline.id))
        reporter.secrets.update(value for value in (chosen.password, chosen.token) if value)
        with interruptible():
            return _Deployment(output, request, chosen, tell).go()
    except KeyboardInterrupt:
        skipped = tuple(StepSummary(step.name, "skipped") for step in output.pipeline.steps)
        return Deployed(RunSummary("none", output.pipeline.name, "cancelled", skipped))


class _Deployment:
    """One call: what it was asked, and what it knows."""

    def __init__(self, output: Output, request: RunRequest, chosen: Options, tell: Tell) -> None:
        self._output = output
        self._pipeline = output.pipeline
        self._request = request
        self._options = chosen
        self._tell = tell
        self._dag_id = names.key(output.pipeline.id)
        self._dag_file = names.dag_file(self._dag_id)

    def go(self) -> Deployed:
        """Do it all. Raises `Refused`."""
        if self._starts:  # Airflow would refuse the run, but only after everything else has been done
            check_values(self._pipeline, self._request.parameters)
        if not self._options.asks:
            self._build()
            placed = self._place(self._files())
            return Deployed(lines=(self._told(placed),))
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
        files = self._files()
        known = complaints(api)
        placed = self._place(files)
        expected = self._expected(files, Moment(server_time(api), known) if placed.changed else None)
        for one in expected:
            wait(api, one, self._options.timeout, self._note)
        way = f"/dags/{escaped(self._dag_id)}"
        if self._starts or self._options.pause is not None:
            api.change("PATCH", way, {"is_paused": bool(self._options.pause)})
            if self._options.schedule:
                self._switch_schedules(api, expected[1:])
        lines = (self._told(placed),)
        if not self._starts:
            state = (
                "is paused; nothing was started" if self._options.pause else "was read; nothing was started"
            )
            return Deployed(lines=(*lines, f"DAG '{self._dag_id}' {state}: {self._options.url}{way}"))
        run_id = _run_id()
        page = f"{self._options.url}{way}/runs/{escaped(run_id)}"
        run = self._started(api, run_id, f"{way}/dagRuns")
        if not self._request.wait:
            return Deployed(lines=(*lines, f"run {run_id} was started: {page}"))
        self._note(f"run {run_id} of DAG '{self._dag_id}'")
        summary = run.follow()
        return Deployed(summary, (*lines, page, *run.last_words()))

    def _started(self, api: Api, run_id: str, way: str) -> Following:
        """Start the run."""
        steps = self._pipeline.steps
        identities = names.identities([step.id for step in steps])
        tasks = {identities[step.id].task_id: step for step in steps}
        run = Following(api, self._dag_id, run_id, tasks, self._pipeline.name, self._tell)
        body = {"dag_run_id": run_id, "logical_date": None, "conf": self._configuration()}
        try:
            api.change("POST", way, body)
        except KeyboardInterrupt:
            run.cancel()
            raise
        return run

    def _configuration(self) -> dict[str, object]:
        """The run's configuration: parameters by name, and what the DAG file knows of earlier results."""
        anew: dict[str, object] = {} if self._request.reuse else {"pipelift_no_reuse": True}
        if self._request.refresh:
            anew["pipelift_refresh"] = sorted(self._request.refresh)
        return {**self._request.parameters, **anew}

    def _build(self) -> None:
        """Build what is missing, where the engine of this machine is what the DAG asks for containers."""
        if not self._options.build or "DockerOperator" not in self._text():
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

    def _switch_schedules(self, api: Api, expected: tuple[Expected, ...]) -> None:
        """Pause or start the schedules; one that the source has switched off stays as it is in Airflow."""
        enabled = {schedule.id for schedule in self._pipeline.schedules if schedule.enabled}
        ids = starter_ids(self._pipeline, self._dag_id)
        wanted = {ids[name] for name in ids if name in enabled or self._options.pause}
        for dag_id in (one.dag_id for one in expected if one.dag_id in wanted):
            api.change("PATCH", f"/dags/{escaped(dag_id)}", {"is_paused": bool(self._options.pause)})

    def _files(self) -> dict[str, bytes]:
        """The files that workers need, by path."""
        return travelling(self._output, self._options.base, self._dag_file)

    def _place(self, files: Mapping[str, bytes]) -> Placed:
        chosen = self._options
        if chosen.git is not None:
            return push(files, chosen.git, chosen.branch, chosen.folder, self._request.environ)
        assert chosen.dags is not None
        return put(files, chosen.dags, chosen.folder)

    def _expected(self, files: Mapping[str, bytes], changed: Moment | None) -> tuple[Expected, ...]:
        """The pipeline's own DAG first, then those of its schedules."""
        folder = self._options.folder
        own = Expected(self._dag_id, f"{folder}/{self._dag_file}", files[self._dag_file].decode(), changed)
        schedules = names.schedules_file(self._dag_id)
        text = files.get(schedules, b"").decode()
        starters = (
            Expected(dag_id, f"{folder}/{schedules}", text, changed)
            for dag_id in starter_ids(self._pipeline, self._dag_id).values()
            if f"dag_id={python_literal(dag_id)}," in text
        )
        return (own, *starters)

    def _text(self) -> str:
        try:
            return (self._output.directory / self._dag_file).read_text(encoding="utf-8")
        except OSError:
            return ""

    def _told(self, placed: Placed) -> str:
        where = f"{placed.folder} of {self._options.git}" if self._options.git else str(placed.folder)
        if not placed.changed and not placed.removed:
            return f"{where}: nothing has changed"
        removed = f", {len(placed.removed)} removed" if placed.removed else ""
        return f"{where}: {len(placed.changed)} files written{removed}"

    def _note(self, text: str) -> None:
        self._tell(Event("note", text=text))


def _run_id() -> str:
    """A run's id that no other has: the moment, for people, and something random."""
    return f"pipelift-{datetime.now(timezone.utc):%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"


_BUILD_HELP = "Build them elsewhere and deploy with --set build=no, or mend what the lines above say."
