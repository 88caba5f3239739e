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
from pipelift.compiler.lower.context import Lowering, slug
from pipelift.compiler.lower.read import Reader, glance
from pipelift.compiler.lower.submissions import fits
from pipelift.compiler.lower.zones import iana_zone
from pipelift.compiler.sdk.data.datastores import DataPath
from pipelift.compiler.sdk.pipeline.pipeline import PipelineRecord, Submission
from pipelift.compiler.sdk.pipeline.schedules import (
    DEFAULT_POLLING,
    DISABLED,
    Schedule,
    ScheduleRecurrence,
    broken_rules,
)
from pipelift.compiler.sdk.pipeline.time_zones import WINDOWS_ZONES, TimeZone

_GOES_ON = "continue_on_step_failure"

_FREQUENCIES: Mapping[str, Literal["minute", "hour", "day", "week", "month"]] = {
    "Minute": "minute",
    "Hour": "hour",
    "Day": "day",
    "Week": "week",
    "Month": "month",
}
_WEEK_DAYS: tuple[ir.WeekDay, ...] = get_args(ir.WeekDay)


def schedules_of(submissions: Sequence[Submission]) -> list[Schedule]:
    """The SDK's schedules among what the program does with one pipeline."""
    found = (glance(one.options.get("schedule"), Schedule) for one in submissions if one.kind == "scheduled")
    return [one for one in found if one is not None]


def continues_on_failure(lowering: Lowering, submissions: Sequence[Submission]) -> bool:
    """Whether steps go on that do not depend on a failed one.

    The last that says so decides; where nothing but schedules starts the pipeline, theirs override what it was
    published with.
    """
    read = {one: _goes_on(lowering, "a schedule", one) for one in schedules_of(submissions)}
    own = {one for one in read.values() if one is not None}
    said = [_goes_on(lowering, "a submission", one) for one in submissions]
    if len(own) == 1 and not any(one.kind in ("submitted", "started") for one in submissions):
        return own.pop()
    return next((one for one in reversed(said) if one is not None), False)


def _goes_on(lowering: Lowering, owner: str, one: Schedule | Submission) -> bool | None:
    given = one.continue_on_step_failure if isinstance(one, Schedule) else one.options.get(_GOES_ON)
    return Reader(lowering, owner, one.span).flag(given, _GOES_ON, "setting")


def lower_schedules(
    lowering: Lowering, submissions: Sequence[Submission], pipeline: ir.Pipeline
) -> tuple[ir.Schedule, ...]:
    """The schedules of one pipeline, in the order of their creation; what cannot be carried over is reported."""
    taken: set[str] = set()
    lowered = (_Lowered(lowering, pipeline, one, taken).schedule() for one in schedules_of(submissions))
    return tuple(one for one in lowered if one is not None)


def publications(lowering: Lowering, submissions: Sequence[Submission]) -> tuple[ir.Publication, ...]:
    """The names under which one pipeline is published, each once, with the endpoint that it joins."""
    found: dict[tuple[str, str | None], ir.Publication] = {}
    for one in submissions:
        if one.kind not in ("published", "addressed"):
            continue
        read = Reader(lowering, "a published pipeline", one.span)
        name = read.text(one.name, "the name", "graph") or "published"
        version = _text(read, one, "version")
        known = found.get((name, version))
        made = ir.Publication(
            name=name,
            version=version,
            description=_text(read, one, "description") or (known.description if known else None),
            endpoint=_text(read, one, "endpoint"),
            default=one is _last_default(lowering, one),
            span=one.span,
        )
        found[(name, version)] = made
    return tuple(found.values())


def _last_default(lowering: Lowering, submission: Submission) -> Submission | None:
    """What the endpoint of a submission starts in the end; None where there is no endpoint."""
    endpoint = submission.options.get("endpoint")
    if endpoint is None:
        return None
    alike = [
        one
        for one in lowering.record.part(PipelineRecord).submissions
        if one.options.get("endpoint") == endpoint
    ]
    return next((one for one in reversed(alike) if one.options.get("default")), None)


def _text(read: Reader, one: Submission, option: str) -> str | None:
    return read.text(one.options.get(option), f"the {option}", "setting") or None


@dataclass(slots=True)
class _Lowered:
    """One schedule on its way. `label` is what messages call it."""

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

    def schedule(self) -> ir.Schedule | None:
        """The schedule as the IR has it; None, with the reason reported, where it cannot be."""
        trigger = self._trigger()
        if trigger is None:
            return None
        self._compare_failures()
        source, read = self.source, self.read
        return ir.Schedule(
            id=slug(self.label, self.taken, "schedule"),
            name=self.label,
            description=read.text(source.description, "the description", "detail") or None,
            experiment=read.text(source.experiment_name, "the experiment", "detail") or None,
            trigger=trigger,
            parameters=self._parameters(),
            enabled=read.text(source.status, "the status", "detail") != DISABLED,
            span=self.span,
        )

    def _trigger(self) -> ir.Recurrence | ir.Polling | None:
        given = self.source.recurrence
        if given is None:
            return self._polling()
        recurrence = self.read.part(given, ScheduleRecurrence, "the recurrence", "trigger")
        return None if recurrence is None else self._recurrence(recurrence)

    def _recurrence(self, source: ScheduleRecurrence) -> ir.Recurrence | None:
        """When the schedule fires; None where the SDK's rules are broken or a part is not known, both reported."""
        needed = (source.frequency, source.interval, source.hours, source.minutes, source.week_days)
        names = ("the frequency", "the interval", "the hours", "the minutes", "the week days")
        open_ones = [self.read.is_unknown(*pair, "trigger") for pair in zip(needed, names, strict=True)]
        rules = list(broken_rules(source))
        for rule in rules:
            self.lowering.reporter.report("PL233", f"ScheduleRecurrence: {rule}", source.span)
        if rules or any(open_ones):
            return None
        zone = self._zone(source.time_zone)
        frequency = self.read.choice(source.frequency, "the frequency", tuple(_FREQUENCIES), "trigger")
        interval = self.read.count(source.interval, "the interval", "trigger")
        if zone is None or frequency is None or interval is None:
            return None
        local, windows = zone
        days = self.read.texts(source.week_days, "the week days", "trigger")
        return ir.Recurrence(
            frequency=_FREQUENCIES[frequency],
            interval=interval,
            start=self._start(source.start_time, local),
            time_zone=local,
            zone_name=windows,
            hours=tuple(sorted(set(self.read.numbers(source.hours, "the hours", "trigger")))),
            minutes=tuple(sorted(set(self.read.numbers(source.minutes, "the minutes", "trigger")))),
            week_days=tuple(day for day in _WEEK_DAYS if day in {name.lower() for name in days}),
        )

    def _zone(self, given: Value) -> tuple[str, str | None] | None:
        """The zone's IANA name and, where the program names one, Windows' name; None where it is not known."""
        if given is None:
            return "UTC", None
        zone = self.read.part(given, TimeZone, "the time zone", "trigger")
        if zone is None:
            return None
        windows = self.read.choice(zone.value, "the time zone", tuple(WINDOWS_ZONES), "trigger")
        return None if windows is None else (iana_zone(windows), windows)

    def _start(self, value: Value, zone: str) -> str | None:
        """The start as ISO text in local time; None where it is not said or not known.

        One with an offset (``Z``) is that moment, whatever the zone (Azure's documentation of `startTime`).
        """
        text = self.read.text(value, "the start", "detail")
        if text is None:
            return None
        try:
            found = datetime.datetime.fromisoformat(re.sub("Z$", "+00:00", text))
        except ValueError:
            self._report("PL326", f"the start of schedule '{self.label}' is no time (YYYY-MM-DDThh:mm:ss)")
            return None
        if found.tzinfo is not None:
            found = found.astimezone(ZoneInfo(zone))
        return found.replace(tzinfo=None, microsecond=0).isoformat()

    def _polling(self) -> ir.Polling | None:
        source, read = self.source, self.read
        store = read.required_text(source.datastore_name, "the store", "trigger")
        if not store:
            return None
        parameter = read.text(source.data_path_parameter_name, "data_path_parameter_name", "trigger") or None
        if parameter is not None and parameter not in {one.name for one in self.pipeline.data_parameters}:
            self._report("PL240", f"the pipeline has no data parameter '{parameter}'")
            parameter = None
        interval = read.count(source.polling_interval, "polling_interval", "detail")
        return ir.Polling(
            store=store,
            path=(read.text(source.path_on_datastore, "the path", "trigger") or "").strip("/"),
            interval=DEFAULT_POLLING if interval is None else interval,
            parameter=parameter,
        )

    def _parameters(self) -> tuple[ir.ParameterSetting, ...]:
        what = "what it gives to the parameters"
        settings = []
        known = {one.name: one for one in self.pipeline.parameters}
        data = {one.name: one for one in self.pipeline.data_parameters}
        for name, value in self.read.mapping(self.source.pipeline_parameters, what, "trigger").items():
            if self.read.is_unknown(value, f"the value of parameter '{name}'", "trigger"):
                continue
            if name in data:
                settings += self._data(data[name], value)
            elif fits(self.lowering, known.get(name), name, value, self.span):
                scalar = self.read.scalar(value, f"the value of parameter '{name}'", "trigger")
                settings.append(ir.ParameterSetting(name=name, value=scalar))
        return tuple(sorted(settings, key=lambda one: one.name))

    def _data(self, parameter: ir.DataParameter, value: Value) -> list[ir.ParameterSetting]:
        """Another path in the same store is a text; other data are not to be had."""
        given = glance(value, DataPath)
        if parameter.kind == "path" and given is not None and given.datastore_name == parameter.store:
            path = self.read.text(given.path_on_datastore, f"the path of '{parameter.name}'", "trigger")
            return [] if path is None else [ir.ParameterSetting(name=parameter.name, value=path)]
        message = (
            f"schedule '{self.label}' gives parameter '{parameter.name}' data that its runs would not take"
        )
        self._report("PL329", message)
        return []

    def _compare_failures(self) -> None:
        own = self.read.flag(self.source.continue_on_step_failure, _GOES_ON, "setting")
        if own is not None and own != self.pipeline.continue_on_failure:
            does = "go on" if own else "stop"
            message = f"runs of schedule '{self.label}' {does} after a failed step; the pipeline's own do not"
            self._report("PL328", message)

    def _report(self, code: str, message: str) -> None:
        self.lowering.reporter.report(code, message, self.span)
