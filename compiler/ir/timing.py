"""The IR's nodes for what starts a pipeline: schedules, and the names under which it is published."""

from __future__ import annotations

import typing
from dataclasses import dataclass
from typing import Annotated

from pipelift.compiler.diagnostics.span import Span
from pipelift.compiler.ir.node import Node, Scalar, Tagged


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterSetting(Node):
    """A value that a schedule gives to the parameter `name`."""

    name: str
    value: Scalar


Frequency = typing.Literal["minute", "hour", "day", "week", "month"]
WeekDay = typing.Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurrence(Node):
    """Every `interval` minutes, hours, … from `start`, or at the given times of those days; see
    `backends/wiring/recurrence.py` for what that means to the minute.

    `start` is local time in `time_zone` (an IANA name) as ``YYYY-MM-DDThh:mm:ss``, None for the moment at which the
    schedule is put in place. `zone_name` is the zone as the source names it. `hours` and `minutes` go with days and
    weeks, `week_days` with weeks; all sorted, empty where nothing is said.
    """

    kind: typing.Literal["recurrence"] = "recurrence"
    frequency: Frequency
    interval: int = 1
    start: str | None = None
    time_zone: str = "UTC"
    zone_name: str | None = None
    hours: tuple[int, ...] = ()
    minutes: tuple[int, ...] = ()
    week_days: tuple[WeekDay, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Polling(Node):
    """Whenever a file in the folder `path` of `store` (not below it) is new or changed, looked at every `interval`
    minutes. `parameter` is the data parameter that gets the file, if one does.
    """

    kind: typing.Literal["polling"] = "polling"
    store: str
    path: str = ""
    interval: int = 5
    parameter: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule(Node):
    """What starts runs by itself: filed under `experiment`, with `parameters` in place of their defaults.

    `id` is a slug of `name`, unique in the pipeline. One that is not `enabled` is there, and starts nothing.
    """

    id: str
    name: str
    description: str | None = None
    experiment: str | None = None
    trigger: Annotated[Recurrence | Polling, Tagged("kind")]
    parameters: tuple[ParameterSetting, ...] = ()
    enabled: bool = True
    span: Span | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication(Node):
    """A name under which the pipeline can be started from outside.

    `endpoint` is that of the lasting address that it belongs to, if any; `default` says that it is what that
    address starts.
    """

    name: str
    version: str | None = None
    description: str | None = None
    endpoint: str | None = None
    default: bool = False
    span: Span | None = None
