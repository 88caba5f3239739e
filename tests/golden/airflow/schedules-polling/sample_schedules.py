"""The schedules of sample, compiled by pipelift from pipeline.py.

Each is an Airflow DAG of its own that starts the DAG sample with its values: to switch one off,
pause it.
"""

import json
import os
from datetime import datetime, timezone
from pathlib import Path

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.providers.standard.sensors.python import PythonSensor
from airflow.sdk import DAG, PokeReturnValue, literal

HERE = Path(__file__).resolve().parent


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
                host_folder("PIPELIFT_STORE_STORE", "../../.pipelift/stores/store"),
            ),
            "sample.files.json",
        ],
        mode="reschedule",
        poke_interval=300,
        timeout=366 * 24 * 60 * 60,
    )
    start = TriggerDagRunOperator(
        task_id="start",
        trigger_dag_id="sample",
        retries=3,
    )
    look >> start
