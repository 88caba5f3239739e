"""The schedules of sample, compiled by pipelift from pipeline.py.

Each is an Airflow DAG of its own that starts the DAG sample with its values: to switch one off,
pause it.
"""

from datetime import datetime, timedelta, timezone
from itertools import count, islice

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import DAG
from airflow.timetables.events import EventsTimetable


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


# often
with DAG(
    dag_id="sample.often",
    dag_display_name="often",
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
