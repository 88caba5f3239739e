"""The output folder of a Compose target: the project's files, its timers, what the images are built from."""

from __future__ import annotations

from pipelift.backends.compose.plan import plan
from pipelift.backends.compose.printing import print_project
from pipelift.backends.containers.bundle import bundle
from pipelift.compiler.ir import Pipeline
from pipelift.compiler.target import Artifacts, Compilation


def compile_folder(pipeline: Pipeline, compilation: Compilation, target: str) -> Artifacts:
    """Turn `pipeline` into a Compose project with everything that its images are built from."""
    common = bundle(pipeline, compilation, target)
    project = plan(pipeline, common, compilation)
    files = {**common.files, **print_project(project)}
    if not pipeline.schedules:
        return Artifacts(files)
    # Calendars, templates and time zones, which a pipeline without schedules does without.
    from pipelift.backends.compose.schedules import scripts, timer_files

    timers = timer_files(pipeline, project.name, compilation.reporter)
    return Artifacts({**files, **timers}, scripts(timers))
