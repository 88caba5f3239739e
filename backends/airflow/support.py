"""What the generated files may use: the support modules, and the imports of the templates themselves."""

from __future__ import annotations

from functools import cache
from importlib import resources

from pipelift.backends.printing.support import names_at_hand

SUPPORT = "pipelift.templates.airflow.support"
"""The package of the functions that printing copies."""

DAG_IMPORTS = """
import os
from datetime import timedelta
from pathlib import Path
from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
from airflow.providers.docker.operators.docker import DockerOperator
from airflow.sdk import DAG, Param, literal
from kubernetes.client import models as k8s
"""
"""What the DAG's own lines use."""

SCHEDULE_IMPORTS = """
import os
from datetime import date, datetime, time, timedelta, timezone
from pathlib import Path
from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.providers.standard.sensors.python import PythonSensor
from airflow.sdk import DAG, literal
from airflow.timetables.trigger import CronTriggerTimetable, DeltaTriggerTimetable
from dateutil.relativedelta import relativedelta
"""
"""What the lines of the schedules use."""

_TEMPLATES = ("dag.py.j2", "docker.py.j2", "kubernetes.py.j2")


@cache
def reserved_names() -> frozenset[str]:
    """The names that mean something in a DAG file with either operator, so that no task may have them."""
    folder = resources.files("pipelift.templates.airflow")
    texts = (folder.joinpath(name).read_text(encoding="utf-8") for name in _TEMPLATES)
    return frozenset().union(*(names_at_hand(text, SUPPORT, DAG_IMPORTS) for text in texts))
