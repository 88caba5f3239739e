"""How far a program without end is evaluated in the suite: through a part of the meter, in `make soak` through all."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import pytest

from pipelift.compiler.evaluate import meter

SHARE = 1 if "PIPELIFT_FUZZ" in os.environ else 5
"""One in so many steps of the meter, and of the time that it may take."""

SLOWEST = 30.0
"""Seconds of processor time that the whole meter may take."""


def check_ends_in_time(act: Callable[[], object]) -> None:
    """`act` evaluates a program, which ends by the meter: in the time that this part of it may take."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(meter, "STEPS", meter.STEPS // SHARE)
        patch.setattr(meter, "LOOP_STEPS", meter.LOOP_STEPS // SHARE)
        before = time.process_time()
        act()
        spent = time.process_time() - before
    assert spent < SLOWEST / SHARE, f"{spent:.1f} s"
