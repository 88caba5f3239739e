"""What of a pipeline a target can say, as data: the losses of an output are derived from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, TypeAlias

Fit: TypeAlias = Literal["exact", "approximated", "dropped", "unconcerned"]


@dataclass(frozen=True, slots=True)
class Kept:
    """How a target keeps one thing. `how` completes "NAME …" in the message of a loss, `help` says what to do about it.

    ``unconcerned`` is what has no meaning on the target, so that nothing is lost: a schedule, for a run that you start.
    `codes` are those with which the target itself reports the cases that it keeps otherwise.
    """

    fit: Fit
    how: str = ""
    help: str = ""
    codes: tuple[str, ...] = ()


EXACT = Kept("exact")
UNCONCERNED = Kept("unconcerned")


def exact_but(*codes: str) -> Kept:
    """Kept, but for the cases that the target reports with these codes."""
    return Kept("exact", codes=codes)


def approximated(how: str = "keeps it only nearly", help: str = "") -> Kept:
    """Kept nearly: the output is written, with a warning (a note, where the code's row says so)."""
    return Kept("approximated", how, help)


def dropped(how: str = "does not keep it", help: str = "") -> Kept:
    """Not kept: an error that can be allowed (a warning, where the code's row says so)."""
    return Kept("dropped", how, help)


_LOST = dropped()


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeps:
    """What of the IR a target keeps. A field that a target does not name is lost, and so reported.

    `processes` are several nodes or processes of one step; `going_on` is to go on after a failed step; `sizes` are
    processors and memory; `destinations` and `registrations` are what an output asks for; `reuse` takes earlier
    results over; `recurrences` are schedules by the clock and `polling` those that watch a store; `experiments` are
    those that schedules file their runs under. What a target keeps only sometimes it declares with `exact_but`.

    `ignores` names fields of the IR, as ``Class.field``, that mean nothing to this target, each with the reason.
    """

    processes: Kept = _LOST
    going_on: Kept = _LOST
    retries: Kept = _LOST
    timeouts: Kept = _LOST
    sizes: Kept = _LOST
    gpus: Kept = _LOST
    shared_memory: Kept = _LOST
    secrets: Kept = _LOST
    destinations: Kept = _LOST
    registrations: Kept = _LOST
    reuse: Kept = _LOST
    recurrences: Kept = _LOST
    polling: Kept = _LOST
    experiments: Kept = _LOST
    ignores: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
