"""When Airflow starts a run by itself: a recurrence as a timetable of Airflow's, kept to the minute.

- Cron where cron can say it (`CronTriggerTimetable`).
- Where it cannot (every 45 minutes, every second week, the last day of a month), a list of the next times, which the
  DAG file works out whenever it is read (`EventsTimetable`). `DeltaTriggerTimetable` is no answer there: with a start
  in the past it counts from the moment at which Airflow first sees it (read in 3.3).
- That moment is what counts where the source gives no start: then it is `DeltaTriggerTimetable`.

Of a local time that comes twice Airflow's cron fires the second, and the recurrence the first: a zone and times for
which that happens get the list, too.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from pipelift.backends.printing.python import Call, Code, call
from pipelift.backends.wiring.recurrence import (
    STEP_MINUTES,
    days_of_week,
    firing_times,
    has_pattern,
    instant,
    times_of_day,
)
from pipelift.compiler import ir

EPOCH = dt.datetime(1970, 1, 1)
"""What stands in for a start that only the moment of creation would give: a Thursday."""

_YEAR = 366
_DAY = 24 * 60
_LONGEST_CRON_DAY = 28  # the last that every month has


@dataclass(frozen=True, slots=True)
class Timing:
    """`schedule` and `start` are arguments of the DAG, which call functions of the support modules.

    `guessed` says what of the recurrence only the moment of creation would have decided; `elapsed` that days or
    months are counted in elapsed time.
    """

    schedule: Call | str
    start: Call | None = None
    catchup: bool = False
    guessed: tuple[str, ...] = ()
    elapsed: bool = False


def timing(recurrence: ir.Recurrence) -> Timing:
    """The timetable of `recurrence`."""
    if recurrence.start is None and not has_pattern(recurrence):
        return _from_creation(recurrence)
    start = EPOCH if recurrence.start is None else dt.datetime.fromisoformat(recurrence.start)
    guessed = () if recurrence.start is not None else tuple(_list_missing_parts(recurrence))
    fixed = replace(recurrence, start=start.isoformat())
    cron = _cron(fixed, start)
    if cron is None:
        begin = _moment(instant(start, fixed.time_zone))
        return Timing(_events(fixed, start), begin, catchup=True, guessed=guessed)
    expression, zone = cron
    at_once = call("timedelta", minutes=1)
    schedule = call("CronTriggerTimetable", expression, timezone=zone, run_immediately=at_once)
    if recurrence.start is None:
        return Timing(schedule, guessed=guessed)
    first = firing_times(fixed, instant(start, fixed.time_zone) - dt.timedelta(seconds=1), 1)[0]
    begin = call("begin", _moment(first))
    return Timing(schedule, begin, guessed=guessed)


def _from_creation(recurrence: ir.Recurrence) -> Timing:
    """Whole intervals from the moment at which Airflow first sees the schedule, which is the first time."""
    unit = f"{recurrence.frequency}s"
    words = {unit: recurrence.interval}
    of_months = recurrence.frequency == "month"
    delta = call("relativedelta" if of_months else "timedelta", **words)
    schedule = call("DeltaTriggerTimetable", delta)
    return Timing(schedule, elapsed=recurrence.frequency not in STEP_MINUTES)


def _list_missing_parts(recurrence: ir.Recurrence) -> list[str]:
    """What the moment of creation would decide."""
    parts = [] if recurrence.hours else ["the hour"]
    parts += [] if recurrence.minutes else ["the minute"]
    if recurrence.frequency == "week" and not recurrence.week_days:
        parts.append("the day of the week")
    if recurrence.interval > 1:
        parts.append(f"which {recurrence.frequency} is the first")
    return parts


def _cron(recurrence: ir.Recurrence, start: dt.datetime) -> tuple[str, str] | None:
    """The cron expression and its zone, or None where cron cannot say it."""
    if recurrence.frequency in STEP_MINUTES:
        return _elapsed_cron(recurrence, instant(start, recurrence.time_zone))
    times = times_of_day(recurrence, start)
    if any(time.second for time in times) or _comes_twice(recurrence, times, start):
        return None
    days = _cron_days(recurrence, start)
    if days is None:
        return None
    minutes, hours = sorted({time.minute for time in times}), sorted({time.hour for time in times})
    return f"{_cron_field(minutes, 60)} {_cron_field(hours, 24)} {days}", recurrence.time_zone


def _elapsed_cron(recurrence: ir.Recurrence, first: dt.datetime) -> tuple[str, str] | None:
    """Elapsed time is UTC's. Steps that do not go into an hour or a day are none of cron's."""
    step = STEP_MINUTES[recurrence.frequency] * recurrence.interval
    if first.second or _DAY % step:
        return None
    if step < 60:
        minutes = list(range(first.minute % step, 60, step))
        return None if 60 % step else (f"{_cron_field(minutes, 60)} * * * *", "UTC")
    if step % 60:
        return None
    hours = list(range(first.hour % (step // 60), 24, step // 60))
    return f"{first.minute} {_cron_field(hours, 24)} * * *", "UTC"


def _cron_days(recurrence: ir.Recurrence, start: dt.datetime) -> str | None:
    """Cron's last three fields."""
    if recurrence.frequency == "day":
        return "* * *" if recurrence.interval == 1 else None
    if recurrence.frequency == "week":
        days = sorted((day + 1) % 7 for day in days_of_week(recurrence, start))
        return f"* * {_cron_field(days, 7)}" if recurrence.interval == 1 else None
    if 12 % recurrence.interval or start.day > _LONGEST_CRON_DAY:
        return None
    months = sorted((start.month - 1 + number) % 12 + 1 for number in range(0, 12, recurrence.interval))
    return f"{start.day} {'*' if len(months) == 12 else _cron_field(months, 13)} *"


def _cron_field(numbers: list[int], below: int) -> str:
    """One field of cron, whose values are less than `below`: ``*``, ``*/15``, ``10-59/15`` or ``6,18``."""
    step = numbers[1] - numbers[0] if len(numbers) > 1 else 0
    if len(numbers) > 2 and numbers == list(range(numbers[0], below, step)):
        if numbers[0] == 0:
            return "*" if step == 1 else f"*/{step}"
        return f"{numbers[0]}-{below - 1}/{step}"
    return ",".join(map(str, numbers))


def _comes_twice(recurrence: ir.Recurrence, times: list[dt.time], start: dt.datetime) -> bool:
    """Whether one of `times` is, on some day of the first years, a local time that a clock shows twice."""
    zone = ZoneInfo(recurrence.time_zone)
    begin = max(start.date(), dt.date(2025, 1, 1))
    moments = (
        dt.datetime.combine(begin + dt.timedelta(days=day), time, zone)
        for day in range(2 * _YEAR)
        for time in times
    )
    return any(moment.utcoffset() > moment.replace(fold=1).utcoffset() for moment in moments)  # type: ignore[operator]


def _events(recurrence: ir.Recurrence, start: dt.datetime) -> Call:
    """``upcoming(…)`` of the times, in words for Airflow's pages, as a program of the file's helpers."""
    first = instant(start, recurrence.time_zone)
    every = f"every {recurrence.interval} {recurrence.frequency}s" if recurrence.interval > 1 else ""
    words = every or f"every {recurrence.frequency}"
    if recurrence.frequency in STEP_MINUTES:
        minutes = STEP_MINUTES[recurrence.frequency] * recurrence.interval
        return call("upcoming", call("steps", _moment(first), call("timedelta", minutes=minutes)), words)
    times = [_time(time) for time in times_of_day(recurrence, start)]
    begin = first + dt.timedelta(seconds=1) if has_pattern(recurrence) else first
    days = call("days", _moment(begin), recurrence.time_zone, times, _day_filter(recurrence, start))
    return call("upcoming", days, f"{words} ({recurrence.time_zone})")


def _day_filter(recurrence: ir.Recurrence, start: dt.datetime) -> Call:
    """The days of the recurrence, as a call of one of the file's helpers."""
    first = start.date()
    if recurrence.frequency == "day":
        return call("every_days", _date(first), recurrence.interval)
    if recurrence.frequency == "month":
        return call("every_months", _date(first), recurrence.interval)
    monday = first - dt.timedelta(days=first.weekday())
    return call("every_weeks", _date(monday), recurrence.interval, days_of_week(recurrence, start))


def _moment(moment: dt.datetime) -> Call:
    fields = [moment.year, moment.month, moment.day, moment.hour, moment.minute]
    fields += [moment.second] if moment.second else []
    return call("datetime", *fields, tzinfo=Code("timezone.utc"))


def _date(day: dt.date) -> Call:
    return call("date", day.year, day.month, day.day)


def _time(moment: dt.time) -> Call:
    return call("time", moment.hour, moment.minute, *([moment.second] if moment.second else []))
