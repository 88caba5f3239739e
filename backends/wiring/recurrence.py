"""When a recurrence fires: to the minute, with the service's rules, daylight saving included.

The rules are those of the SDK's `ScheduleRecurrence` and of the service behind it (Azure documentation, "Schedules for
recurring triggers in Azure Logic Apps workflows", whose trigger has the same fields and the same zones):

- Without `hours`, `minutes` and `week_days` the start itself is the first time, the next are whole intervals later.
- With them it fires at these times of these days, after the start, never at it. An hour, a minute or a week day that
  is not said is the start's.
- `interval` counts from the day, week (Monday to Sunday), month of the start.
- Without a start, the moment at which the schedule is made stands in for it.
- Minutes and hours are elapsed time. Days, weeks and months keep the local time: what a clock that is put forward
  leaves out comes as much later as the clock jumps (02:30 becomes 03:30); what comes twice fires the first time.
- A month that is too short for the start's day fires on its last day.

The documents leave two of these open, and they are our choice: on which day a week begins, and short months.
"""

from __future__ import annotations

import calendar
import datetime as dt
import itertools
from collections.abc import Iterator
from zoneinfo import ZoneInfo

from pipelift.compiler.ir import Recurrence

WEEK_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
STEP_MINUTES = {"minute": 1, "hour": 60}
"""The minutes of one unit, for the frequencies that are elapsed time."""


def firing_times(
    recurrence: Recurrence, after: dt.datetime, count: int, created: dt.datetime | None = None
) -> list[dt.datetime]:
    """The next `count` times after `after` (not at it), in UTC, ascending; fewer where the calendar ends.

    `after` and `created`, the moment at which the schedule is made, have a zone; `created` is `after` unless given.
    """
    start = anchor(recurrence, after if created is None else created)
    later = (time for time in _times(recurrence, start, after) if time > after)
    return list(itertools.islice(later, count))


def anchor(recurrence: Recurrence, created: dt.datetime) -> dt.datetime:
    """What intervals count from: the start, or the moment `created`; local time, without zone."""
    if recurrence.start is not None:
        return dt.datetime.fromisoformat(recurrence.start)
    return created.astimezone(ZoneInfo(recurrence.time_zone)).replace(tzinfo=None, microsecond=0)


def instant(local: dt.datetime, zone: str) -> dt.datetime:
    """Local time as UTC. Of two times the first; what does not exist moves on by the clock's jump."""
    return local.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(dt.timezone.utc)


def times_of_day(recurrence: Recurrence, start: dt.datetime) -> list[dt.time]:
    """The local times of a day at which it fires, ascending; for days, weeks and months."""
    if not recurrence.hours and not recurrence.minutes:
        return [start.time()]
    hours = recurrence.hours or (start.hour,)
    minutes = recurrence.minutes or (start.minute,)
    return [dt.time(hour, minute) for hour in hours for minute in minutes]


def days_of_week(recurrence: Recurrence, start: dt.datetime) -> list[int]:
    """The days of a week on which it fires, Monday is 0; for weeks."""
    return sorted(WEEK_DAYS.index(day) for day in recurrence.week_days) or [start.weekday()]


def has_pattern(recurrence: Recurrence) -> bool:
    """Whether it names times or days: then the start itself is no firing time."""
    return bool(recurrence.hours or recurrence.minutes or recurrence.week_days)


def _times(recurrence: Recurrence, start: dt.datetime, after: dt.datetime) -> Iterator[dt.datetime]:
    """The times from about `after` on, in UTC, ascending."""
    first = instant(start, recurrence.time_zone)
    if recurrence.frequency in STEP_MINUTES:
        yield from _steps(first, _step(recurrence), after)
        return
    local_day = after.astimezone(ZoneInfo(recurrence.time_zone)).date()
    strictly = has_pattern(recurrence)
    times = times_of_day(recurrence, start)
    for day in _days(recurrence, start, local_day):
        fired = {instant(dt.datetime.combine(day, time), recurrence.time_zone) for time in times}
        yield from sorted(time for time in fired if time > first or (time == first and not strictly))


def _step(recurrence: Recurrence) -> dt.timedelta:
    return dt.timedelta(minutes=STEP_MINUTES[recurrence.frequency]) * recurrence.interval


def _steps(first: dt.datetime, step: dt.timedelta, after: dt.datetime) -> Iterator[dt.datetime]:
    """`first` and every `step` later, from about `after` on."""
    passed = max(0, (after - first) // step)
    try:
        for number in itertools.count(passed):
            yield first + number * step
    except OverflowError:  # the year 10000
        return


def _days(recurrence: Recurrence, start: dt.datetime, near: dt.date) -> Iterator[dt.date]:
    """The local days on which it fires, from shortly before `near` on."""
    try:
        if recurrence.frequency == "month":
            yield from _month_days(start.date(), recurrence.interval, near)
        elif recurrence.frequency == "week":
            monday = start.date() - dt.timedelta(days=start.weekday())
            for week in _every(monday, 7 * recurrence.interval, near):
                yield from (week + dt.timedelta(days=day) for day in days_of_week(recurrence, start))
        else:
            yield from _every(start.date(), recurrence.interval, near)
    except (OverflowError, ValueError):  # the year 10000
        return


def _every(first: dt.date, days: int, near: dt.date) -> Iterator[dt.date]:
    passed = max(0, (near - first).days // days - 1)
    for number in itertools.count(passed):
        yield first + dt.timedelta(days=number * days)


def _month_days(first: dt.date, months: int, near: dt.date) -> Iterator[dt.date]:
    origin = first.year * 12 + first.month - 1
    passed = max(0, (near.year * 12 + near.month - 1 - origin) // months - 1)
    for number in itertools.count(passed):
        year, month = divmod(origin + number * months, 12)
        last = calendar.monthrange(year, month + 1)[1]
        yield dt.date(year, month + 1, min(first.day, last))
