"""The passes: each a function from a pipeline to a pipeline, in a file of its own; `PASSES` is their order."""

from __future__ import annotations

from collections.abc import Callable

from pipelift.compiler.diagnostics import Reporter
from pipelift.compiler.ir import Pipeline
from pipelift.compiler.passes.cycles import report_cycles
from pipelift.compiler.passes.lints import report_lints
from pipelift.compiler.passes.reuse_keys import add_reuse_keys
from pipelift.compiler.passes.store_paths import report_ways_out

Pass = Callable[[Pipeline, Reporter], Pipeline]

PASSES: tuple[Pass, ...] = (report_cycles, report_ways_out, report_lints, add_reuse_keys)
"""What happens to each pipeline between lowering and a target, after its snapshots are read."""


def run(pipeline: Pipeline, reporter: Reporter) -> Pipeline:
    """Fold the pipeline through all passes."""
    for one in PASSES:
        pipeline = one(pipeline, reporter)
    return pipeline
