"""`datetime`: dates that are written out are known."""

from __future__ import annotations

import datetime

from pipelift.compiler.evaluate.library.clock import make_moment, with_clock
from pipelift.compiler.evaluate.library.models import opaque, partial_module, plain
from pipelift.compiler.evaluate.library.registry import module
from pipelift.compiler.evaluate.machine import Machine
from pipelift.compiler.evaluate.values import Model, Module, Value


@module("datetime")
def datetime_module(it: Machine) -> Module:
    """`datetime`."""
    moment, day = datetime.datetime, datetime.date
    clocks = {name: Model(f"datetime.{name}", with_clock(make_moment)) for name in ("now", "utcnow", "today")}
    today = {"today": Model("date.today", with_clock(lambda now: now.date()))}
    members: dict[str, Value] = {
        "datetime": _model_class(
            "datetime.datetime", moment, clocks, ("strptime", "fromisoformat", "combine", "min", "max")
        ),
        "date": _model_class("datetime.date", day, today, ("fromisoformat", "min", "max")),
        "time": _model_class("datetime.time", datetime.time, {}, ("min", "max")),
        "timedelta": plain("datetime.timedelta", datetime.timedelta, datetime.timedelta),
        "timezone": _model_class("datetime.timezone", datetime.timezone, {}, ("utc",)),
    }
    return partial_module("datetime", members)


def _model_class(name: str, cls: type, clocks: dict[str, Model], names: tuple[str, ...]) -> Model:
    members = {attribute: getattr(cls, attribute) for attribute in names}
    attributes = {
        attribute: plain(f"{name}.{attribute}", value) if callable(value) else value
        for attribute, value in members.items()
    }
    model = plain(name, cls)
    unknown = opaque(f"{name}.fromtimestamp", "the time zone of the run is not known")
    return Model(
        name, model.function, attributes={"fromtimestamp": unknown, **attributes, **clocks}, native=cls
    )
