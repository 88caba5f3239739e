"""What starts a pipeline by itself, and under which names it can be started: the SDK's objects become the IR's."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from pipelift.compiler import ir
from pipelift.compiler.diagnostics.span import Span
from pipelift.compiler.evaluate.values import Unknown, Value, find_unknown
from pipelift.compiler.lower.context import Lowering, slug
from pipelift.compiler.lower.submissions import fits
from pipelift.compiler.lower.zones import iana_zone
from pipelift.compiler.sdk.datastores import DataPath
from pipelift.compiler.sdk.record import Submission
from pipelift.compiler.sdk.schedules import Schedule, ScheduleRecurrence
from pipelift.compiler.sdk.time_zones import TimeZone


def schedules_of(submissions: Sequence[Submission]) -> list[Schedule]:
    """The SDK's schedules among what the program does with one pipeline."""
    found = (one.options.get("schedule") for one in submissions if one.kind == "scheduled")
    return [one for one in found if isinstance(one, Schedule)]


def continues_on_failure(submissions: Sequence[Submission]) -> bool:
    """Whether steps go on that do not depend on a failed one.

    The last that says so decides; where nothing but schedules starts the pipeline, theirs override what it was
    published with.
    """
    said = [one.options.get("continue_on_step_failure") for one in submissions]
    own = {one.continue_on_step_failure for one in schedules_of(submissions)} - {None}
    if len(own) == 1 and not any(one.kind in ("submitted", "started") for one in submissions):
        return own.pop() is True
    return next((one for one in reversed(said) if one is not None), None) is True


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
        name = lowering.text("the name of a published pipeline", one.name, one.span, default="published")
        version = _text(one.options.get("version"))
        known = found.get((name, version))
        made = ir.Publication(
            name=name,
            version=version,
            description=_text(one.options.get("description")) or (known.description if known else None),
            endpoint=_text(one.options.get("endpoint")),
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
    alike = [one for one in lowering.record.submissions if one.options.get("endpoint") == endpoint]
    return next((one for one in reversed(alike) if one.options.get("default")), None)


def _text(value: Value) -> str | None:
    return value if isinstance(value, str) and value else None


@dataclass(slots=True)
class _Lowered:
    """One schedule on its way. `label` is what messages call it."""

    lowering: Lowering
    pipeline: ir.Pipeline
    source: Schedule
    taken: set[str]
    label: str = field(init=False)

    def __post_init__(self) -> None:
        name = self.source.name
        self.label = name if isinstance(name, str) and name else "schedule"

    @property
    def span(self) -> Span:
        return self.source.span

    def schedule(self) -> ir.Schedule | None:
        """The schedule as the IR has it; None, with the reason reported, where it cannot be."""
        trigger = self._trigger()
        if trigger is None:
            return None
        self._compare_failures()
        return ir.Schedule(
            id=slug(self.label, self.taken, "schedule"),
            name=self.label,
            description=_text(self._known("its description", self.source.description)),
            experiment=_text(self._known("its experiment", self.source.experiment_name)),
            trigger=trigger,
            parameters=self._parameters(),
            enabled=self._known("whether it is enabled", self.source.status) != "Disabled",
            span=self.span,
        )

    def _trigger(self) -> ir.Recurrence | ir.Polling | None:
        recurrence = self.source.recurrence
        if isinstance(recurrence, ScheduleRecurrence):
            return self._recurrence(recurrence)
        if recurrence is None:
            return self._polling()
        self._lost("its recurrence", recurrence)
        return None

    def _recurrence(self, source: ScheduleRecurrence) -> ir.Recurrence | None:
        needed = {
            "its frequency": source.frequency,
            "its interval": source.interval,
            "its hours": source.hours,
            "its minutes": source.minutes,
            "its week days": source.week_days,
            "its time zone": source.time_zone,
        }
        for what, value in needed.items():
            if find_unknown(value) is not None:
                self._lost(what, value)
                return None
        zone = source.time_zone.value if isinstance(source.time_zone, TimeZone) else None
        local = "UTC" if zone is None else iana_zone(zone)
        try:
            return ir.Recurrence(
                frequency=str(source.frequency).lower(),
                interval=max(1, source.interval),
                start=self._start(source.start_time, local),
                time_zone=local,
                zone_name=zone,
                hours=tuple(sorted(set(source.hours or ()))),
                minutes=tuple(sorted(set(source.minutes or ()))),
                week_days=_week_days(source.week_days or ()),
            )
        except (TypeError, ValueError):
            return None  # the model of the class has said which rule is broken

    def _start(self, value: Value, zone: str) -> str | None:
        """The start as ISO text in local time; None where it is not said or not known.

        One with an offset (``Z``) is that moment, whatever the zone (Azure's documentation of `startTime`).
        """
        value = self._known("when it starts", value)
        if value is None:
            return None
        try:
            found = datetime.datetime.fromisoformat(re.sub("Z$", "+00:00", str(value)))
        except ValueError:
            self._report("PL326", f"the start of schedule '{self.label}' is no time (YYYY-MM-DDThh:mm:ss)")
            return None
        if found.tzinfo is not None:
            found = found.astimezone(ZoneInfo(zone))
        return found.replace(tzinfo=None, microsecond=0).isoformat()

    def _polling(self) -> ir.Polling | None:
        source = self.source
        if not isinstance(source.datastore_name, str) or not source.datastore_name:
            self._lost("its store", source.datastore_name)
            return None
        interval = self._known("how often it looks", source.polling_interval)
        parameter = _text(source.data_path_parameter_name)
        if parameter is not None and parameter not in {one.name for one in self.pipeline.data_parameters}:
            self._report("PL240", f"the pipeline has no data parameter '{parameter}'")
            parameter = None
        return ir.Polling(
            store=source.datastore_name,
            path=(_text(self._known("its path", source.path_on_datastore)) or "").strip("/"),
            interval=interval if isinstance(interval, int) and interval > 0 else 5,
            parameter=parameter,
        )

    def _parameters(self) -> tuple[ir.ParameterSetting, ...]:
        given = self.source.pipeline_parameters
        if isinstance(given, Unknown):
            self._lost("what it gives to the parameters", given)
        settings = []
        known = {one.name: one for one in self.pipeline.parameters}
        data = {one.name: one for one in self.pipeline.data_parameters}
        for name, value in (given if isinstance(given, dict) else {}).items():
            if find_unknown([name, value]) is not None:
                self._lost(f"what it gives to parameter '{name}'", value)
            elif name in data:
                settings += self._data(data[name], value)
            elif fits(self.lowering, known.get(name), str(name), value, self.span):
                settings.append(ir.ParameterSetting(name=str(name), value=value))
        return tuple(sorted(settings, key=lambda one: one.name))

    def _data(self, parameter: ir.DataParameter, value: Value) -> list[ir.ParameterSetting]:
        """Another path in the same store is a text; other data are not to be had."""
        path = value.path_on_datastore if isinstance(value, DataPath) else None
        if parameter.kind == "path" and isinstance(path, str) and value.datastore_name == parameter.store:
            return [ir.ParameterSetting(name=parameter.name, value=path)]
        message = (
            f"schedule '{self.label}' gives parameter '{parameter.name}' data that its runs would not take"
        )
        self._report("PL329", message)
        return []

    def _compare_failures(self) -> None:
        own = self.source.continue_on_step_failure
        if isinstance(own, bool) and own != self.pipeline.continue_on_failure:
            does = "go on" if own else "stop"
            message = f"runs of schedule '{self.label}' {does} after a failed step; the pipeline's own do not"
            self._report("PL328", message)

    def _known(self, what: str, value: Value) -> Value:
        """`value`; None, which is reported, where it is not known."""
        if not isinstance(value, Unknown):
            return value
        message = f"{what} is not known of schedule '{self.label}': {value.root.reason}"
        self.lowering.reporter.report("PL326", message, self.span, causes=value.chain())
        return None

    def _lost(self, what: str, value: Value) -> None:
        unknown = find_unknown(value)
        reason = f"{what} is not known: {unknown.root.reason}" if unknown else f"{what} is missing"
        message = f"schedule '{self.label}' cannot be carried over: {reason}"
        causes = unknown.chain() if unknown else ()
        self.lowering.reporter.report("PL327", message, self.span, causes=causes)

    def _report(self, code: str, message: str) -> None:
        self.lowering.reporter.report(code, message, self.span)


def _week_days(names: Sequence[str]) -> tuple[ir.WeekDay, ...]:
    order: tuple[ir.WeekDay, ...] = (
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
    )
    wanted = {name.lower() for name in names if isinstance(name, str)}
    return tuple(day for day in order if day in wanted)
