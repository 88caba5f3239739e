"""How large the workflow object becomes that a cluster keeps of a pipeline, and what it can keep."""

from __future__ import annotations

from pipelift.compiler.diagnostics import Reporter

KEPT = 1_572_864
"""Bytes that etcd takes as one object unless it is configured otherwise (``--max-request-bytes``)."""

_OF_A_TASK = 36_000
"""Bytes of the object that a task brings: 56 tasks made 1.95 MiB (kubeflow/pipelines issue 13738)."""


def check_size(tasks: int, compiled: bytes, reporter: Reporter) -> None:
    """Report (PL535) a pipeline of so many `tasks`, in ``pipeline.yaml`` `compiled`, that may become too large."""
    expected = tasks * _OF_A_TASK
    if max(expected, len(compiled)) < KEPT:
        return
    reporter.report(
        "PL535",
        f"{tasks} tasks (pipeline.yaml has {len(compiled) // 1024} KiB) may make a workflow of "
        f"{max(expected, len(compiled)) / 2**20:.1f} MiB, and a cluster keeps 1.5 MiB unless it is configured for more",
    )
