"""Schedules as recurring runs: cron in the cluster's one time zone, or a fixed distance; losses are PL48x."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from pipelift.backends.wiring.calendars import LAST, Calendar, Moments, calendar, cron_expression
from pipelift.backends.wiring.recurrence import STEP_MINUTES, has_pattern, instant
from pipelift.compiler import ir
from pipelift.compiler.diagnostics import Reporter

_DAY = 24 * 60
_SHORTEST_LAST_DAY = "28"
_WINTER, _SUMMER = dt.datetime(2024, 1, 1), dt.datetime(2024, 7, 1)


@dataclass(frozen=True, slots=True)
class Recurring:
    """One schedule on the cluster.

    `cron` are expressions of six fields (seconds first), one recurring run each; without them it repeats at fixed
    distances, which begin when it is deployed. `start` (UTC) is when the recurrence begins; None: at once. It fires
    later than `start`, or then if `at_start`. `parameters` have their names in the pipeline of the cluster.
    """

    schedule: ir.Schedule
    cron: tuple[str, ...]
    start: dt.datetime | None
    parameters: Mapping[str, ir.Scalar]

    @property
    def at_start(self) -> bool:
        """Whether the start itself is a time at which it fires."""
        return isinstance(self.schedule.trigger, ir.Recurrence) and not has_pattern(self.schedule.trigger)


def recurring(
    pipeline: ir.Pipeline, names: Mapping[str, str], zone: str, reporter: Reporter
) -> tuple[Recurring, ...]:
    """The schedules that the cluster can keep; `names` are the parameters' there, `zone` is its time zone."""
    schedules = []
    for schedule in pipeline.schedules:
        if isinstance(schedule.trigger, ir.Polling):
            continue  # lost, as the target declares
        decided = _cron(schedule, schedule.trigger, zone, reporter)
        if decided is None:
            continue
        start = schedule.trigger.start
        begin = (
            None if start is None else instant(dt.datetime.fromisoformat(start), schedule.trigger.time_zone)
        )
        parameters = {names[setting.name]: setting.value for setting in schedule.parameters}
        schedules.append(Recurring(schedule, decided, begin, parameters))
    return tuple(schedules)


def _cron(
    schedule: ir.Schedule, recurrence: ir.Recurrence, zone: str, reporter: Reporter
) -> tuple[str, ...] | None:
    """The expressions; none for a fixed distance; None, which is reported, where the cluster cannot say it."""
    exact = calendar(recurrence)
    if exact is None:
        return _distance(schedule, recurrence, reporter)
    shifted = _move_to_zone(exact, zone)
    if shifted is None:
        message = (
            f"schedule '{schedule.name}' falls on another day of the month in the cluster's time zone {zone}"
        )
        reporter.report("PL482", message, schedule.span)
        return None
    if _drifts(exact, zone):
        reporter.report(
            "PL480",
            f"schedule '{schedule.name}' is in {exact.time_zone}, the cluster in {zone}: clock changes move its hours",
            schedule.span,
        )
    if any(LAST in moments.days for moments in exact.moments):
        message = f"schedule '{schedule.name}' fires on the 28th in months that are too short, not on their last day"
        reporter.report("PL481", message, schedule.span)
    return tuple(f"0 {cron_expression(moments, _SHORTEST_LAST_DAY)}" for moments in shifted.moments)


def _distance(schedule: ir.Schedule, recurrence: ir.Recurrence, reporter: Reporter) -> tuple[str, ...] | None:
    if recurrence.frequency == "month":
        how = f"every {recurrence.interval} months" if recurrence.interval > 1 else "every month"
        since = "the moment of deployment" if recurrence.start is None else recurrence.start
        message = f"schedule '{schedule.name}' ({how} since {since}) has no form on Kubeflow"
        reporter.report("PL482", message, schedule.span)
        return None
    if recurrence.frequency not in STEP_MINUTES and _has_summer(recurrence.time_zone):
        message = f"schedule '{schedule.name}' repeats at a fixed distance: clock changes move its hours"
        reporter.report("PL480", message, schedule.span)
    return ()


def _offset(zone: str, moment: dt.datetime) -> int:
    """Minutes east of UTC."""
    offset = moment.replace(tzinfo=ZoneInfo(zone)).utcoffset() or dt.timedelta()
    return int(offset.total_seconds()) // 60


def _has_summer(zone: str) -> bool:
    return _offset(zone, _WINTER) != _offset(zone, _SUMMER)


def _distances(zone: str, other_zone: str) -> list[int]:
    return [_offset(other_zone, moment) - _offset(zone, moment) for moment in (_WINTER, _SUMMER)]


def _drifts(exact: Calendar, zone: str) -> bool:
    """Whether the zones differ by another amount in summer, and hours matter."""
    first, second = _distances(exact.time_zone, zone)
    return first != second and any(moments.hours for moments in exact.moments)


def _move_to_zone(exact: Calendar, zone: str) -> Calendar | None:
    """The calendar in another zone's local time, by the offset of standard time; None where days would not fit.

    Standard time is the smaller offset of the two of a year, on either hemisphere.
    """
    standard = [min(_offset(name, _WINTER), _offset(name, _SUMMER)) for name in (exact.time_zone, zone)]
    by = 0 if exact.time_zone == zone else standard[1] - standard[0]
    moments: list[Moments] = []
    for moment_set in exact.moments:
        shifted = _shift(moment_set, by)
        if shifted is None:
            return None
        moments += shifted
    return Calendar(tuple(moments), zone)


def _shift(moments: Moments, by: int) -> list[Moments] | None:
    """The same moments `by` minutes later on the clock."""
    if by == 0:
        return [moments]
    if not moments.hours:
        minutes = tuple(sorted((minute + by) % 60 for minute in moments.minutes))
        return [Moments(minutes, (), moments.days, moments.months, moments.week_days)]
    hours_of: dict[tuple[int, int], list[int]] = defaultdict(list)
    for hour in moments.hours:
        for minute in moments.minutes:
            days, in_day = divmod(hour * 60 + minute + by, _DAY)
            hours_of[days, in_day % 60].append(in_day // 60)
    minutes_of: dict[tuple[int, tuple[int, ...]], list[int]] = defaultdict(list)
    for (days, minute), hours in hours_of.items():
        minutes_of[days, tuple(sorted(hours))].append(minute)
    shifted = []
    for (days, at_hours), at_minutes in sorted(minutes_of.items()):
        on = tuple(day + days for day in moments.days)
        if days and any(day < 1 or day > 28 or LAST in moments.days for day in on):
            return None
        week_days = tuple(sorted((day + days) % 7 for day in moments.week_days))
        shifted.append(Moments(tuple(sorted(at_minutes)), at_hours, on, moments.months, week_days))
    return shifted
