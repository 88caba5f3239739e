"""A recurrence as engines take it: a calendar (cron), or repetition at a fixed distance; None where that is not exact.

A calendar knows no start: who uses one must not let it fire before the recurrence's.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass, replace

from pipelift.backends.wiring.recurrence import (
    STEP_MINUTES,
    anchor,
    days_of_week,
    firing_times,
    has_pattern,
    times_of_day,
)
from pipelift.compiler.ir import Recurrence

LAST = -1
"""As a day of the month: the last."""

_DAY = 24 * 60
_FEBRUARY = 2
_SHORT = (4, 6, 9, 11)
_UTC = dt.timezone.utc
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=_UTC)


@dataclass(frozen=True, slots=True)
class Moments:
    """All minutes that have one of these minutes, one of these hours, …; empty means each. Monday is 0."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...] = ()
    days: tuple[int, ...] = ()
    months: tuple[int, ...] = ()
    week_days: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Calendar:
    """The union of some moments, in local time of an IANA zone."""

    moments: tuple[Moments, ...]
    time_zone: str


@dataclass(frozen=True, slots=True)
class Cron:
    """A recurrence fires whenever one of the expressions (minute, hour, day, month, week day) does."""

    expressions: tuple[str, ...]
    time_zone: str


@dataclass(frozen=True, slots=True)
class Repeat:
    """Fires at `first` (UTC) and at each further `every`: elapsed time."""

    first: dt.datetime
    every: dt.timedelta


def cron(recurrence: Recurrence, last_day: str | None = None) -> Cron | None:
    """The expressions that fire exactly when the recurrence does, after its start; None where there are none.

    Exactly, but for the nights when clocks change: there every engine has its own rule. `last_day` is how the
    dialect writes the last day of a month, None where it cannot.
    """
    exact = calendar(recurrence)
    if exact is None:
        return None
    if last_day is None and any(LAST in moments.days for moments in exact.moments):
        return None
    return Cron(tuple(cron_expression(moments, last_day or "") for moments in exact.moments), exact.time_zone)


def cron_expression(moments: Moments, last_day: str) -> str:
    """The five fields of cron; `last_day` is how the dialect writes the last day of a month."""
    days = last_day if moments.days == (LAST,) else _field(moments.days)
    week_days = _field(tuple(sorted((day + 1) % 7 for day in moments.week_days)))
    return f"{_field(moments.minutes)} {_field(moments.hours)} {days} {_field(moments.months)} {week_days}"


def _field(values: tuple[int, ...]) -> str:
    return ",".join(map(str, values)) or "*"


def calendar(recurrence: Recurrence) -> Calendar | None:
    """The calendar that fires exactly when the recurrence does, after its start; None where there is none."""
    if recurrence.start is None and not _is_written_out(recurrence):
        return None
    start = anchor(recurrence, _EPOCH)
    if start.second and not (recurrence.hours or recurrence.minutes):
        return None
    if recurrence.frequency in STEP_MINUTES:
        step = STEP_MINUTES[recurrence.frequency] * recurrence.interval
        return None if _DAY % step else Calendar(_grid(recurrence, step), "UTC")
    if recurrence.frequency == "month":
        if 12 % recurrence.interval:
            return None
        return Calendar(_months(start, recurrence.interval), recurrence.time_zone)
    if recurrence.interval > 1:
        return None
    return Calendar(_days(recurrence, start), recurrence.time_zone)


def superset(recurrence: Recurrence) -> Calendar:
    """A calendar of at most one time a minute that fires at least when the recurrence does.

    Without a start, intervals count from 1970-01-01 in the recurrence's zone.
    """
    start = anchor(recurrence, _EPOCH).replace(second=0).isoformat()
    dense = replace(recurrence, interval=1, start=start)
    if recurrence.frequency in STEP_MINUTES:
        step = STEP_MINUTES[recurrence.frequency] * recurrence.interval
        return Calendar(_grid(dense, math.gcd(step, _DAY)), "UTC")
    dense_calendar = calendar(dense)
    assert dense_calendar is not None, "intervals of 1 are on the calendar"
    return dense_calendar


def _is_written_out(recurrence: Recurrence) -> bool:
    """Whether nothing is left to the start: minutes, hours, and the week days of weeks are said."""
    if not (recurrence.hours and recurrence.minutes):
        return False
    return recurrence.interval == 1 and (recurrence.frequency == "day" or bool(recurrence.week_days))


def _grid(recurrence: Recurrence, step: int) -> tuple[Moments, ...]:
    """Every `step` minutes of the day in UTC, through the start; hours with the same minutes stand together."""
    first = firing_times(recurrence, _EPOCH - dt.timedelta(minutes=1), 1, _EPOCH)[0]
    offset = (first.hour * 60 + first.minute) % step
    by_hour: dict[int, list[int]] = {}
    for minute in range(offset, _DAY, step):
        by_hour.setdefault(minute // 60, []).append(minute % 60)
    alike: dict[tuple[int, ...], list[int]] = {}
    for hour, minutes in by_hour.items():
        alike.setdefault(tuple(minutes), []).append(hour)
    return tuple(
        Moments(minutes, () if len(hours) == 24 else tuple(hours)) for minutes, hours in alike.items()
    )


def _days(recurrence: Recurrence, start: dt.datetime) -> tuple[Moments, ...]:
    times = times_of_day(recurrence, start)
    minutes, hours = sorted({time.minute for time in times}), sorted({time.hour for time in times})
    week_days = days_of_week(recurrence, start) if recurrence.frequency == "week" else ()
    return (Moments(tuple(minutes), tuple(hours), week_days=tuple(week_days)),)


def _months(start: dt.datetime, interval: int) -> tuple[Moments, ...]:
    """The start's day in every `interval`-th month; in months that are too short their last day."""
    months = sorted((start.month - 1 + number * interval) % 12 + 1 for number in range(12 // interval))
    whole = Moments((start.minute,), (start.hour,), (start.day,), tuple(months) if interval > 1 else ())
    if start.day <= 28:
        return (whole,)
    short = [month for month in months if month == _FEBRUARY or (start.day == 31 and month in _SHORT)]
    if not short:
        return (whole,)
    if start.day == 31:
        return (replace(whole, days=(LAST,)),)
    long = [month for month in months if month not in short]
    parts = [(long, (start.day,)), (short, (LAST,))]
    return tuple(replace(whole, months=tuple(some), days=days) for some, days in parts if some)


def repeats(recurrence: Recurrence, created: dt.datetime) -> tuple[Repeat, ...] | None:
    """Fixed distances that fire when the recurrence does, but for the hour that local time jumps with the clocks.

    One for each time of the period. None for months, which differ in length.
    """
    if recurrence.frequency == "month":
        return None
    if recurrence.frequency in STEP_MINUTES:
        every = dt.timedelta(minutes=STEP_MINUTES[recurrence.frequency] * recurrence.interval)
        count = 1
    else:
        start = anchor(recurrence, created)
        days = 7 if recurrence.frequency == "week" else 1
        every = dt.timedelta(days=days * recurrence.interval)
        times = len(times_of_day(recurrence, start))
        count = times * (len(days_of_week(recurrence, start)) if recurrence.frequency == "week" else 1)
    before = created if has_pattern(recurrence) or recurrence.start else created - dt.timedelta(seconds=1)
    return tuple(Repeat(first, every) for first in firing_times(recurrence, before, count, created))
