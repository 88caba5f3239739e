"""The time, which only a run knows.

It can be given as `SOURCE_DATE_EPOCH` (reproducible-builds.org), in seconds, through ``--env``.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable

from pipelift.compiler.evaluate.machine import LibraryCall
from pipelift.compiler.evaluate.values import Raised, Unknown, Value

CLOCK = "SOURCE_DATE_EPOCH"


UTC = datetime.timezone.utc


def read_clock(call: LibraryCall) -> float | Unknown:
    """The time that the user gives, in seconds since 1970; unknown without one."""
    seconds = call.outside.environment.get(CLOCK)
    if seconds is None:
        return Unknown("only a run knows the time", call.span, supply=f"--env {CLOCK}=SECONDS")
    try:
        return float(seconds)
    except ValueError:
        raise Raised("ValueError", f"{CLOCK} is no number of seconds", call.span) from None


def with_clock(make: Callable[..., Value]) -> Callable[..., Value]:
    """A function of the time: what `make` makes of the moment, in universal time, and the arguments."""

    def run(call: LibraryCall, *args: Value) -> Value:
        seconds = read_clock(call)
        if isinstance(seconds, Unknown):
            return seconds
        return make(datetime.datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None), *args)

    return run


def make_moment(now: datetime.datetime, zone: Value = None) -> Value:
    """The moment `now`, which is in universal time, in a time zone if one is given."""
    if zone is None:
        return now
    if not isinstance(zone, datetime.tzinfo):
        return Unknown("pipelift does not follow this time zone")
    return now.replace(tzinfo=UTC).astimezone(zone)
