"""The Kubeflow Pipelines target: `pipeline.py`, a KFP v2 DSL file, and the `pipeline.yaml` made of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from pipelift.backends.containers.target import ContainerTarget
from pipelift.backends.kubeflow.codes import CODES
from pipelift.backends.kubeflow.keeps import KEEPS
from pipelift.backends.kubeflow.settings import KubeflowSettings
from pipelift.compiler.diagnostics import Reporter
from pipelift.compiler.ir import Pipeline
from pipelift.compiler.target import Artifacts, Compilation

if TYPE_CHECKING:  # a list of the targets needs none of this
    from pipelift.app.deploying import Deployed
    from pipelift.app.doctor import Examination, Finding
    from pipelift.app.request import RunRequest
    from pipelift.app.running import Tell
    from pipelift.compiler.output.folder import Output


class KubeflowTarget(ContainerTarget):
    """Compiles to Kubeflow Pipelines, deploys and examines it."""

    name = "kubeflow"
    summary = "Kubeflow Pipelines: a KFP v2 DSL file and the pipeline.yaml compiled from it"
    settings = KubeflowSettings
    codes = CODES
    keeps = KEEPS
    requires = ("kfp",)

    def compile(self, pipeline: Pipeline, compilation: Compilation) -> Artifacts:
        """The files of the output folder. Raises `Refused` (PL506) without kfp and kfp-kubernetes."""
        from pipelift.backends.kubeflow.compiling import compile_folder

        return compile_folder(pipeline, compilation, self.name)

    def verify(self, directory: Path, reporter: Reporter) -> None:
        """Load `pipeline.yaml` with kfp and report what it refuses (PL429). Raises `Refused` without kfp."""
        from pipelift.backends.kubeflow.kfp_compiler import YAML, require_kfp
        from pipelift.backends.kubeflow.verification import verify

        require_kfp()
        verify(directory / YAML, reporter)

    def deploy(self, output: Output, request: RunRequest, reporter: Reporter, tell: Tell) -> Deployed:
        """As `app.deploying.Deploys` says."""
        from pipelift.backends.kubeflow.deploying.deployer import deploy

        return deploy(output, request, reporter, tell)

    def examine(self, examination: Examination) -> Iterator[Finding]:
        """As `app.doctor.Examines` says."""
        from pipelift.backends.kubeflow.doctor import examine

        yield from examine(examination)


TARGET = KubeflowTarget()
