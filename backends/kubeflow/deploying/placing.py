"""Puts things in place on the server: the pipeline's version, the experiment, the recurring runs. Safe to repeat."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelift.backends.kubeflow.deploying.api import Server
from pipelift.backends.kubeflow.deployment import Deployment, Timed
from pipelift.backends.kubeflow.kfp_compiler import YAML
from pipelift.backends.wiring.calendars import Repeat, repeats
from pipelift.compiler import ir
from pipelift.compiler.ir.wire import as_data
from pipelift.runtime.contract.digests import digest

_MARK = "pipelift"
_MAX_CONCURRENCY = "10"
_SECOND = dt.timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Version:
    """A version of the pipeline on the server; `is_new` if it was not there before."""

    pipeline_id: str
    version_id: str
    name: str
    is_new: bool

    @property
    def reference(self) -> dict[str, str]:
        """What a run says to start it."""
        return {"pipeline_id": self.pipeline_id, "pipeline_version_id": self.version_id}


def place_version(
    server: Server, directory: Path, pipeline: ir.Pipeline, deployment: Deployment, namespace: str | None
) -> Version:
    """The version with the content of `directory`, uploaded unless it is there. Raises `Refused`."""
    path = directory / YAML
    name = f"{_MARK}-{digest(path.read_bytes())[:12]}"
    existing = server.pipeline(deployment.pipeline, namespace)
    if existing is None:
        existing = server.create_pipeline(deployment.pipeline, pipeline.description, namespace)
    version = server.version(existing.pipeline_id, name)
    if version is not None:
        return Version(existing.pipeline_id, version.pipeline_version_id, name, is_new=False)
    uploaded = server.upload_version(existing.pipeline_id, name, _describe_publications(pipeline), path)
    return Version(existing.pipeline_id, uploaded.pipeline_version_id, name, is_new=True)


def _describe_publications(pipeline: ir.Pipeline) -> str:
    """How the pipeline is published, for people who look at the version."""
    names = [f"{publication.name} {publication.version or ''}".strip() for publication in pipeline.published]
    return f"published as {', '.join(names)}" if names else ""


@dataclass(frozen=True, slots=True)
class _WantedRun:
    """A recurring run as it should be; `key` changes with everything but the moment of deployment."""

    name: str
    key: str
    trigger: Mapping[str, Any]
    schedule: ir.Schedule
    parameters: Mapping[str, ir.Scalar]


def place_schedules(
    server: Server,
    pipeline: ir.Pipeline,
    deployment: Deployment,
    version: Version,
    namespace: str | None,
    paused: bool,
    now: dt.datetime,
) -> list[str]:
    """Create and replace recurring runs, and remove those of schedules that are gone; a line about each."""
    wanted = {run.key: run for run in _plan_recurring_runs(pipeline, deployment, version, paused, now)}
    prefix = f"[{_MARK} {version.pipeline_id} "
    lines = []
    for existing in list(server.recurring_runs(namespace)):
        description = existing.description or ""
        if prefix not in description:
            continue
        key = description.rpartition(prefix)[2].rstrip("]")
        if wanted.pop(key, None) is None:
            server.delete_recurring_run(existing.recurring_run_id)
            lines.append(f"schedule {existing.display_name}: the earlier one is removed")
        else:
            lines.append(f"schedule {existing.display_name}: unchanged")
    for run in wanted.values():
        lines.append(_create(server, deployment, version, run, namespace, f"{prefix}{run.key}]", paused))
    return lines


def _create(
    server: Server,
    deployment: Deployment,
    version: Version,
    run: _WantedRun,
    namespace: str | None,
    mark: str,
    paused: bool,
) -> str:
    schedule, models = run.schedule, server.models
    enabled = schedule.enabled and not paused
    experiment = server.experiment(schedule.experiment or deployment.pipeline, namespace)
    server.create_recurring_run(
        display_name=run.name,
        description=f"{schedule.description or ''} {mark}".strip(),
        experiment_id=experiment.experiment_id,
        pipeline_version_reference=models.V2beta1PipelineVersionReference(**version.reference),
        runtime_config=models.V2beta1RuntimeConfig(parameters=dict(run.parameters)),
        trigger=_trigger(models, run.trigger),
        mode=models.RecurringRunMode.ENABLE if enabled else models.RecurringRunMode.DISABLE,
        max_concurrency=_MAX_CONCURRENCY,
        no_catchup=True,
    )
    when = run.trigger.get("cron") or _describe_interval(int(run.trigger["interval_second"]))
    return f"schedule {run.name}: {when}" + ("" if enabled else " (paused)")


def _describe_interval(seconds: int) -> str:
    for unit, length in (("days", 86400), ("hours", 3600)):
        if seconds % length == 0:
            return f"every {seconds // length} {unit}"
    return f"every {seconds // 60} minutes"


def _trigger(models: Any, trigger: Mapping[str, Any]) -> Any:
    if "cron" in trigger:
        return models.V2beta1Trigger(cron_schedule=models.V2beta1CronSchedule(**trigger))
    return models.V2beta1Trigger(periodic_schedule=models.V2beta1PeriodicSchedule(**trigger))


def _plan_recurring_runs(
    pipeline: ir.Pipeline, deployment: Deployment, version: Version, paused: bool, now: dt.datetime
) -> Iterator[_WantedRun]:
    schedules = {schedule.id: schedule for schedule in pipeline.schedules}
    for timed in deployment.schedules:
        schedule = schedules[timed.schedule]
        triggers = list(_list_triggers(timed, schedule, now))
        for number, trigger in enumerate(triggers, 1):
            name = schedule.name if len(triggers) == 1 else f"{schedule.name} {number} of {len(triggers)}"
            parts = [
                version.version_id,
                trigger.lasting,
                timed.parameters,
                as_data(schedule, exclude={"span"}),
            ]
            text = json.dumps([*parts, name, paused], sort_keys=True)
            key = digest(text)[:16]
            yield _WantedRun(name, key, trigger.fields, schedule, timed.parameters)


@dataclass(frozen=True, slots=True)
class _Trigger:
    """A trigger: its `fields` as the API takes them; `lasting` is what the moment of deployment does not change."""

    fields: Mapping[str, Any]
    lasting: tuple[str | int | None, ...]


def _list_triggers(timed: Timed, schedule: ir.Schedule, now: dt.datetime) -> Iterator[_Trigger]:
    """The triggers of a schedule.

    The controller fires cron after the start time (`CronSchedule.getNextScheduledTimeImp` of Kubeflow), a fixed
    distance first one interval after it (`PeriodicSchedule.getNextScheduledEpoch`), and for a start that has passed
    it would make up for a missed time at once: so the start is never long ago.
    """
    start = None if timed.start is None else dt.datetime.fromisoformat(timed.start.replace("Z", "+00:00"))
    for expression in timed.cron:
        begin = None if start is None or start <= now else start - _SECOND if timed.at_start else start
        trigger = {"cron": expression} if begin is None else {"cron": expression, "start_time": begin}
        yield _Trigger(trigger, (expression, timed.start))
    if timed.cron or not isinstance(schedule.trigger, ir.Recurrence):
        return
    for number, repeat in enumerate(repeats(schedule.trigger, now if start is None else start) or ()):
        seconds = int(repeat.every.total_seconds())
        trigger = {"start_time": _find_previous_time(repeat, now), "interval_second": str(seconds)}
        yield _Trigger(trigger, (seconds, timed.start, number))


def _find_previous_time(repeat: Repeat, now: dt.datetime) -> dt.datetime:
    """The time of the repetition that is one interval before its next after `now`, or before its first."""
    passed = (now - repeat.first) // repeat.every if now >= repeat.first else -1
    return repeat.first + passed * repeat.every
