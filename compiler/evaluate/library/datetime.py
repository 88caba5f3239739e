"""`datetime`: dates that are written out are known."""

from __future__ import annotations

import datetime

from pipelift.compiler.evaluate.library.clock import moment_of, with_clock
from pipelift.compiler.evaluate.library.models import opaque, partly, plain
from pipelift.compiler.evaluate.library.registry import module
from pipelift.compiler.evaluate.machine import Machine
from pipelift.compiler.evaluate.values import Model, Module, Value


@module("datetime")
def datetime_module(it: Machine) -> Module:
    """`datetime`."""
    moment, day = datetime.datetime, datetime.date
    clocks = {name: Model(f"datetime.{name}", with_clock(moment_of)) for name in ("now", "utcnow", "today")}
    today = {"today": Model("date.today", with_clock(lambda now: now.date()))}
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
