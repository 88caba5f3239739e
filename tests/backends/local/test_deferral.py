"""What is left to do for ended steps: all of it is done when the run ends, and what fails is told."""

from __future__ import annotations

import threading

import pytest

from pipelift.app.running import Event
from pipelift.backends.local.deferral import Deferral


def test_all_is_done_in_order_when_the_block_ends() -> None:
    done: list[int] = []
    gate = threading.Event()
    with Deferral(_refuse) as deferral:
        deferral.put(lambda: done.append(0) if gate.wait(10) else None)
        for number in range(1, 5):
            deferral.put(lambda number=number: done.append(number))  # type: ignore[misc]
        assert done == []
        gate.set()
    assert done == [0, 1, 2, 3, 4]


def test_a_disk_that_refuses_is_told_and_ends_nothing() -> None:
    told: list[str] = []
    done: list[bool] = []

    def fail() -> None:
        raise OSError(28, "No space left on device", "reuse/k.json")

    with Deferral(lambda event: told.append(event.text)) as deferral:
        deferral.put(fail)
        deferral.put(lambda: done.append(True))
    assert done == [True]
    assert told == ["what a step has left cannot be put in order yet: No space left on device: reuse/k.json"]


def test_a_fault_is_raised_at_the_end_unless_another_is_on_its_way() -> None:
    def fail() -> None:
        raise ValueError("ours")

    with pytest.raises(ValueError, match="ours"), Deferral(_refuse) as deferral:
        deferral.put(fail)
    with pytest.raises(KeyError, match="first"), Deferral(_refuse) as deferral:
        deferral.put(fail)
        raise KeyError("first")


def _refuse(event: Event) -> None:
    raise AssertionError(event)
