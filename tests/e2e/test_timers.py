"""systemd's own word on the timers of a Compose project: when they fire, and whether the units are well formed."""

from __future__ import annotations

import datetime as dt
import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from pipelift.backends.compose.schedules import timer_files
from pipelift.backends.wiring.recurrence import firing_times
from pipelift.compiler import ir
from pipelift.compiler.diagnostics import Reporter
from tests.support import samples
from tests.support.recurrences import RECURRENCES

pytestmark = pytest.mark.e2e

UTC = dt.timezone.utc
AFTER = dt.datetime(2025, 3, 20, 12, tzinfo=UTC)
EXACT = ("daily", "month-ends")
"""The recurrences that a calendar says without the help of the script."""


def files_of(name: str) -> dict[str, str]:
    schedules = (ir.Schedule(id=name, name=name, trigger=RECURRENCES[name]),)
    pipeline = replace(samples.two_steps()[0], schedules=schedules)
    found = timer_files(pipeline, "words", Reporter())
    return {Path(path).name: data.decode() for path, data in found.items()}


def elapses(calendar: str, count: int) -> list[dt.datetime]:
    """When systemd fires next after `AFTER`, in UTC."""
    command = (
        "systemd-analyze",
        "calendar",
        f"--iterations={count}",
        f"--base-time={AFTER:%Y-%m-%d %H:%M:%S UTC}",
    )
    done = subprocess.run(
        [*command, calendar],
        env={"TZ": "UTC", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    texts = re.findall(r"(?:Next elapse|Iter\. #\d+): \w+ ([-\d]+ [:\d]+) UTC", done.stdout)
    return [dt.datetime.fromisoformat(text).replace(tzinfo=UTC) for text in texts]


@pytest.mark.parametrize("name", RECURRENCES)
def test_timers_fire_when_the_recurrence_does(name: str) -> None:
    calendars = re.findall("^OnCalendar=(.*)$", files_of(name)[f"words-{name}.timer"], re.MULTILINE)
    found = sorted({time for calendar in calendars for time in elapses(calendar, 200)})
    expected = firing_times(RECURRENCES[name], AFTER, 20)
    inside = [time for time in expected if time <= found[-1]]
    assert inside
    assert set(inside) <= set(found)
    if name in EXACT:
        assert found[:20] == expected


def test_the_units_are_well_formed(tmp_path: Path) -> None:
    for path, text in files_of("fortnightly").items():
        filled = text.replace("@DIRECTORY@", str(tmp_path)).replace("@PIPELIFT@", "/bin/true")
        (tmp_path / path).write_text(filled.replace("@PATH@", "/usr/bin:/bin"), encoding="utf-8")
    units = [str(tmp_path / f"words-fortnightly.{kind}") for kind in ("timer", "service")]
    done = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
