"""What is legal and probably not meant: an output that nobody reads, steps that a list seems to order."""

from __future__ import annotations

from pipelift.compiler.diagnostics import Reporter
from pipelift.compiler.ir import Pipeline, StepSource


def report_lints(pipeline: Pipeline, reporter: Reporter) -> Pipeline:
    """Report the lints; the pipeline stays as it is."""
    _independent_steps(pipeline, reporter)
    return pipeline


def _independent_steps(pipeline: Pipeline, reporter: Reporter) -> None:
    """Several steps and no edge at all: the order of a list means nothing to the SDK."""
    if len(pipeline.steps) < 2 or pipeline.order:
        return
    if any(isinstance(port.source, StepSource) for step in pipeline.steps for port in step.inputs):
        return
    names = ", ".join(f"'{step.name}'" for step in pipeline.steps[:4])
    message = f"no step waits for another ({names}…): they run side by side, whatever their order in the list"
    reporter.report("PL306", message.replace("…", ", …" if len(pipeline.steps) > 4 else ""), pipeline.span)
