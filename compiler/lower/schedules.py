"""What starts a pipeline by itself, and under which names it can be started: the SDK's objects become the IR's."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args
from zoneinfo import ZoneInfo

from pipelift.compiler import ir
from pipelift.compiler.diagnostics.span import Span
from pipelift.compiler.evaluate.values import Value
from pipelift.compiler.lower.context import Lowering, make_slug
from pipelift.compiler.lower.read import Reader, glance
from pipelift.compiler.lower.submissions import find_misfit
from pipelift.compiler.lower.zones import find_iana_zone
from pipelift.compiler.sdk.data.datastores import DataPath
from pipelift.compiler.sdk.pipeline.pipeline import PipelineRecord, Submission
from pipelift.compiler.sdk.pipeline.schedules import (
    DEFAULT_POLLING,
    DISABLED,
    Schedule,
    ScheduleRecurrence,
    find_broken_rules,
)
from pipelift.compiler.sdk.pipeline.time_zones import WINDOWS_ZONES, TimeZone

_CONTINUES = "continue_on_step_failure"

_FREQUENCIES: Mapping[str, Literal["minute", "hour", "day", "week", "month"]] = {
    "Minute": "minute",
    "Hour": "hour",
    "Day": "day",
    "Week": "week",
    "Month": "month",
}
_WEEK_DAYS: tuple[ir.WeekDay, ...] = get_args(ir.WeekDay)


def find_schedules(submissions: Sequence[Submission]) -> list[Schedule]:
    """The SDK's schedules among what the program does with one pipeline."""
    schedules = (
        glance(submission.options.get("schedule"), Schedule)
        for submission in submissions
        if submission.kind == "scheduled"
    )
    return [schedule for schedule in schedules if schedule is not None]


def continues_on_failure(lowering: Lowering, submissions: Sequence[Submission]) -> bool:
    """Whether steps that do not depend on a failed one continue.

    The last submission with a setting decides. If only schedules start the pipeline, their setting overrides that
    of its publication.
    """
    by_schedule = {
        schedule: _read_continues(lowering, "a schedule", schedule)
        for schedule in find_schedules(submissions)
    }
    own = {flag for flag in by_schedule.values() if flag is not None}
    flags = [_read_continues(lowering, "a submission", submission) for submission in submissions]
    if len(own) == 1 and not any(submission.kind in ("submitted", "started") for submission in submissions):
        return own.pop()
    return next((flag for flag in reversed(flags) if flag is not None), False)


def _read_continues(lowering: Lowering, owner: str, source: Schedule | Submission) -> bool | None:
    value = (
        source.continue_on_step_failure if isinstance(source, Schedule) else source.options.get(_CONTINUES)
    )
    return Reader(lowering, owner, source.span).flag(value, _CONTINUES, "setting")


def lower_schedules(
    lowering: Lowering, submissions: Sequence[Submission], pipeline: ir.Pipeline
) -> tuple[ir.Schedule, ...]:
    """The schedules of one pipeline, in the order of their creation; what cannot be carried over is reported."""
    taken: set[str] = set()
    lowered = (
        _ScheduleLowering(lowering, pipeline, schedule, taken).lower()
        for schedule in find_schedules(submissions)
    )
    return tuple(schedule for schedule in lowered if schedule is not None)


def lower_publications(lowering: Lowering, submissions: Sequence[Submission]) -> tuple[ir.Publication, ...]:
    """The names under which one pipeline is published, each once, with the endpoint that it joins."""
    by_name: dict[tuple[str, str | None], ir.Publication] = {}
    for submission in submissions:
        if submission.kind not in ("published", "addressed"):
            continue
        read = Reader(lowering, "a published pipeline", submission.span)
        name = read.text(submission.name, "the name", "graph") or "published"
        version = _read_option(read, submission, "version")
        previous = by_name.get((name, version))
        publication = ir.Publication(
            name=name,
            version=version,
            description=_read_option(read, submission, "description")
            or (previous.description if previous else None),
            endpoint=_read_option(read, submission, "endpoint"),
            default=submission is _find_last_default(lowering, submission),
            span=submission.span,
        )
        by_name[(name, version)] = publication
    return tuple(by_name.values())


def _find_last_default(lowering: Lowering, submission: Submission) -> Submission | None:
    """The submission that the endpoint finally starts by default; None if there is no endpoint."""
    endpoint = submission.options.get("endpoint")
    if endpoint is None:
        return None
    same_endpoint = [
        other
        for other in lowering.record.part(PipelineRecord).submissions
        if other.options.get("endpoint") == endpoint
    ]
    return next((other for other in reversed(same_endpoint) if other.options.get("default")), None)


def _read_option(read: Reader, submission: Submission, option: str) -> str | None:
    return read.text(submission.options.get(option), f"the {option}", "setting") or None


@dataclass(slots=True)
class _ScheduleLowering:
    """The lowering of one schedule. `label` names it in messages."""

    lowering: Lowering
    pipeline: ir.Pipeline
    source: Schedule
    taken: set[str]
    label: str = field(init=False)
    read: Reader = field(init=False)

    def __post_init__(self) -> None:
        span = self.source.span
        read = Reader(self.lowering, "a schedule", span)
        self.label = read.text(self.source.name, "the name", "detail") or "schedule"
        self.read = Reader(self.lowering, f"schedule '{self.label}'", span)

    @property
    def span(self) -> Span:
        return self.source.span

    def lower(self) -> ir.Schedule | None:
        """The schedule as the IR has it; None, with a report, if it cannot be carried over."""
        trigger = self._lower_trigger()
        if trigger is None:
            return None
        self._compare_failures()
        source, read = self.source, self.read
        return ir.Schedule(
            id=make_slug(self.label, self.taken, "schedule"),
            name=self.label,
            description=read.text(source.description, "the description", "detail") or None,
            experiment=read.text(source.experiment_name, "the experiment", "detail") or None,
            trigger=trigger,
            parameters=self._lower_parameters(),
            enabled=read.text(source.status, "the status", "detail") != DISABLED,
            span=self.span,
        )

    def _lower_trigger(self) -> ir.Recurrence | ir.Polling | None:
        value = self.source.recurrence
        if value is None:
            return self._lower_polling()
        recurrence = self.read.part(value, ScheduleRecurrence, "the recurrence", "trigger")
        return None if recurrence is None else self._lower_recurrence(recurrence)

    def _lower_recurrence(self, source: ScheduleRecurrence) -> ir.Recurrence | None:
        """When the schedule fires; None, with a report, if it breaks the SDK's rules or a part is not known."""
        needed = (source.frequency, source.interval, source.hours, source.minutes, source.week_days)
        names = ("the frequency", "the interval", "the hours", "the minutes", "the week days")
        unknown = [self.read.is_unknown(*pair, "trigger") for pair in zip(needed, names, strict=True)]
        rules = list(find_broken_rules(source))
        for rule in rules:
            self.lowering.reporter.report("PL233", f"ScheduleRecurrence: {rule}", source.span)
        if rules or any(unknown):
            return None
        zone = self._read_zone(source.time_zone)
        frequency = self.read.choice(source.frequency, "the frequency", tuple(_FREQUENCIES), "trigger")
        interval = self.read.count(source.interval, "the interval", "trigger")
        if zone is None or frequency is None or interval is None:
            return None
        local, windows = zone
        days = self.read.texts(source.week_days, "the week days", "trigger")
        return ir.Recurrence(
            frequency=_FREQUENCIES[frequency],
            interval=interval,
            start=self._read_start(source.start_time, local),
            time_zone=local,
            zone_name=windows,
            hours=tuple(sorted(set(self.read.numbers(source.hours, "the hours", "trigger")))),
            minutes=tuple(sorted(set(self.read.numbers(source.minutes, "the minutes", "trigger")))),
            week_days=tuple(day for day in _WEEK_DAYS if day in {name.lower() for name in days}),
        )

    def _read_zone(self, value: Value) -> tuple[str, str | None] | None:
        """The zone's IANA name and, if the program names one, Windows' name; None if it is not known."""
        if value is None:
            return "UTC", None
        zone = self.read.part(value, TimeZone, "the time zone", "trigger")
        if zone is None:
            return None
        windows = self.read.choice(zone.value, "the time zone", tuple(WINDOWS_ZONES), "trigger")
        return None if windows is None else (find_iana_zone(windows), windows)

    def _read_start(self, value: Value, zone: str) -> str | None:
        """The start as ISO text in local time; None if it is missing or not known.

        A start with an offset (``Z``) ignores the zone (Azure's documentation of `startTime`).
        """
        text = self.read.text(value, "the start", "detail")
        if text is None:
            return None
        try:
            start = datetime.datetime.fromisoformat(re.sub("Z$", "+00:00", text))
        except ValueError:
            self._report("PL326", f"the start of schedule '{self.label}' is no time (YYYY-MM-DDThh:mm:ss)")
            return None
        if start.tzinfo is not None:
            start = start.astimezone(ZoneInfo(zone))
        return start.replace(tzinfo=None, microsecond=0).isoformat()

    def _lower_polling(self) -> ir.Polling | None:
        source, read = self.source, self.read
        store = read.required_text(source.datastore_name, "the store", "trigger")
        if not store:
            return None
        parameter = read.text(source.data_path_parameter_name, "data_path_parameter_name", "trigger") or None
        if parameter is not None and parameter not in {
            data_parameter.name for data_parameter in self.pipeline.data_parameters
        }:
            self._report("PL240", f"the pipeline has no data parameter '{parameter}'")
            parameter = None
        interval = read.count(source.polling_interval, "polling_interval", "detail")
        return ir.Polling(
            store=store,
            path=(read.text(source.path_on_datastore, "the path", "trigger") or "").strip("/"),
            interval=DEFAULT_POLLING if interval is None else interval,
            parameter=parameter,
        )

    def _lower_parameters(self) -> tuple[ir.ParameterSetting, ...]:
        what = "what it gives to the parameters"
        settings = []
        by_name = {parameter.name: parameter for parameter in self.pipeline.parameters}
        data = {parameter.name: parameter for parameter in self.pipeline.data_parameters}
        for name, value in self.read.mapping(self.source.pipeline_parameters, what, "trigger").items():
            if self.read.is_unknown(value, f"the value of parameter '{name}'", "trigger"):
                continue
            if name in data:
                settings += self._lower_data(data[name], value)
            elif (misfit := find_misfit(by_name.get(name), name, value)) is not None:
                self._report("PL240", misfit)
            else:
                scalar = self.read.scalar(value, f"the value of parameter '{name}'", "trigger")
                settings.append(ir.ParameterSetting(name=name, value=scalar))
        return tuple(sorted(settings, key=lambda setting: setting.name))

    def _lower_data(self, parameter: ir.DataParameter, value: Value) -> list[ir.ParameterSetting]:
        """The setting of a data parameter: another path in the same store; anything else is reported."""
        data_path = glance(value, DataPath)
        if parameter.kind == "path" and data_path is not None and data_path.datastore_name == parameter.store:
            path = self.read.text(data_path.path_on_datastore, f"the path of '{parameter.name}'", "trigger")
            return [] if path is None else [ir.ParameterSetting(name=parameter.name, value=path)]
        message = (
            f"schedule '{self.label}' gives parameter '{parameter.name}' data that its runs would not take"
        )
        self._report("PL329", message)
        return []

    def _compare_failures(self) -> None:
        own = self.read.flag(self.source.continue_on_step_failure, _CONTINUES, "setting")
        if own is not None and own != self.pipeline.continue_on_failure:
            does = "go on" if own else "stop"
            message = f"runs of schedule '{self.label}' {does} after a failed step; the pipeline's own do not"
            self._report("PL328", message)

    def _report(self, code: str, message: str) -> None:
        self.lowering.reporter.report(code, message, self.span)
