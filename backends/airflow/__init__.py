"""The Airflow target: one DAG file for Airflow 3, beside the files of the images that it runs."""

from __future__ import annotations

from pathlib import Path

from pipelift.backends.airflow import names
from pipelift.backends.airflow.plan import plan
from pipelift.backends.airflow.printing import dag_file, schedules_file
from pipelift.backends.airflow.starters import starters
from pipelift.backends.airflow.verification import verify
from pipelift.backends.containers.bundle import bundle
from pipelift.compiler.diagnostics import Reporter
from pipelift.compiler.ir import Pipeline
from pipelift.compiler.target import Artifacts, Compilation

# Airflow takes any Python file that speaks of "airflow" and "dag" for a DAG: the sources of steps may.
IGNORED = ("environments/", "runtime/", "sources/", "steps/")


class AirflowBackend:
    """Compiles to an Airflow DAG; a `pipelift.compiler.target.Backend`. Only verifying needs Airflow."""

    name = "airflow"
    summary = "a DAG for Airflow 3 that runs each step with the DockerOperator or the KubernetesPodOperator"
    requires: tuple[str, ...] = ()

    def compile(self, pipeline: Pipeline, compilation: Compilation) -> Artifacts:
        """The DAG file, what keeps Airflow from reading the other files as DAGs, and the images' files."""
        common = bundle(pipeline, compilation, self.name)
        planned = plan(pipeline, compilation, common.images)
        text = dag_file(planned, compilation.config.airflow.operator)
        ignored = "".join(f"{folder}\n" for folder in IGNORED)
        own = {planned.file: text.encode(), ".airflowignore": ignored.encode()}
        timed = starters(pipeline, compilation, planned.title, planned.source)
        if timed.all:
            own[names.schedules_file(planned.dag_id)] = schedules_file(timed).encode()
        return Artifacts({**common.files, **own})

    def verify(self, directory: Path, reporter: Reporter) -> None:
        """Load the DAG file with Airflow's own DagBag, in another process."""
        verify(directory, reporter)


BACKEND = AirflowBackend()
