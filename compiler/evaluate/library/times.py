"""Dates that are written out are known. What only a run can know is not: clocks, random numbers, unique ids.

The clock can be given as `SOURCE_DATE_EPOCH` (reproducible-builds.org), in seconds, through ``--env``.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable

from pipelift.compiler.evaluate import operators
from pipelift.compiler.evaluate.library.models import ignored, opaque, partly, plain
from pipelift.compiler.evaluate.machine import Machine
from pipelift.compiler.evaluate.values import Call, Model, Module, Raised, Unknown, Value

CLOCK = "SOURCE_DATE_EPOCH"
_UTC = datetime.timezone.utc


def seconds_now(call: Call) -> float | Unknown:
    """The time that the user gives, in seconds since 1970; unknown without one."""
    given = call.outside.environment.get(CLOCK)
    if given is None:
        return Unknown("only a run knows the time", call.span, supply=f"--env {CLOCK}=SECONDS")
    try:
        return float(given)
    except ValueError:
        raise Raised("ValueError", f"{CLOCK} is no number of seconds", call.span) from None


def _clock(make: Callable[..., Value]) -> Callable[..., Value]:
    """A function of the time: what `make` makes of the moment, in universal time, and the arguments."""

    def run(call: Call, *args: Value) -> Value:
        seconds = seconds_now(call)
        if isinstance(seconds, Unknown):
            return seconds
        return make(datetime.datetime.fromtimestamp(seconds, _UTC).replace(tzinfo=None), *args)

    return run


def _moment(now: datetime.datetime, zone: Value = None) -> Value:
    return now if zone is None else now.replace(tzinfo=_UTC).astimezone(zone)


def datetime_module(it: Machine) -> Module:
    """`datetime`."""
    moment, day = datetime.datetime, datetime.date
    clocks = {name: Model(f"datetime.{name}", _clock(_moment)) for name in ("now", "utcnow", "today")}
    today = {"today": Model("date.today", _clock(lambda now: now.date()))}
    members: dict[str, Value] = {
        "datetime": _class(
            "datetime.datetime", moment, clocks, ("strptime", "fromisoformat", "combine", "min", "max")
        ),
        "date": _class("datetime.date", day, today, ("fromisoformat", "min", "max")),
        "time": _class("datetime.time", datetime.time, {}, ("min", "max")),
        "timedelta": plain("datetime.timedelta", datetime.timedelta, datetime.timedelta),
        "timezone": _class("datetime.timezone", datetime.timezone, {}, ("utc",)),
    }
    return partly("datetime", members)


def _class(name: str, cls: type, clocks: dict[str, Model], names: tuple[str, ...]) -> Model:
    given = {one: getattr(cls, one) for one in names}
    attributes = {
        one: plain(f"{name}.{one}", value) if callable(value) else value for one, value in given.items()
    }
    made = plain(name, cls)
    unknown = opaque(f"{name}.fromtimestamp", "the time zone of the run is not known")
    return Model(
        name, made.function, attributes={"fromtimestamp": unknown, **attributes, **clocks}, native=cls
    )


def time_module(it: Machine) -> Module:
    """`time`."""
    members: dict[str, Value] = {
        "time": Model("time.time", seconds_now),
        "strftime": Model("time.strftime", _strftime),
        "sleep": ignored("time.sleep"),
    }
    names = ("localtime", "gmtime", "perf_counter", "monotonic", "ctime", "process_time")
    return partly("time", {**members, **{n: opaque(f"time.{n}", "only a run knows the time") for n in names}})


def _strftime(call: Call, pattern: Value, *moment: Value) -> Value:
    now = _clock(_moment)(call)
    if isinstance(now, Unknown) or moment:
        return now if isinstance(now, Unknown) else Unknown("the time is not known", call.span)
    return operators.apply(lambda: now.strftime(pattern))


def random_module(it: Machine) -> Module:
    """`random`."""
    names = (
        "random",
        "randint",
        "choice",
        "uniform",
        "sample",
        "shuffle",
        "choices",
        "randrange",
        "getrandbits",
    )
    return partly(
        "random",
        {**{n: opaque(f"random.{n}", "it is random") for n in names}, "seed": ignored("random.seed")},
    )


def uuid_module(it: Machine) -> Module:
    """`uuid`."""
    names = ("uuid1", "uuid4", "getnode")
    return partly("uuid", {name: opaque(f"uuid.{name}", "it is different in each run") for name in names})
