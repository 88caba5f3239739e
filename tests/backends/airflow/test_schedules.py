"""Schedules on Airflow: the file of their DAGs as text, as Airflow reads it, and its times against the recurrence's."""

from __future__ import annotations

import ast
import datetime as dt
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import jinja2
import pytest

from pipelift.backends.airflow import TARGET as BACKEND
from pipelift.backends.airflow.timetables import timing
from pipelift.backends.printing.python import python_literal
from pipelift.backends.wiring.recurrence import firing_times
from pipelift.compiler import ir
from pipelift.compiler.diagnostics import Reporter
from pipelift.compiler.ir.wire import from_data
from tests.conftest import Golden
from tests.support.airflow import HOSTILE, compiled, operator
from tests.support.folders import write_files
from tests.support.preloaded import Preloaded
from tests.support.samples import pipeline_of, step

pytestmark = pytest.mark.usefixtures("fixed_runtime")

FILE = "sample_schedules.py"
START = "2026-01-31T09:30:00"


def recurrence(frequency: str, interval: int = 1, **fields: Any) -> ir.Recurrence:
    given = {"frequency": frequency, "interval": interval, "start": START, **fields}
    return from_data(ir.Recurrence, given)


BERLIN: dict[str, Any] = {"time_zone": "Europe/Berlin"}
RECURRENCES = {
    "minute": recurrence("minute"),
    "minutes 15": recurrence("minute", 15, start="2026-01-31T09:10:00"),
    "minutes 45": recurrence("minute", 45),
    "minutes 90": recurrence("minute", 90),
    "minutes 120": recurrence("minute", 120),
    "seconds": recurrence("minute", 5, start="2026-01-31T09:10:20"),
    "hour": recurrence("hour", **BERLIN),
    "hours 6": recurrence("hour", 6, time_zone="Asia/Kolkata"),
    "hours 5": recurrence("hour", 5, **BERLIN),
    "hours 24": recurrence("hour", 24, **BERLIN),
    "day": recurrence("day", **BERLIN),
    "days 3": recurrence("day", 3, time_zone="America/New_York"),
    "day at": recurrence("day", hours=(6, 18), minutes=(0, 30), **BERLIN),
    "day at the start's minute": recurrence("day", hours=(6, 9), **BERLIN),
    "gap": recurrence("day", hours=(2,), minutes=(30,), **BERLIN),
    "fold": recurrence("day", hours=(1,), minutes=(15,), time_zone="America/New_York"),
    "week": recurrence("week", **BERLIN),
    "week on": recurrence("week", week_days=("sunday", "wednesday"), hours=(9,), minutes=(30,), **BERLIN),
    "weeks 2": recurrence("week", 2, week_days=("monday", "saturday"), **BERLIN),
    "month": recurrence("month", start="2026-01-15T23:45:00", **BERLIN),
    "months 3": recurrence("month", 3, start="2026-02-28T00:00:00"),
    "months 5": recurrence("month", 5, start="2026-02-28T00:00:00"),
    "month's end": recurrence("month", **BERLIN),
    "far ahead": recurrence("day", start="2031-05-05T05:05:00", **BERLIN),
}


def with_schedules(*schedules: ir.Schedule, **fields: Any) -> Any:
    return pipeline_of(step("only"), schedules=schedules, **fields)


def schedule(name: str, trigger: ir.Recurrence | ir.Polling, **fields: Any) -> ir.Schedule:
    return from_data(ir.Schedule, {"id": name.replace(" ", "-"), "name": name, "trigger": trigger, **fields})


def schedules_text(pipeline: ir.Pipeline, contents: Any, config: Any = None) -> str:
    return compiled(pipeline, contents, config)[0][FILE].decode()


def every_kind() -> Any:
    parameter = ir.Parameter(name=HOSTILE, type="string", default="")
    setting = ir.ParameterSetting(name=HOSTILE, value=HOSTILE)
    return with_schedules(
        schedule("nightly", RECURRENCES["day at"], parameters=(setting,), description=HOSTILE),
        schedule("steps", RECURRENCES["minutes 45"]),
        schedule("weeks", RECURRENCES["weeks 2"], enabled=False),
        schedule("month's end", RECURRENCES["month's end"]),
        schedule("from creation", recurrence("hour", 5, start=None)),
        schedule("months", recurrence("month", 2, start=None)),
        schedule("files", ir.Polling(store="store", path="{{ in }} box/", interval=3, parameter="changed")),
        parameters=(parameter, ir.Parameter(name="changed", type="string", default="in")),
    )


@pytest.mark.parametrize(
    "case",
    {
        "schedules": every_kind,
        "schedules-cron": lambda: with_schedules(schedule("daily", RECURRENCES["day"])),
        "schedules-steps": lambda: with_schedules(schedule("often", RECURRENCES["minutes 45"])),
        "schedules-polling": lambda: with_schedules(schedule("files", ir.Polling(store="store"))),
    }.items(),
    ids=lambda case: case[0],
)
def test_files(case: Any, golden: Golden) -> None:
    name, make = case
    golden(f"airflow/{name}", {FILE: compiled(*make())[0][FILE]})


def test_without_schedules_there_is_no_such_file() -> None:
    assert FILE not in compiled(*pipeline_of(step("only")))[0]


def test_values_arrive_as_they_are() -> None:
    """Airflow renders the strings of a run's configuration with Jinja."""
    conf, _ = (
        keyword.value
        for node in ast.walk(ast.parse(schedules_text(*every_kind())))
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg == "conf"
    )
    ((name, value),) = ast.literal_eval(conf).items()
    assert name == HOSTILE
    assert jinja2.Environment(autoescape=False).from_string(value).render() == HOSTILE


def test_airflow_loads_them(tmp_path: Path) -> None:
    reporter = Reporter()
    BACKEND.verify(write_files(tmp_path, compiled(*every_kind())[0]), reporter)
    assert [diagnostic.message for diagnostic in reporter] == []


TIMES = """
import json, sys
import pendulum
from airflow.serialization.encoders import coerce_to_core_timetable
from airflow.timetables.base import TimeRestriction
text, moments = json.loads(sys.stdin.read())
found = []
for moment in moments:
    now = f"datetime.fromisoformat({moment!r})"
    names = {"__file__": sys.argv[1]}
    exec(text.replace("datetime.now(timezone.utc)", now).replace("islice((one for one in times if one > since), 5)",
                      "islice((one for one in times if one > since), 20)"), names)
    from airflow.sdk.definitions.dag import DAG
    times = {}
    for dag in DAGS:
        timetable = coerce_to_core_timetable(dag.timetable)
        if hasattr(timetable, "event_dates"):
            times[dag.dag_display_name] = [one.isoformat() for one in timetable.event_dates]
            continue
        restriction = TimeRestriction(max(pendulum.parse(moment), dag.start_date or pendulum.parse(moment)), None, True)
        last, listed = None, []
        for _ in range(20):
            info = timetable.next_dagrun_info(last_automated_data_interval=last, restriction=restriction)
            last = info.data_interval
            listed.append(info.run_after.isoformat())
        times[dag.dag_display_name] = listed
    found.append(times)
print(json.dumps(found))
"""

MOMENTS = (
    "2026-01-31T09:30:30+00:00",
    "2026-03-24T11:00:00+00:00",
    "2026-10-20T00:01:00+00:00",
    "2027-12-30T23:59:00+00:00",
)


def test_the_next_twenty_times_are_the_recurrence_s(tmp_path: Path, airflow_python: Preloaded) -> None:
    """Worked out by Airflow's own timetables, in spring and autumn too."""
    text = schedules_text(*with_schedules(*(schedule(name, rule) for name, rule in RECURRENCES.items())))
    collecting = text.replace("\nwith DAG(", "\nDAGS = globals().setdefault('DAGS', [])\nwith DAG(").replace(
        "\n):\n", "\n) as dag:\n    DAGS.append(dag)\n"
    )
    program = TIMES.replace("for dag in DAGS:", "for dag in names['DAGS']:")
    command = [sys.executable, "-c", program, str(tmp_path / FILE)]
    done = airflow_python.run(command, input=json.dumps([collecting, MOMENTS]), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    answers = json.loads(done.stdout.splitlines()[-1])
    for moment, answer in zip(MOMENTS, answers, strict=True):
        now = dt.datetime.fromisoformat(moment)
        for name, rule in RECURRENCES.items():
            # a timetable that is a list of times still has those of the last minute
            after = (
                now - dt.timedelta(minutes=1) if timing(rule).catchup else now - dt.timedelta(microseconds=1)
            )
            expected = firing_times(rule, after, 20)
            found = [dt.datetime.fromisoformat(one) for one in answer[name]]
            assert found == expected, f"{name} after {moment}"


@pytest.mark.parametrize(
    ("name", "cron"),
    [
        ("minute", "* * * * *"),
        ("minutes 15", "10-59/15 * * * *"),
        ("minutes 120", "30 1-23/2 * * *"),
        ("hours 6", "0 4-23/6 * * *"),
        ("day", "30 9 * * *"),
        ("day at", "0,30 6,18 * * *"),
        ("week on", "30 9 * * 0,3"),
        ("month", "45 23 15 * *"),
        ("months 3", "0 0 28 2-12/3 *"),
    ],
)
def test_cron_where_cron_can_say_it(name: str, cron: str) -> None:
    assert f'"{cron}"' in python_literal(timing(RECURRENCES[name]).schedule)


def test_first_time_is_the_start() -> None:
    begin = timing(RECURRENCES["far ahead"]).start
    assert python_literal(begin) == "begin(datetime(2031, 5, 5, 3, 5, tzinfo=timezone.utc))"


@pytest.mark.parametrize(
    ("trigger", "fields", "code"),
    [
        (recurrence("week", 2, start=None, week_days=("monday",)), {}, "PL470"),
        (recurrence("day", start=None), {}, "PL471"),
        (ir.Polling(store="volume"), {}, "PL472"),
        (ir.Polling(store="remote"), {}, "PL472"),
        (ir.Polling(store="store", parameter="changed"), {}, "PL473"),
        (recurrence("day"), {"wanted": True}, "PL475"),
    ],
)
def test_losses_are_reported(trigger: Any, fields: dict[str, Any], code: str) -> None:
    wanted = fields.pop("wanted", False)
    parameters = (ir.Parameter(name="wanted", type="integer"),) if wanted else ()
    config = {"stores": {"volume": {"url": "volume:data"}, "remote": {"url": "abfs://data@account"}}}
    pipeline, contents = with_schedules(schedule("one", trigger, **fields), parameters=parameters)
    _, reporter = compiled(pipeline, contents, config)
    assert [diagnostic.code for diagnostic in reporter] == [code]


def test_pods_cannot_look_at_folders() -> None:
    pipeline, contents = with_schedules(schedule("files", ir.Polling(store="store")))
    files, reporter = compiled(pipeline, contents, operator("kubernetes"))
    assert "PL472" in {diagnostic.code for diagnostic in reporter}
    assert FILE not in files


def test_complete_recurrences_are_exact() -> None:
    rules = [*RECURRENCES.values(), recurrence("minute", 7, start=None)]
    pipeline, contents = with_schedules(*(schedule(str(number), rule) for number, rule in enumerate(rules)))
    assert not list(compiled(pipeline, contents)[1])


def look_function(state: Path) -> Any:
    """`look_for_change` of the generated file, for a state folder; it returns whether, and the path that is told."""
    tree = ast.parse(schedules_text(*every_kind()))
    (function,) = (
        node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "look_for_change"
    )
    names = {
        "json": json,
        "os": os,
        "Path": Path,
        "STATE": str(state),
        "PokeReturnValue": lambda *about: about,
    }
    exec(compile(ast.Module([function], []), FILE, "exec"), names)
    return names["look_for_change"]


def test_a_look_sees_new_and_changed_files(tmp_path: Path) -> None:
    look, folder = look_function(tmp_path / "state"), tmp_path / "in"

    def has_changed() -> bool:
        changed, told = look(str(folder), "note.json")
        assert told is None
        return bool(changed)

    assert not has_changed(), "a folder that is not there yet"
    folder.mkdir()
    assert not has_changed()
    (folder / "a.csv").write_text("1")
    (folder / "b.csv").write_text("1")
    assert has_changed()
    assert not has_changed()
    time.sleep(0.01)
    (folder / "a.csv").write_text("2")
    assert has_changed()
    (folder / "a.csv").unlink()
    assert not has_changed(), "a file that is gone"
    (folder / "below").mkdir()
    (folder / "below" / "c.csv").write_text("1")
    assert not has_changed(), "only the folder itself counts"


def test_each_changed_file_is_told_to_a_run_of_its_own(tmp_path: Path) -> None:
    look, folder = look_function(tmp_path / "state"), tmp_path / "in"
    folder.mkdir()
    (folder / "old.csv").write_text("1")

    def told() -> tuple[bool, str | None]:
        found: tuple[bool, str | None] = look(str(folder), "note.json", "in box/")
        return found

    assert told() == (False, None)
    for name in ("b.csv", "a.csv"):
        (folder / name).write_text("1")
    assert [told(), told(), told()] == [(True, "in box/a.csv"), (True, "in box/b.csv"), (False, None)]
    (folder / "old.csv").write_text("longer")
    assert told() == (True, "in box/old.csv")


def test_files_that_lie_there_at_first_start_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("1")
    assert look_function(tmp_path / "state")(str(tmp_path), "note.json") == (False, None)
