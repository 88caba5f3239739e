"""Docker Compose: ``compose.yaml`` with a service a step, ``compose.gpu.yaml`` with the hardware asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from pipelift.backends.compose.codes import CODES
from pipelift.backends.compose.keeps import KEEPS
from pipelift.backends.containers.target import ContainerTarget
from pipelift.compiler.diagnostics import Reporter
from pipelift.compiler.ir import Pipeline
from pipelift.compiler.target import Artifacts, Compilation

if TYPE_CHECKING:  # a list of the targets needs none of this
    from pipelift.app.deploying import Deployed
    from pipelift.app.doctor import Examination, Finding
    from pipelift.app.request import RunRequest
    from pipelift.app.running import Tell
    from pipelift.backends.compose.settings import ComposeSettings
    from pipelift.compiler.output.folder import Output


class ComposeTarget(ContainerTarget):
    """Compiles to a Compose project, deploys and examines it."""

    name = "compose"
    summary = "Docker Compose: one service a step, on any machine with Docker"
    codes = CODES
    keeps = KEEPS
    shares_state = True
    reads_secrets = True

    @property
    def settings(self) -> type[ComposeSettings]:
        """What ``--set`` takes when its folders are deployed."""
        from pipelift.backends.compose.settings import ComposeSettings

        return ComposeSettings

    def compile(self, pipeline: Pipeline, compilation: Compilation) -> Artifacts:
        """A Compose project, and what its images are built from."""
        from pipelift.backends.compose.compiling import compile_folder

        return compile_folder(pipeline, compilation, self.name)

    def verify(self, directory: Path, reporter: Reporter) -> None:
        """Let Compose read the files in `directory`, or the Compose specification's schema without it."""
        from pipelift.backends.compose.verification import verify

        verify(directory, reporter)

    def deploy(self, output: Output, request: RunRequest, reporter: Reporter, tell: Tell) -> Deployed:
        """As `app.deploying.Deploys` says."""
        from pipelift.backends.compose.deploying.deployer import deploy

        return deploy(output, request, reporter, tell)

    def examine(self, examination: Examination) -> Iterator[Finding]:
        """As `app.doctor.Examines` says."""
        from pipelift.backends.compose.doctor import examine

        yield from examine(examination)


TARGET = ComposeTarget()
