"""The schedules of sample, compiled by pipelift from pipeline.py.

Each is an Airflow DAG of its own that starts the DAG sample with its values: to switch one off,
pause it.
"""

from datetime import datetime, timedelta, timezone

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import DAG
from airflow.timetables.trigger import CronTriggerTimetable


def begin(first):
    """The start of a schedule while it lies ahead, so that Airflow makes up for nothing."""
    return first if first > datetime.now(timezone.utc) else None


# daily
with DAG(
    dag_id="sample.daily",
    dag_display_name="daily",
    schedule=CronTriggerTimetable(
        "30 9 * * *",
        timezone="Europe/Berlin",
        run_immediately=timedelta(minutes=1),
    ),
    start_date=begin(datetime(2026, 1, 31, 8, 30, tzinfo=timezone.utc)),
    catchup=False,
    max_active_runs=1,
    tags=["pipelift", "schedule"],
):
    start = TriggerDagRunOperator(
        task_id="start",
        trigger_dag_id="sample",
        retries=3,
    )
