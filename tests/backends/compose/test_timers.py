"""Schedules of a Compose project: timers, cron lines, and scripts that know which of the times are due."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipelift.backends.compose.schedules import INSTALL, timer_files
from pipelift.backends.wiring.recurrence import firing_times
from pipelift.compiler import ir
from pipelift.compiler.diagnostics import Reporter
from tests.conftest import Golden
from tests.support import samples
from tests.support.compiling import compile_for
from tests.support.folders import write_files, write_program
from tests.support.recurrences import RECURRENCES

UTC = dt.timezone.utc

HOSTILE = 'it\'s $(touch no) "q" %n'


def schedule(name: str, trigger: ir.Recurrence | ir.Polling, **fields: Any) -> ir.Schedule:
    return ir.Schedule(id=name, name=name, trigger=trigger, **fields)


def files_of(*schedules: ir.Schedule) -> tuple[dict[str, str], list[str]]:
    """The files, and the codes of what is said."""
    pipeline = replace(samples.two_steps()[0], schedules=schedules)
    reporter = Reporter()
    found = timer_files(pipeline, "words", reporter)
    return {path: data.decode() for path, data in found.items()}, [one.code for one in reporter]


def test_the_files(golden: Golden) -> None:
    settings = (ir.ParameterSetting(name="rate", value=0.7), ir.ParameterSetting(name="note", value=HOSTILE))
    files, codes = files_of(
        schedule("daily", RECURRENCES["daily"], parameters=settings),
        *(schedule(name, one, enabled=name != "month-ends") for name, one in list(RECURRENCES.items())[1:]),
    )
    assert codes == []
    golden("compose/schedules", {Path(path).name: text for path, text in files.items()})


def test_a_pipeline_without_schedules_has_no_timers() -> None:
    assert files_of() == ({}, [])


def test_the_scripts_are_programs(tmp_path: Path) -> None:
    pipeline, contents = samples.two_steps()
    pipeline = replace(pipeline, schedules=(schedule("daily", RECURRENCES["daily"]),))
    made = compile_for("compose", pipeline, contents, base=tmp_path, output=tmp_path)
    assert {path for path in made.executable if path.endswith(".sh")} == {
        INSTALL,
        "schedules/compare-models-exp-daily.sh",
    }


@pytest.mark.parametrize(
    ("trigger", "codes"),
    [
        (ir.Recurrence(frequency="hour", interval=12), ["PL484"]),
        (ir.Recurrence(frequency="day", hours=(6,), minutes=(0,)), []),
        (ir.Polling(store="incoming"), []),
    ],
)
def test_what_is_said(trigger: ir.Recurrence | ir.Polling, codes: list[str]) -> None:
    assert files_of(schedule("s", trigger))[1] == codes


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A folder with a `date` whose now is $NOW, and a `pipelift` that prints its arguments."""
    folder = tmp_path / "tools"
    folder.mkdir()
    real = "/usr/bin/date" if Path("/usr/bin/date").exists() else "/bin/date"
    write_program(
        folder / "date",
        f'#!/bin/sh\ncase "$*" in *-d*) exec {real} "$@" ;; *) exec {real} -d "@$NOW" "$@" ;; esac\n',
    )
    write_program(folder / "pipelift", '#!/bin/sh\nprintf "%s\\n" "$@"\n')
    return folder


def run(script: Path, tools: Path, now: dt.datetime) -> list[str]:
    """The lines that the script prints at `now`."""
    environ = {"PATH": f"{tools}{os.pathsep}{os.environ['PATH']}", "NOW": str(int(now.timestamp()))}
    done = subprocess.run(["/bin/sh", str(script)], env=environ, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def written(folder: Path, files: dict[str, str], name: str) -> Path:
    return write_files(folder, files) / f"schedules/words-{name}.sh"


@pytest.mark.parametrize("name", RECURRENCES)
def test_a_script_starts_a_run_at_the_recurrences_times(name: str, tools: Path, tmp_path: Path) -> None:
    recurrence = RECURRENCES[name]
    script = written(tmp_path, files_of(schedule(name, recurrence))[0], name)
    for time in firing_times(recurrence, dt.datetime(2024, 1, 1, tzinfo=UTC), 12):
        assert run(script, tools, time) == ["deploy", "."]


SKIPPED = {
    "fortnightly": dt.timedelta(days=7),
    "every-3-days": dt.timedelta(days=1),
    "every-7-hours": dt.timedelta(hours=1),
    "every-50-minutes": dt.timedelta(minutes=10),
    "month-ends": dt.timedelta(days=1),
    "every-5-months": dt.timedelta(days=31),
}


@pytest.mark.parametrize("name", SKIPPED)
def test_a_script_starts_no_run_where_the_calendar_has_more_times(
    name: str, tools: Path, tmp_path: Path
) -> None:
    recurrence, distance = RECURRENCES[name], SKIPPED[name]
    script = written(tmp_path, files_of(schedule(name, recurrence))[0], name)
    for time in firing_times(recurrence, dt.datetime(2024, 1, 1, tzinfo=UTC), 6):
        assert run(script, tools, time - distance) == []
        assert run(script, tools, time + distance) == []


def test_nothing_starts_before_the_start(tools: Path, tmp_path: Path) -> None:
    recurrence = ir.Recurrence(frequency="day", start="2024-06-01T06:00:00")
    script = written(tmp_path, files_of(schedule("later", recurrence))[0], "later")
    assert run(script, tools, dt.datetime(2024, 5, 31, 6, tzinfo=UTC)) == []
    assert run(script, tools, dt.datetime(2024, 6, 1, 6, tzinfo=UTC)) == ["deploy", "."]


def test_parameters_reach_the_run_as_they_are(tools: Path, tmp_path: Path) -> None:
    settings = (ir.ParameterSetting(name="note", value=HOSTILE), ir.ParameterSetting(name="fast", value=True))
    files, _ = files_of(schedule("daily", RECURRENCES["daily"], parameters=settings))
    lines = run(written(tmp_path, files, "daily"), tools, dt.datetime(2024, 6, 1, tzinfo=UTC))
    assert lines == ["deploy", ".", "-p", f"note={HOSTILE}", "-p", "fast=true"]


def test_cron_lines_have_the_paths_of_the_machine(tools: Path, tmp_path: Path) -> None:
    folder = tmp_path / "my output"
    folder.mkdir()
    written(folder, files_of(schedule("daily", RECURRENCES["daily"]))[0], "daily")
    environ = {"PATH": f"{tools}{os.pathsep}{os.environ['PATH']}", "HOME": str(tmp_path)}
    command = ["/bin/sh", str(folder / INSTALL), "--cron"]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)
    line = f'30 6,18 * * * PIPELIFT="{tools}/pipelift" /bin/sh "{folder}/schedules/words-daily.sh"'
    assert line in done.stdout.splitlines()
    assert "@" not in done.stdout


def test_timers_are_installed_for_the_user(tools: Path, tmp_path: Path) -> None:
    write_program(tools / "systemctl", '#!/bin/sh\necho "systemctl $*"\n')
    daily, ends = (
        schedule(name, RECURRENCES[name], enabled=name == "daily") for name in ("daily", "month-ends")
    )
    written(tmp_path, files_of(daily, ends)[0], "daily")
    environ = {"PATH": f"{tools}{os.pathsep}{os.environ['PATH']}", "HOME": str(tmp_path)}

    def install(*words: str) -> list[str]:
        command = ["/bin/sh", str(tmp_path / INSTALL), *words]
        done = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)
        return [line for line in done.stdout.splitlines() if line.startswith("systemctl")]

    units = tmp_path / ".config/systemd/user"
    assert install() == [
        "systemctl --user daemon-reload",
        "systemctl --user enable --now words-daily.timer",
        "systemctl --user disable --now words-month-ends.timer",
    ]
    service = (units / "words-daily.service").read_text()
    assert f'ExecStart=/bin/sh "{tmp_path}/schedules/words-daily.sh"' in service and "@" not in service
    assert "systemctl --user disable --now words-daily.timer" in install("--remove")
    assert list(units.iterdir()) == []
