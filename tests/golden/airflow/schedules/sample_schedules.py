"""The schedules of sample, compiled by pipelift from pipeline.py.

Each is an Airflow DAG of its own that starts the DAG sample with its values: to switch one off,
pause it.
"""

import json
import os
from calendar import monthrange
from datetime import date, datetime, time, timedelta, timezone
from itertools import count, islice
from pathlib import Path
from zoneinfo import ZoneInfo

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.providers.standard.sensors.python import PythonSensor
from airflow.sdk import DAG, PokeReturnValue, literal
from airflow.timetables.events import EventsTimetable
from airflow.timetables.trigger import CronTriggerTimetable, DeltaTriggerTimetable
from dateutil.relativedelta import relativedelta

HERE = Path(__file__).resolve().parent


def begin(first):
    """The start of a schedule while it lies ahead, so that Airflow makes up for nothing."""
    return first if first > datetime.now(timezone.utc) else None


def upcoming(times, description):
    """The next of `times`, for a schedule that cron cannot say, worked out whenever this file
    is read. One of the last minute is still there: the scheduler may not have come to it.
    """
    since = datetime.now(timezone.utc) - timedelta(minutes=1)
    found = list(islice((one for one in times if one > since), 5))
    return EventsTimetable(event_dates=found, description=description)


def steps(first, step):
    """`first` and every `step` later, from about now on."""
    passed = max(0, (datetime.now(timezone.utc) - first) // step - 1)
    return (first + number * step for number in count(passed))


def days(first, zone, times, chosen):
    """The local `times` of the days that `chosen` takes, in UTC, from `first` and about now on.

    What a clock that is put forward leaves out comes later by its jump; of what comes twice
    the first counts.
    """
    today = max(first, datetime.now(timezone.utc)).date() - timedelta(days=2)
    for day in (today + timedelta(days=number) for number in count()):
        for moment in times if chosen(day) else []:
            local = datetime.combine(day, moment, ZoneInfo(zone))
            if local.astimezone(timezone.utc) >= first:
                yield local.astimezone(timezone.utc)


def every_weeks(monday, interval, week_days):
    """The `week_days` (Monday is 0) of every `interval` weeks from `monday` on."""

    def is_chosen(day):
        return (day - monday).days // 7 % interval == 0 and day.weekday() in week_days

    return is_chosen


def every_months(first, interval):
    """The day of `first` in every `interval` months, or the last of one that is too short."""

    def is_chosen(day):
        months = (day.year - first.year) * 12 + day.month - first.month
        last = monthrange(day.year, day.month)[1]
        return months % interval == 0 and day.day == min(first.day, last)

    return is_chosen


def base_folder():
    """Where relative ways start: here, or where `pipelift deploy` says that it found this file."""
    deployment = HERE / "deployment.json"
    if not deployment.is_file():
        return HERE
    return HERE / json.loads(deployment.read_text(encoding="utf-8"))["base"]


BASE = base_folder()


def host_folder(variable, default):
    """The folder that the environment variable names, else `default` as seen from `BASE`."""
    folder = Path(os.environ.get(variable) or default).expanduser()
    return str((BASE / folder).resolve())


STATE = host_folder("PIPELIFT_STATE", "../../.pipelift")


def look_for_change(folder, note, prefix=None):
    """Whether a file in `folder` (not below it) is new or changed since the last look, which
    the file `note` of the state folder keeps. With a `prefix`, its path goes to the run: then
    each changed file gets a run of its own.
    """
    seen = Path(STATE) / "polling" / note
    before = json.loads(seen.read_text(encoding="utf-8")) if seen.is_file() else None
    now = {}
    for entry in os.scandir(folder) if os.path.isdir(folder) else []:
        if entry.is_file():
            now[entry.name] = [entry.stat().st_size, entry.stat().st_mtime_ns]
    known = now if before is None else before
    changed = sorted(name for name, about in now.items() if known.get(name) != about)
    later = changed[1:] if prefix is not None else []
    told = {**now, **{name: known.get(name) for name in later}}
    if told != before:
        seen.parent.mkdir(parents=True, exist_ok=True)
        new = seen.with_name(f".{note}.new")
        new.write_text(json.dumps(told), encoding="utf-8")
        new.replace(seen)
    path = f"{prefix}{changed[0]}" if prefix is not None and changed else None
    return PokeReturnValue(bool(changed), path)


# nightly
with DAG(
    dag_id="sample.nightly",
    dag_display_name="nightly",
    description='a "b" \'c\' {{ d }} {% e %} {# f #}\n\\ """ \xe9 \U0001f600\u202e',
    schedule=CronTriggerTimetable(
        "0,30 6,18 * * *",
        timezone="Europe/Berlin",
        run_immediately=timedelta(minutes=1),
    ),
    start_date=begin(datetime(2026, 1, 31, 17, 0, tzinfo=timezone.utc)),
    catchup=False,
    max_active_runs=1,
    tags=["pipelift", "schedule"],
):
    start = TriggerDagRunOperator(
        task_id="start",
        trigger_dag_id="sample",
        conf={
            'a "b" \'c\' {{ d }} {% e %} {# f #}\n\\ """ \xe9 \U0001f600\u202e': "{{ 'a \\x22b\\x22 \\x27c\\x27 \\x7b\\x7b d \\x7d\\x7d \\x7b% e %\\x7d \\x7b# f #\\x7d\\n\\\\ \\x22\\x22\\x22 \\xe9 \\U0001f600\\u202e' }}",
        },
        retries=3,
    )


# steps
with DAG(
    dag_id="sample.steps",
    dag_display_name="steps",
    schedule=upcoming(
        steps(datetime(2026, 1, 31, 9, 30, tzinfo=timezone.utc), timedelta(minutes=45)),
        "every 45 minutes",
    ),
    start_date=datetime(2026, 1, 31, 9, 30, tzinfo=timezone.utc),
    catchup=True,
    max_active_runs=1,
    tags=["pipelift", "schedule"],
):
    start = TriggerDagRunOperator(
        task_id="start",
        trigger_dag_id="sample",
        retries=3,
    )


# weeks
with DAG(
    dag_id="sample.weeks",
    dag_display_name="weeks",
    schedule=upcoming(
        days(
            datetime(2026, 1, 31, 8, 30, 1, tzinfo=timezone.utc),
            "Europe/Berlin",
            [time(9, 30)],
            every_weeks(date(2026, 1, 26), 2, [0, 5]),
        ),
        "every 2 weeks (Europe/Berlin)",
    ),
    start_date=datetime(2026, 1, 31, 8, 30, tzinfo=timezone.utc),
    catchup=True,
    max_active_runs=1,
    is_paused_upon_creation=True,
    tags=["pipelift", "schedule"],
):
    start = TriggerDagRunOperator(
        task_id="start",
        trigger_dag_id="sample",
        retries=3,
    )


# month's end
with DAG(
    dag_id="sample.month_s-end",
    dag_display_name="month's end",
    schedule=upcoming(
        days(
            datetime(2026, 1, 31, 8, 30, tzinfo=timezone.utc),
            "Europe/Berlin",
            [time(9, 30)],
            every_months(date(2026, 1, 31), 1),
        ),
        "every month (Europe/Berlin)",
    ),
    start_date=datetime(2026, 1, 31, 8, 30, tzinfo=timezone.utc),
    catchup=True,
    max_active_runs=1,
    tags=["pipelift", "schedule"],
):
    start = TriggerDagRunOperator(
        task_id="start",
        trigger_dag_id="sample",
        retries=3,
    )


# from creation
with DAG(
    dag_id="sample.from-creation",
    dag_display_name="from creation",
    schedule=DeltaTriggerTimetable(timedelta(hours=5)),
    catchup=False,
    max_active_runs=1,
    tags=["pipelift", "schedule"],
):
    start = TriggerDagRunOperator(
        task_id="start",
        trigger_dag_id="sample",
        retries=3,
    )


# months
with DAG(
    dag_id="sample.months",
    dag_display_name="months",
    schedule=DeltaTriggerTimetable(relativedelta(months=2)),
    catchup=False,
    max_active_runs=1,
    tags=["pipelift", "schedule"],
):
    start = TriggerDagRunOperator(
        task_id="start",
        trigger_dag_id="sample",
        retries=3,
    )


# files
with DAG(
    dag_id="sample.files",
    dag_display_name="files",
    schedule="@continuous",
    start_date=datetime(2020, 1, 1, tzinfo=timezone.utc),
    catchup=False,
    max_active_runs=1,
    tags=["pipelift", "schedule"],
):
    look = PythonSensor(
        task_id="look",
        python_callable=look_for_change,
        op_args=[
            literal(
                os.path.join(
                    host_folder("PIPELIFT_STORE_STORE", "../../.pipelift/stores/store"),
                    "{{ in }} box",
                ),
            ),
            "sample.files.json",
            literal("{{ in }} box/"),
        ],
        mode="reschedule",
        poke_interval=180,
        timeout=366 * 24 * 60 * 60,
    )
    start = TriggerDagRunOperator(
        task_id="start",
        trigger_dag_id="sample",
        conf={"changed": "{{ ti.xcom_pull(task_ids='look') }}"},
        retries=3,
    )
    look >> start
