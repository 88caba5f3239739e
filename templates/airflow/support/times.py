"""The times of schedules that no timetable of Airflow's can say."""

from calendar import monthrange
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import date, datetime, time, timedelta, timezone
from itertools import count, islice
from zoneinfo import ZoneInfo

from airflow.timetables.events import EventsTimetable


def begin(first: datetime) -> datetime | None:
    """The start of a schedule while it lies ahead, so that Airflow makes up for nothing."""
    return first if first > datetime.now(timezone.utc) else None


def upcoming(times: Iterable[datetime], description: str) -> EventsTimetable:
    """The next of `times`, for a schedule that cron cannot say, worked out whenever this file
    is read. One of the last minute is still there: the scheduler may not have come to it.
    """
    since = datetime.now(timezone.utc) - timedelta(minutes=1)
    found = list(islice((one for one in times if one > since), 5))
    return EventsTimetable(event_dates=found, description=description)  # type: ignore[arg-type]


def steps(first: datetime, step: timedelta) -> Iterator[datetime]:
    """`first` and every `step` later, from about now on."""
    passed = max(0, (datetime.now(timezone.utc) - first) // step - 1)
    return (first + number * step for number in count(passed))


def days(
    first: datetime, zone: str, times: Collection[time], chosen: Callable[[date], bool]
) -> Iterator[datetime]:
    """The local `times` of the days that `chosen` takes, in UTC, from `first` and about now on.

    What a clock that is put forward leaves out comes later by its jump; of what comes twice
    the first counts.
    """
    today = max(first, datetime.now(timezone.utc)).date() - timedelta(days=2)
    for day in (today + timedelta(days=number) for number in count()):
        for moment in times if chosen(day) else []:
            local = datetime.combine(day, moment, ZoneInfo(zone))
            if local.astimezone(timezone.utc) >= first:
                yield local.astimezone(timezone.utc)


def every_days(first: date, interval: int) -> Callable[[date], bool]:
    """Every `interval` days from `first` on."""
    return lambda day: (day - first).days % interval == 0


def every_weeks(
    monday: date, interval: int, week_days: Collection[int]
) -> Callable[[date], bool]:
    """The `week_days` (Monday is 0) of every `interval` weeks from `monday` on."""

    def is_chosen(day: date) -> bool:
        return (day - monday).days // 7 % interval == 0 and day.weekday() in week_days

    return is_chosen


def every_months(first: date, interval: int) -> Callable[[date], bool]:
    """The day of `first` in every `interval` months, or the last of one that is too short."""

    def is_chosen(day: date) -> bool:
        months = (day.year - first.year) * 12 + day.month - first.month
        last = monthrange(day.year, day.month)[1]
        return months % interval == 0 and day.day == min(first.day, last)

    return is_chosen
