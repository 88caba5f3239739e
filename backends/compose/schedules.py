"""Schedules beside a Compose project: a systemd timer and a cron line each, and the script that both start.

A timer fires at the times of a calendar; where the recurrence skips some of them, the script finds out with `date`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from pipelift.backends.printing.rendering import render
from pipelift.backends.wiring.calendars import LAST, Moments, calendar, cron_expression, superset
from pipelift.backends.wiring.recurrence import STEP_MINUTES, anchor, has_pattern, instant
from pipelift.compiler import ir
from pipelift.compiler.diagnostics import Reporter

FOLDER = "schedules"
INSTALL = f"{FOLDER}/install.sh"
_DAY_SECONDS = 86400
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)
_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_CRON_LAST_DAY = "28-31"


@dataclass(frozen=True, slots=True)
class Guard:
    """Whether a time of the calendar is one of the recurrence: units since `origin` that `interval` divides.

    `origin` is in minutes or days since 1970-01-01, or in months since the year 0. `day` is the day of the month on
    which a month that is too short fires on its last day; 0 where that cannot be.
    """

    unit: str
    origin: int
    interval: int
    day: int = 0


@dataclass(frozen=True, slots=True)
class Timer:
    """One schedule. `unit` names its files; `calendars` are systemd's, `crons` cron's lines, in `time_zone`.

    The script starts nothing before `start` (seconds since 1970; None: at once).
    """

    unit: str
    label: str
    calendars: tuple[str, ...]
    crons: tuple[str, ...]
    time_zone: str
    start: int | None
    guard: Guard | None
    parameters: tuple[str, ...]
    enabled: bool


def timer_files(pipeline: ir.Pipeline, project: str, reporter: Reporter) -> dict[str, bytes]:
    """The files of all schedules, by path in the output folder; nothing without schedules."""
    timers = []
    for schedule in pipeline.schedules:
        if isinstance(schedule.trigger, ir.Recurrence):  # others are lost, as the target declares
            _report_start(schedule, schedule.trigger, reporter)
            timers.append(_timer(schedule, schedule.trigger, project))
    if not timers:
        return {}
    files = {
        INSTALL: render("compose/install.sh.j2", timers=timers),
        f"{FOLDER}/crontab.txt": render("compose/crontab.j2", timers=timers),
    }
    for timer in timers:
        files[f"{FOLDER}/{timer.unit}.sh"] = render("compose/schedule.sh.j2", timer=timer)
        files[f"{FOLDER}/{timer.unit}.timer"] = render("compose/timer.j2", timer=timer)
        files[f"{FOLDER}/{timer.unit}.service"] = render("compose/service.j2", timer=timer)
    return {path: text.encode() for path, text in files.items()}


def scripts(files: dict[str, bytes]) -> frozenset[str]:
    """Those of the files that are programs."""
    return frozenset(path for path in files if path.startswith(f"{FOLDER}/") and path.endswith(".sh"))


def _report_start(schedule: ir.Schedule, recurrence: ir.Recurrence, reporter: Reporter) -> None:
    if recurrence.start is None and calendar(recurrence) is None:
        message = f"schedule '{schedule.name}' has no start: its intervals count from 1970-01-01 00:00"
        reporter.report("PL484", message, schedule.span)


def _timer(schedule: ir.Schedule, recurrence: ir.Recurrence, project: str) -> Timer:
    dense = superset(recurrence)
    zone = dense.time_zone
    return Timer(
        unit=f"{project}-{schedule.id}",
        label=schedule.name,
        calendars=tuple(f"{_systemd(moments)} {zone}" for moments in dense.moments),
        crons=tuple(cron_expression(moments, _CRON_LAST_DAY) for moments in dense.moments),
        time_zone=zone,
        start=_start(recurrence),
        guard=_guard(recurrence),
        parameters=tuple(f"{parameter.name}={_text(parameter.value)}" for parameter in schedule.parameters),
        enabled=schedule.enabled,
    )


def _text(value: ir.Scalar) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _systemd(moments: Moments) -> str:
    """As ``OnCalendar=`` has it (systemd.time(7)); ``~01`` is the last day of a month."""
    days = "~01" if moments.days == (LAST,) else f"-{_join_numbers(moments.days)}"
    time = f"{_join_numbers(moments.hours)}:{_join_numbers(moments.minutes)}:00"
    names = ",".join(_NAMES[day] for day in moments.week_days)
    return f"{names} *-{_join_numbers(moments.months)}{days} {time}".strip()


def _join_numbers(values: tuple[int, ...]) -> str:
    return ",".join(f"{value:02d}" for value in values) or "*"


def _start(recurrence: ir.Recurrence) -> int | None:
    """The first second at which it may fire: the start's, or the one after it where the start does not count."""
    if recurrence.start is None:
        return None
    start = instant(dt.datetime.fromisoformat(recurrence.start), recurrence.time_zone)
    return int(start.timestamp()) + has_pattern(recurrence)


def _guard(recurrence: ir.Recurrence) -> Guard | None:
    start = anchor(recurrence, _EPOCH)
    days = (start.date() - _EPOCH.date()).days
    if recurrence.frequency in STEP_MINUTES:
        step = STEP_MINUTES[recurrence.frequency] * recurrence.interval
        first = int(instant(start, recurrence.time_zone).timestamp()) // 60
        return Guard("minutes", first, step) if _DAY_SECONDS // 60 % step else None
    if recurrence.frequency == "month":
        last_day = start.day if start.day > 28 else 0
        is_needed = recurrence.interval > 1 or last_day
        return (
            Guard("months", start.year * 12 + start.month, recurrence.interval, last_day)
            if is_needed
            else None
        )
    if recurrence.interval == 1:
        return None
    if recurrence.frequency == "week":
        return Guard("weeks", days - start.weekday(), recurrence.interval)
    return Guard("days", days, recurrence.interval)
