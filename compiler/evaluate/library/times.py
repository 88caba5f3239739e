"""What only a run can know: clocks, random numbers, unique ids. Dates that are written out are known."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from pipelift.compiler.evaluate.library.models import ignored, opaque, partly, plain
from pipelift.compiler.evaluate.values import Model, Module, Value

if TYPE_CHECKING:
    from pipelift.compiler.evaluate.interpreter import Interpreter

_CLOCK = "only a run knows the time"


def datetime_module(it: Interpreter) -> Module:
    """`datetime`."""
    now = {name: opaque(f"datetime.{name}", _CLOCK) for name in ("now", "utcnow", "today", "fromtimestamp")}
    parse = plain("datetime.strptime", datetime.datetime.strptime)
    members: dict[str, Value] = {
        "datetime": Model(
            "datetime.datetime", _made(datetime.datetime), attributes={**now, "strptime": parse}
        ),
        "date": Model("datetime.date", _made(datetime.date), attributes=now),
        "timedelta": plain("datetime.timedelta", datetime.timedelta),
        "timezone": Model(
            "datetime.timezone", _made(datetime.timezone), attributes={"utc": datetime.timezone.utc}
        ),
    }
    return partly("datetime", members)


def _made(cls: type):  # type: ignore[no-untyped-def]  # a model's function takes whatever the class takes
    return plain(cls.__name__, cls).function


def time_module(it: Interpreter) -> Module:
    """`time`."""
    names = ("time", "strftime", "localtime", "gmtime", "perf_counter", "monotonic", "ctime")
    return partly(
        "time", {**{name: opaque(f"time.{name}", _CLOCK) for name in names}, "sleep": ignored("time.sleep")}
    )


def random_module(it: Interpreter) -> Module:
    """`random`."""
    names = ("random", "randint", "choice", "uniform", "sample", "shuffle", "choices", "randrange")
    return partly(
        "random",
        {**{n: opaque(f"random.{n}", "it is random") for n in names}, "seed": ignored("random.seed")},
    )


def uuid_module(it: Interpreter) -> Module:
    """`uuid`."""
    names = ("uuid1", "uuid4")
    return partly("uuid", {name: opaque(f"uuid.{name}", "it is different in each run") for name in names})
