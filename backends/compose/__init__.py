"""Docker Compose: ``compose.yaml`` with a service a step, ``compose.gpu.yaml`` with the hardware asked."""

from __future__ import annotations

from pathlib import Path

from pipelift.backends.compose.plan import plan
from pipelift.backends.compose.printing import print_project
from pipelift.backends.compose.timers import scripts, timer_files
from pipelift.backends.compose.verification import verify
from pipelift.backends.containers.bundle import bundle
from pipelift.compiler import ir
from pipelift.compiler.diagnostics import Reporter
from pipelift.compiler.target import Artifacts, Compilation


class ComposeBackend:
    """The target ``compose``."""

    name = "compose"
    summary = "Docker Compose: one service a step, on any machine with Docker"
    requires: tuple[str, ...] = ()

    def compile(self, pipeline: ir.Pipeline, compilation: Compilation) -> Artifacts:
        """Turn `pipeline` into a Compose project with everything that its images are built from."""
        common = bundle(pipeline, compilation, self.name)
        project = plan(pipeline, common, compilation)
        timers = timer_files(pipeline, project.name, compilation.reporter)
        return Artifacts({**common.files, **print_project(project), **timers}, scripts(timers))

    def verify(self, directory: Path, reporter: Reporter) -> None:
        """Let Compose read the files in `directory`, or the Compose specification's schema without it."""
        verify(directory, reporter)


BACKEND = ComposeBackend()
