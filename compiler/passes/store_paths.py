"""What would leave its store: paths with ``..`` in them, and names of stores that are paths.

The launcher refuses such paths too, since a run may give others as parameters (`runtime/locations.py`,
`runtime/outputs.py`, `runtime/spec.py`); here they are told with their place, before anything is written.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from pipelift.compiler.config.places import is_store_name
from pipelift.compiler.diagnostics import Reporter
from pipelift.compiler.diagnostics.span import Span
from pipelift.compiler.ir import Dataset, Pipeline, Polling, Schedule
from pipelift.compiler.passes.parameters import path_parameters
from pipelift.runtime.contract.paths import STATE

_Found = tuple[str, str, Span | None, str | None]
"""What a path is in words, the path, its place in the source, and the name of the step, if it is one's."""


def report_ways_out(pipeline: Pipeline, reporter: Reporter) -> Pipeline:
    """Report them; the pipeline stays as it is."""
    for store in pipeline.stores:
        if not is_store_name(store.name):
            reporter.report("PL319", f"{store.name!r} is no name for a store", store.span)
    for what, path, span, step in _refused(pipeline):
        message = f"{what}: {path!r} is no path below its root"
        reporter.report("PL318", message, span, help=_remedy(path), step=step)
    return pipeline


def leaves_store(path: str) -> bool:
    """Whether a path below a store's root may lead out of it, or is none; ``a/../b`` is not worth the doubt."""
    return "\0" in path or ".." in path.replace("\\", "/").split("/")


def is_compute_path(path: str) -> bool:
    """Whether an output may be written there: below the folder that the script runs in, or at an absolute path.

    The root of either is no place for one output alone.
    """
    return not leaves_store(path) and any(
        part not in ("", ".") for part in path.replace("\\", "/").split("/")
    )


def _refused(pipeline: Pipeline) -> Iterator[_Found]:
    yield from (found for found in _paths(pipeline) if leaves_store(found[1]))
    for step in pipeline.steps:
        for output in step.outputs:
            path = output.path.replace("{output-name}", output.name)
            if leaves_store(path) or not _is_for_outputs(path):
                yield f"output '{output.name}' of step '{step.name}'", path, output.span, step.name
            if output.path_on_compute is not None and not is_compute_path(output.path_on_compute):
                what = f"the place on the compute target of output '{output.name}' of step '{step.name}'"
                yield what, output.path_on_compute, output.span, step.name


def _paths(pipeline: Pipeline) -> Iterator[_Found]:
    for dataset in pipeline.datasets:
        yield from _paths_of(dataset)
    for schedule in pipeline.schedules:
        yield from _paths_of_schedule(schedule, pipeline)
    for parameter in pipeline.data_parameters:
        if parameter.kind == "path":
            yield f"the default of parameter '{parameter.name}'", parameter.path or "", parameter.span, None


def _paths_of(dataset: Dataset) -> Iterator[_Found]:
    for location in dataset.locations:
        if location.store is not None:
            yield f"dataset '{dataset.name or dataset.id}'", location.path, dataset.span, None
    if not dataset.locations and dataset.name is not None:  # it is looked for in a folder of that name
        yield "the name of a dataset", dataset.name, dataset.span, None


def _paths_of_schedule(schedule: Schedule, pipeline: Pipeline) -> Iterator[_Found]:
    if isinstance(schedule.trigger, Polling):
        yield f"the folder of schedule '{schedule.name}'", schedule.trigger.path, schedule.span, None
    for_paths = path_parameters(pipeline)
    for setting in schedule.parameters:
        if setting.name in for_paths:
            what = f"parameter '{setting.name}' of schedule '{schedule.name}'"
            yield what, str(setting.value), schedule.span, None


def _is_for_outputs(path: str) -> bool:
    """Whether an output may lie there: below the root, and not among the launcher's own files."""
    parts = [part for part in path.replace("\\", "/").split("/") if part not in ("", ".")]
    return bool(parts) and parts[0] != STATE


def _remedy(path: str) -> str:
    """What to write instead, where that is plain."""
    meant = posixpath.normpath(path.replace("\\", "/").strip("/"))
    is_inside = meant not in (".", "..") and not meant.startswith("../") and meant.isprintable()
    return f"Write it as {meant!r}." if is_inside and _is_for_outputs(meant) else ""
