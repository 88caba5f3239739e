"""The Airflow target: one DAG file for Airflow 3, beside the files of the images that it runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from pipelift.backends.airflow.codes import CODES
from pipelift.backends.airflow.keeps import KEEPS
from pipelift.backends.airflow.settings import AirflowSettings
from pipelift.backends.containers.target import ContainerTarget
from pipelift.compiler.diagnostics import Reporter
from pipelift.compiler.ir import Pipeline
from pipelift.compiler.target import Artifacts, Compilation

if TYPE_CHECKING:  # a list of the targets needs none of this
    from pipelift.app.deploying import Deployed
    from pipelift.app.doctor import Examination, Finding
    from pipelift.app.request import RunRequest
    from pipelift.app.running import Tell
    from pipelift.compiler.output.folder import Output


class AirflowTarget(ContainerTarget):
    """Compiles to an Airflow DAG, deploys and examines it. Only verifying needs Airflow."""

    name = "airflow"
    summary = "a DAG for Airflow 3 that runs each step with the DockerOperator or the KubernetesPodOperator"
    settings = AirflowSettings
    codes = CODES
    keeps = KEEPS
    shares_state = True

    def compile(self, pipeline: Pipeline, compilation: Compilation) -> Artifacts:
        """The DAG file, the files of its schedules, and what the images are built from."""
        from pipelift.backends.airflow.compiling import compile_folder

        return compile_folder(pipeline, compilation, self.name)

    def verify(self, directory: Path, reporter: Reporter) -> None:
        """Load the DAG file with Airflow's own DagBag, in another process."""
        from pipelift.backends.airflow.verification import verify

        verify(directory, reporter)

    def deploy(self, output: Output, request: RunRequest, reporter: Reporter, tell: Tell) -> Deployed:
        """As `app.deploying.Deploys` says."""
        from pipelift.backends.airflow.deploying.deployer import deploy

        return deploy(output, request, reporter, tell)

    def examine(self, examination: Examination) -> Iterator[Finding]:
        """As `app.doctor.Examines` says."""
        from pipelift.backends.airflow.doctor import examine

        yield from examine(examination)


TARGET = AirflowTarget()
