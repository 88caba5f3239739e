"""What is legal and probably not meant: steps that nothing connects, outputs without readers, lost reuse."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Set

from pipelift.compiler.diagnostics import Reporter
from pipelift.compiler.ir import Pipeline, Step, StepSource
from pipelift.compiler.ir.graph import edges

CHANGING = re.compile(r"build|commit|run_?id|time_?stamp|release_?id", re.IGNORECASE)
"""Names of parameters that are different in each run: of a build, a commit, a moment."""


def report_lints(pipeline: Pipeline, reporter: Reporter) -> Pipeline:
    """Report the lints; the pipeline stays as it is."""
    pairs = set(edges(pipeline))
    waited_for = {before for before, _ in pairs}
    connected = waited_for | {after for _, after in pairs}
    read = set(_read_outputs(pipeline))
    if len(pipeline.steps) > 1 and not pairs:
        _report_independent(pipeline, reporter)
    for step in pipeline.steps:
        if pairs and step.id not in connected:
            message = f"step '{step.name}' is connected to no other: it starts at once, wherever it is listed"
            reporter.report("PL314", message, step.span, step=step.name)
        _report_changing_parameter(step, reporter)
        if step.id in waited_for:
            _report_unread(step, read, reporter)
    _report_whole_project(pipeline, reporter)
    return pipeline


def _report_independent(pipeline: Pipeline, reporter: Reporter) -> None:
    """Several steps and no edge at all: the order of a list means nothing to the SDK."""
    names = ", ".join(f"'{step.name}'" for step in pipeline.steps[:4])
    more = ", …" if len(pipeline.steps) > 4 else ""
    message = (
        f"no step waits for another ({names}{more}): they run side by side, whatever their order in the list"
    )
    reporter.report("PL306", message, pipeline.span)


def _read_outputs(pipeline: Pipeline) -> Iterator[tuple[str, str]]:
    for step in pipeline.steps:
        for port in step.inputs:
            if isinstance(port.source, StepSource):
                yield port.source.step, port.source.port


def _report_unread(step: Step, read: Set[tuple[str, str]], reporter: Reporter) -> None:
    """An output that nobody reads, of a step that others wait for; the last steps' outputs are results."""
    for output in step.outputs:
        if (step.id, output.name) in read or output.explicit or output.register_as is not None:
            continue
        message = f"no step reads the output '{output.name}' of step '{step.name}'"
        reporter.report("PL307", message, output.span, step=step.name)


def _report_changing_parameter(step: Step, reporter: Reporter) -> None:
    for name in step.parameters if step.reuse.allowed else ():
        if CHANGING.search(name):
            message = (
                f"step '{step.name}' takes '{name}': where it is different in each run, nothing is reused"
            )
            reporter.report("PL309", message, step.span, step=step.name)


def _report_whole_project(pipeline: Pipeline, reporter: Reporter) -> None:
    used = {step.snapshot for step in pipeline.steps if step.unsupported is None}
    for snapshot in (one for one in pipeline.snapshots if one.id in used):
        for file in snapshot.files:
            if posixpath.normpath(posixpath.join(snapshot.directory, file.path)) == pipeline.source:
                message = f"the pipeline file itself travels with the steps of source directory '{snapshot.directory}'"
                reporter.report("PL308", message, snapshot.span)
                break
