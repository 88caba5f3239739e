"""The output folder of an Airflow target: the DAG file, the DAGs of its schedules, the files of the images."""

from __future__ import annotations

from pipelift.backends.airflow import names
from pipelift.backends.airflow.plan import plan
from pipelift.backends.airflow.printing import dag_file, schedules_file
from pipelift.backends.airflow.schedules import starters
from pipelift.backends.airflow.settings import settings_of
from pipelift.backends.containers.bundle import bundle
from pipelift.compiler.ir import Pipeline
from pipelift.compiler.ir.detaching import detach_secrets
from pipelift.compiler.target import Artifacts, Compilation

# Airflow takes any Python file that contains "airflow" and "dag" for a DAG, and the sources of steps may contain both.
IGNORED = ("environments/", "runtime/", "sources/", "steps/")


def compile_folder(pipeline: Pipeline, compilation: Compilation, target: str) -> Artifacts:
    """The DAG file, what keeps Airflow from reading the other files as DAGs, and the images' files."""
    pipeline = detach_secrets(pipeline)  # all who see a run would see their values
    common = bundle(pipeline, compilation, target)
    planned = plan(pipeline, compilation, common.images)
    text = dag_file(planned, settings_of(compilation.config).operator)
    ignored = "".join(f"{folder}\n" for folder in IGNORED)
    dag_files = {planned.file: text.encode(), ".airflowignore": ignored.encode()}
    schedules = starters(pipeline, compilation, planned.title, planned.source)
    if schedules.all:
        dag_files[names.schedules_file(planned.dag_id)] = schedules_file(schedules).encode()
    return Artifacts({**common.files, **dag_files})
