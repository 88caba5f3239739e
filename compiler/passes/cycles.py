"""Refuse a cycle among the steps, as the SDK's `validate()` does (`azureml-sdk-v1.md` §3.2)."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter

from pipelift.compiler.diagnostics import Reporter
from pipelift.compiler.ir import Pipeline
from pipelift.compiler.ir.graph import edges


def report_cycles(pipeline: Pipeline, reporter: Reporter) -> Pipeline:
    """Report the first cycle with the names of its steps; the pipeline stays as it is."""
    waits: dict[str, set[str]] = {step.id: set() for step in pipeline.steps}
    for before, after in edges(pipeline):
        waits[after].add(before)
    try:
        TopologicalSorter(waits).prepare()
    except CycleError as error:
        members = [pipeline.step(step_id) for step_id in error.args[1]]
        names = " → ".join(f"'{step.name}'" for step in members)
        reporter.report(
            "PL301", f"the steps wait for each other: {names}", members[0].span, step=members[0].name
        )
    return pipeline
