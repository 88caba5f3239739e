"""`time`."""

from __future__ import annotations

import datetime

from pipelift.compiler.evaluate import operators
from pipelift.compiler.evaluate.library.clock import make_moment, read_clock, with_clock
from pipelift.compiler.evaluate.library.models import ignored, opaque, partial_module
from pipelift.compiler.evaluate.library.registry import module
from pipelift.compiler.evaluate.machine import LibraryCall, Machine
from pipelift.compiler.evaluate.values import Model, Module, Unknown, Value


@module("time")
def time_module(it: Machine) -> Module:
    """`time`."""
    members: dict[str, Value] = {
        "time": Model("time.time", read_clock),
        "strftime": Model("time.strftime", _strftime),
        "sleep": ignored("time.sleep"),
    }
    names = ("localtime", "gmtime", "perf_counter", "monotonic", "ctime", "process_time")
    return partial_module(
        "time", {**members, **{n: opaque(f"time.{n}", "only a run knows the time") for n in names}}
    )


def _strftime(call: LibraryCall, pattern: Value, *moment: Value) -> Value:
    now = with_clock(make_moment)(call)
    if isinstance(now, Unknown):
        return now
    if moment or not isinstance(now, datetime.datetime) or not isinstance(pattern, str):
        return Unknown("the time is not known", call.span)
    return operators.apply(now.strftime, pattern)
