"""When recurrences fire, against a table made by hand, and what cron and fixed distances make of them."""

from __future__ import annotations

import datetime as dt
import sys
import zoneinfo
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from pipelift.backends.wiring.calendars import cron, cron_expression, repeats, superset
from pipelift.backends.wiring.recurrence import firing_times, instant
from pipelift.compiler import ir
from pipelift.compiler.lower.zones import find_iana_zone
from pipelift.compiler.sdk.pipeline.time_zones import WINDOWS_ZONES
from tests.support.recurrences import NOW, cron_times, recurrences
from tests.support.sdk_world import read

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

TABLE = tomllib.loads((Path(__file__).parent / "recurrences.toml").read_text(encoding="utf-8"))["case"]
UTC = dt.timezone.utc
SOURCE = """
from datetime import datetime
from azureml.pipeline.core.schedule import ScheduleRecurrence, TimeZone
published = Pipeline(ws, py("a")).publish("n")
Schedule.create(ws, "s", published.id, "e", recurrence={})
"""


def recurrence_of(folder: Path, says: str) -> ir.Recurrence:
    """What the front end makes of a ScheduleRecurrence."""
    reading = read(folder, SOURCE.format(says))
    assert reading.codes == []
    (schedule,) = reading.pipelines[0].schedules
    assert isinstance(schedule.trigger, ir.Recurrence)
    return schedule.trigger


def times_of(table: str) -> list[dt.datetime]:
    """The times of a table; each line's week day has to be right."""
    found = []
    for line in table.split("\n"):
        if line:
            day, name, offset, *times = line.split()
            found += [dt.datetime.fromisoformat(f"{day}T{time}{offset}") for time in times]
            assert found[-1].strftime("%a") == name
    return found


@pytest.mark.parametrize("case", TABLE, ids=lambda case: str(case["title"]))
def test_the_next_20_times(case: dict[str, Any], tmp_path: Path) -> None:
    recurrence = recurrence_of(tmp_path, case["says"])
    found = firing_times(recurrence, case["after"], 20, case.get("created"))
    expected = times_of(case["times"])
    assert len(expected) == 20
    assert found == expected
    zone = zoneinfo.ZoneInfo(recurrence.time_zone)
    assert [one.astimezone(zone).utcoffset() for one in found] == [one.utcoffset() for one in expected]


def test_it_does_not_matter_from_where_one_looks() -> None:
    """Years later the times are those that counting from the start would give."""
    weekly = ir.Recurrence(frequency="week", interval=3, start="2001-01-03T07:00:00", week_days=("friday",))
    first = firing_times(weekly, dt.datetime(2001, 1, 1, tzinfo=UTC), 3000)
    assert firing_times(weekly, first[2499], 20) == first[2500:2520]


def test_the_calendar_ends() -> None:
    last = dt.datetime(9999, 12, 30, tzinfo=UTC)
    for frequency in ("minute", "hour", "day", "week", "month"):
        rare = ir.Recurrence(frequency=frequency, interval=2_000_000, start="9999-12-31T00:00:00")
        assert len(firing_times(rare, last, 20)) == 1


def test_every_zone_of_the_sdk_is_known() -> None:
    zones = {find_iana_zone(name) for name in WINDOWS_ZONES}
    assert zones <= zoneinfo.available_timezones()
    assert len(WINDOWS_ZONES) == 131


@given(recurrences())
@settings(max_examples=300, deadline=None)
def test_cron_fires_when_the_recurrence_does(recurrence: ir.Recurrence) -> None:
    found = cron(recurrence, last_day="L")
    if found is None:
        return
    start = instant(dt.datetime.fromisoformat(recurrence.start or ""), recurrence.time_zone)
    after = max(start, NOW)
    assert firing_times(recurrence, after, 20) == cron_times(found.expressions, found.time_zone, after, 20)


CRON = {
    "15 minutes": (
        ir.Recurrence(frequency="minute", interval=15, start="2024-01-01T00:05:00"),
        ("5,20,35,50 * * * *",),
    ),
    "90 minutes": (
        ir.Recurrence(frequency="minute", interval=90, start="2024-01-01T00:00:00"),
        ("0 0,3,6,9,12,15,18,21 * * *", "30 1,4,7,10,13,16,19,22 * * *"),
    ),
    "7 hours do not divide the day": (
        ir.Recurrence(frequency="hour", interval=7, start="2024-01-01T00:00:00"),
        None,
    ),
    "no start": (ir.Recurrence(frequency="hour"), None),
    "hours and minutes need no start": (
        ir.Recurrence(frequency="day", hours=(6, 18), minutes=(30,), time_zone="Europe/Berlin"),
        ("30 6,18 * * *",),
    ),
    "week days": (
        ir.Recurrence(frequency="week", hours=(6,), minutes=(0,), week_days=("monday", "sunday")),
        ("0 6 * * 0,1",),
    ),
    "every other day": (ir.Recurrence(frequency="day", interval=2, start="2024-01-01T06:00:00"), None),
    "quarters": (
        ir.Recurrence(frequency="month", interval=3, start="2024-02-10T06:00:00"),
        ("0 6 10 2,5,8,11 *",),
    ),
    "the last day": (ir.Recurrence(frequency="month", start="2024-01-31T06:00:00"), ("0 6 L * *",)),
    "the 30th": (
        ir.Recurrence(frequency="month", start="2024-01-30T06:00:00"),
        ("0 6 30 1,3,4,5,6,7,8,9,10,11,12 *", "0 6 L 2 *"),
    ),
    "seconds": (ir.Recurrence(frequency="hour", start="2024-01-01T00:00:20"), None),
}


@pytest.mark.parametrize("case", CRON)
def test_cron(case: str) -> None:
    recurrence, expected = CRON[case]
    found = cron(recurrence, last_day="L")
    assert (None if found is None else found.expressions) == expected


def test_a_dialect_without_the_last_day_has_no_expression_for_it() -> None:
    assert cron(ir.Recurrence(frequency="month", start="2024-01-31T06:00:00")) is None
    assert cron(ir.Recurrence(frequency="month", start="2024-01-28T06:00:00")) is not None


@given(recurrences(zones=("UTC", "Asia/Kolkata")))
@settings(max_examples=200, deadline=None)
def test_fixed_distances_fire_when_the_recurrence_does(recurrence: ir.Recurrence) -> None:
    found = repeats(recurrence, NOW)
    if found is None:
        assert recurrence.frequency == "month"
        return
    union = {one.first + number * one.every for one in found for number in range(20)}
    assert firing_times(recurrence, NOW, 20) == sorted(union)[:20]


@given(recurrences())
@settings(max_examples=200, deadline=None)
def test_a_superset_fires_whenever_the_recurrence_does(recurrence: ir.Recurrence) -> None:
    dense = superset(recurrence)
    expressions = tuple(cron_expression(one, "L") for one in dense.moments)
    start = instant(dt.datetime.fromisoformat(recurrence.start or ""), recurrence.time_zone)
    for time in firing_times(recurrence, max(start, NOW), 3):
        before = time - dt.timedelta(minutes=1)
        assert cron_times(expressions, dense.time_zone, before, 1) == [time]
