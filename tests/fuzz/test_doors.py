"""Broken and hostile bytes at every door: there is an answer, never an exception, and an end in bounded time.

`PIPELIFT_FUZZ=10000` tries so many inputs instead of 2,000; ``python -m tests.fuzz`` is guided by what they reach.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from random import Random

import pytest

from tests.fuzz.corpus import seeds
from tests.fuzz.doors import DOORS
from tests.fuzz.mutation import mutate
from tests.support.budgets import check_ends_in_time

COUNT = int(os.environ.get("PIPELIFT_FUZZ", "2000"))
_SHARES = {"program": 4, "notebook": 2, "env-file": 4, "variables": 4}
"""How many times as many inputs as others a door gets: what is mostly met, and what costs next to nothing."""


def inputs(door: str, count: int) -> Iterator[bytes]:
    """The seeds of a door, and mutations of them: the same ones each time."""
    random, begin = Random(door), seeds(door)
    for number in range(count):
        yield mutate(random.choice(begin), begin, random) if number % 50 else random.choice(begin)


@pytest.mark.parametrize("door", DOORS)
def test_no_bytes_at_a_door_are_a_fault(door: str, tmp_path: Path) -> None:
    share = COUNT * _SHARES.get(door, 1) // sum(_SHARES.get(name, 1) for name in DOORS)
    for data in inputs(door, share):
        try:
            check_ends_in_time(partial(DOORS[door].take, tmp_path, data))
        except Exception as error:
            raise AssertionError(f"a fault at the door {door!r}: {data!r}") from error


def test_every_seed_is_good_and_small() -> None:
    for door in DOORS:
        assert seeds(door), door
        assert all(len(data) < 20_000 for data in seeds(door))
