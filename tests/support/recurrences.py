"""Random recurrences, and when cron lines fire by another library's account."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from itertools import islice
from typing import Any, Literal

from croniter import croniter
from hypothesis import strategies as st

from pipelift.backends.wiring.recurrence import instant
from pipelift.compiler import ir

NOW = dt.datetime(2024, 5, 17, 9, 41, tzinfo=dt.timezone.utc)
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe")
RECURRENCES = {
    "daily": ir.Recurrence(frequency="day", hours=(6, 18), minutes=(30,), time_zone="Europe/Berlin"),
    "fortnightly": ir.Recurrence(
        frequency="week",
        interval=2,
        start="2024-01-03T18:30:00",
        time_zone="America/New_York",
        week_days=("monday", "wednesday"),
    ),
    "every-3-days": ir.Recurrence(
        frequency="day", interval=3, start="2024-02-27T23:30:00", time_zone="Australia/Sydney"
    ),
    "every-7-hours": ir.Recurrence(frequency="hour", interval=7, start="2024-01-01T00:15:00"),
    "every-50-minutes": ir.Recurrence(frequency="minute", interval=50, start="2024-01-01T00:15:00"),
    "month-ends": ir.Recurrence(frequency="month", start="2024-01-31T06:00:00"),
    "every-5-months": ir.Recurrence(frequency="month", interval=5, start="2024-01-30T06:00:00"),
}
FREQUENCIES: tuple[Literal["minute", "hour", "day", "week", "month"], ...] = (
    "minute",
    "hour",
    "day",
    "week",
    "month",
)
STARTS = st.datetimes(dt.datetime(2020, 1, 1), dt.datetime(2026, 12, 31)).map(
    lambda moment: moment.replace(second=0, microsecond=0).isoformat()
)


@st.composite
def recurrences(draw: st.DrawFn, zones: tuple[str, ...] = ZONES) -> ir.Recurrence:
    """Any recurrence that the SDK takes, in one of `zones`."""
    frequency = draw(st.sampled_from(FREQUENCIES))
    fields: dict[str, Any] = {}
    if frequency in ("day", "week"):
        fields["hours"] = tuple(sorted(draw(st.sets(st.integers(0, 23), max_size=3))))
        fields["minutes"] = tuple(sorted(draw(st.sets(st.integers(0, 59), max_size=3))))
    if frequency == "week":
        days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
        fields["week_days"] = tuple(sorted(draw(st.sets(st.sampled_from(days), max_size=3)), key=days.index))
    return ir.Recurrence(
        frequency=frequency,
        interval=draw(st.sampled_from((1, 1, 1, 2, 3, 5, 6, 7, 12, 15, 30, 45, 90))),
        start=draw(STARTS),
        time_zone=draw(st.sampled_from(zones)),
        **fields,
    )


def cron_times(expressions: tuple[str, ...], zone: str, after: dt.datetime, count: int) -> list[dt.datetime]:
    """The next times of all expressions by croniter, on local clocks that never change, as UTC."""
    local = after.astimezone(zoneinfo.ZoneInfo(zone)).replace(tzinfo=None) - dt.timedelta(days=1)
    found: set[dt.datetime] = set()
    for expression in expressions:
        times = croniter(expression, local).all_next(dt.datetime)
        later = (one for one in (instant(time, zone) for time in times) if one > after)
        found |= set(islice(later, count))
    return sorted(found)[:count]
