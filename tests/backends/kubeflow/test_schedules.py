"""Schedules on Kubeflow: cron in the cluster's one zone, fixed distances, and what is said of losses."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings

from pipelift.backends.kubeflow.deployment import NAME
from pipelift.backends.kubeflow.schedules import Recurring, recurring
from pipelift.backends.kubeflow.settings import KubeflowSettings
from pipelift.backends.wiring.recurrence import firing_times, instant
from pipelift.compiler import ir
from pipelift.compiler.config import Config
from pipelift.compiler.diagnostics import Reporter
from tests.conftest import Golden
from tests.support import samples
from tests.support.compiling import compile_for
from tests.support.recurrences import NOW, cron_times, recurrences


def placed(trigger: ir.Recurrence | ir.Polling, zone: str = "UTC") -> tuple[tuple[Recurring, ...], list[str]]:
    """The recurring runs of one schedule in a cluster of that zone, and the codes of what is said."""
    schedule = ir.Schedule(id="s", name="s", trigger=trigger)
    pipeline = replace(samples.two_steps()[0], schedules=(schedule,))
    reporter = Reporter()
    return recurring(pipeline, {}, zone, reporter), [one.code for one in reporter]


def daily(**fields: Any) -> ir.Recurrence:
    return ir.Recurrence(frequency="day", **fields)


MORNING = {"hours": (6,), "minutes": (30,)}
CASES: dict[str, tuple[ir.Recurrence | ir.Polling, str, tuple[str, ...] | None, list[str]]] = {
    "universal time": (daily(**MORNING), "UTC", ("0 30 6 * * *",), []),
    "the cluster's own zone": (
        daily(**MORNING, time_zone="Europe/Berlin"),
        "Europe/Berlin",
        ("0 30 6 * * *",),
        [],
    ),
    "another zone with summer time": (
        daily(**MORNING, time_zone="Europe/Berlin"),
        "UTC",
        ("0 30 5 * * *",),
        ["PL480"],
    ),
    "a zone with the same clock changes": (
        daily(**MORNING, time_zone="Europe/Berlin"),
        "Europe/Paris",
        ("0 30 6 * * *",),
        [],
    ),
    "another day, on the southern hemisphere": (
        daily(**MORNING, time_zone="Australia/Sydney"),
        "UTC",
        ("0 30 20 * * *",),
        ["PL480"],
    ),
    "another day of the week": (
        ir.Recurrence(
            frequency="week", hours=(2, 12), minutes=(0,), week_days=("monday",), time_zone="Asia/Kolkata"
        ),
        "UTC",
        ("0 30 20 * * 0", "0 30 6 * * 1"),
        [],
    ),
    "every 15 minutes": (
        ir.Recurrence(
            frequency="minute", interval=15, start="2024-01-01T00:00:00", time_zone="Europe/Berlin"
        ),
        "Europe/Berlin",
        ("0 0,15,30,45 * * * *",),
        [],
    ),
    "every 8 hours in a cluster with summer time": (
        ir.Recurrence(frequency="hour", interval=8, start="2024-01-01T00:00:00"),
        "Europe/Berlin",
        ("0 0 1,9,17 * * *",),
        ["PL480"],
    ),
    "the last day of the month": (
        ir.Recurrence(frequency="month", start="2024-01-30T06:00:00"),
        "UTC",
        ("0 0 6 30 1,3,4,5,6,7,8,9,10,11,12 *", "0 0 6 28 2 *"),
        ["PL481"],
    ),
    "every other day": (daily(interval=2, start="2024-01-01T06:00:00"), "UTC", (), []),
    "every other day where clocks change": (
        daily(interval=2, start="2024-01-01T06:00:00", time_zone="Europe/Berlin"),
        "UTC",
        (),
        ["PL480"],
    ),
    "every 5 months": (
        ir.Recurrence(frequency="month", interval=5, start="2024-01-01T06:00:00"),
        "UTC",
        None,
        ["PL482"],
    ),
    "the day before the first": (
        ir.Recurrence(frequency="month", start="2024-01-01T01:00:00", time_zone="Asia/Kolkata"),
        "UTC",
        None,
        ["PL482"],
    ),
    "a store": (ir.Polling(store="incoming"), "UTC", None, []),
}


@pytest.mark.parametrize("case", CASES)
def test_schedules(case: str) -> None:
    trigger, zone, cron, codes = CASES[case]
    found, said = placed(trigger, zone)
    assert ([one.cron for one in found], said) == ([] if cron is None else [cron], codes)


@given(recurrences(zones=("UTC", "Asia/Kolkata", "America/Phoenix", "Pacific/Auckland")))
@settings(max_examples=200, deadline=None)
def test_cron_in_another_zone_fires_when_the_recurrence_does(recurrence: ir.Recurrence) -> None:
    """Where neither zone loses anything by what is said."""
    found, codes = placed(recurrence, "Asia/Tokyo")
    if codes or not found[0].cron:
        return
    start = instant(dt.datetime.fromisoformat(recurrence.start or ""), recurrence.time_zone)
    after = max(start, NOW)
    expressions = tuple(one.removeprefix("0 ") for one in found[0].cron)
    assert firing_times(recurrence, after, 20) == cron_times(expressions, "Asia/Tokyo", after, 20)


def test_what_a_deployment_knows(golden: Golden) -> None:
    pipeline, contents = samples.two_steps()
    rate = (ir.ParameterSetting(name="rate", value=0.7),)
    monthly = ir.Recurrence(frequency="month", start="2024-01-05T06:00:00", time_zone="Asia/Kolkata")
    schedules = (
        ir.Schedule(id="daily", name="Daily", trigger=daily(**MORNING), parameters=rate, enabled=False),
        ir.Schedule(id="monthly", name="Monthly", trigger=monthly),
        ir.Schedule(
            id="other-days", name="Other days", trigger=daily(interval=2, start="2024-01-01T06:00:00")
        ),
    )
    pipeline = replace(pipeline, schedules=schedules)
    config = Config(targets={"kubeflow": KubeflowSettings(namespace="ada")})
    made = compile_for("kubeflow", pipeline, contents, config)
    text = made.files[NAME].decode()
    for image in {one for one in text.split('"') if ":" in one and "/" in one}:
        text = text.replace(image, f"{image.partition(':')[0]}:TAG")
    golden("kubeflow/deployment", {NAME: text})


def test_a_zone_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="is no time zone"):
        KubeflowSettings(time_zone="Berlin")
