"""SDK objects become IR: the pipelines, their steps in the SDK's order, and all that belongs to a step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pipelift.compiler import ir
from pipelift.compiler.lower.context import Lowering, make_slug, make_unique
from pipelift.compiler.lower.datasets import check_databases
from pipelift.compiler.lower.nodes import collect_nodes
from pipelift.compiler.lower.read import Reader, Weight, glance
from pipelift.compiler.lower.schedules import (
    continues_on_failure,
    find_schedules,
    lower_publications,
    lower_schedules,
)
from pipelift.compiler.lower.secrets import remove_secrets
from pipelift.compiler.lower.steps import lower_steps
from pipelift.compiler.lower.submissions import check_submissions
from pipelift.compiler.sdk.core.workspace import Workspace
from pipelift.compiler.sdk.data.datastores import DEFAULT_STORE, name_of
from pipelift.compiler.sdk.pipeline.pipeline import Pipeline, PipelineRecord, Submission

__all__ = ["Lowering", "lower"]

_NAMES: Mapping[str, tuple[str, str, Weight]] = {
    "submitted": ("a run", "the experiment", "setting"),
    "started": ("a run", "the experiment", "setting"),
    "published": ("a published pipeline", "the name", "graph"),
    "addressed": ("a published pipeline", "the name", "graph"),
    "scheduled": ("a schedule", "the name", "detail"),
}
"""What the name of a submission is called, by what the program does, and how much it matters."""

_RUNS = ("submitted", "started")
"""What is done with a pipeline that makes a run of an experiment."""


def lower(lowering: Lowering) -> tuple[ir.Pipeline, ...]:
    """All pipelines of the program that it submits or publishes; all that it builds, if it does neither."""
    record = lowering.record.part(PipelineRecord)
    wanted = [submission.pipeline for submission in record.submissions] or record.pipelines
    names: dict[str, int] = {}
    ids: set[str] = set()
    lowered = []
    for pipeline in dict.fromkeys(wanted):
        submissions = [submission for submission in record.submissions if submission.pipeline is pipeline]
        name = make_unique(names, _choose_name(lowering, pipeline, submissions))
        pipeline_ir = _lower_pipeline(lowering, pipeline, submissions, name, make_slug(name, ids, "pipeline"))
        check_submissions(lowering, submissions, pipeline_ir)
        check_databases(lowering, pipeline_ir)
        schedules = lower_schedules(lowering, submissions, pipeline_ir)
        timed = replace(pipeline_ir, schedules=schedules, published=lower_publications(lowering, submissions))
        lowered.append(remove_secrets(lowering, timed))
    lowering.gaps.report(lowering.reporter, lowering.outside)
    return tuple(lowered)


def _choose_name(lowering: Lowering, pipeline: Pipeline, submissions: Sequence[Submission]) -> str:
    """The pipeline's name: its experiment, else its published name, else its variable."""
    for kind in ("submitted", "published", "started", "scheduled"):
        for submission in submissions:
            name = _read_label(lowering, submission) if submission.kind == kind else None
            if name:
                return name
    return lowering.variables.get(id(pipeline), "pipeline")


def _read_label(lowering: Lowering, submission: Submission) -> str | None:
    """The name that a pipeline is submitted, published or scheduled under."""
    owner, what, weight = _NAMES[submission.kind]
    return Reader(lowering, owner, submission.span).text(submission.name, what, weight)


def _lower_pipeline(
    lowering: Lowering, pipeline: Pipeline, submissions: Sequence[Submission], name: str, pipeline_id: str
) -> ir.Pipeline:
    options = {
        key: value
        for submission in submissions
        for key, value in submission.options.items()
        if value is not None
    }
    default_store = _read_default_store(lowering, pipeline)
    nodes, order = collect_nodes(lowering, pipeline)
    parts = lower_steps(lowering, pipeline, nodes, default_store)
    identifiers = {id(node): step.id for node, step in zip(nodes, parts.steps, strict=True)}
    for schedule in find_schedules(submissions):
        watched = glance(
            schedule.datastore_name, str
        )  # anything else is reported when the schedule is lowered
        if watched is not None:
            parts.sources.add_store(watched, schedule.watched)
    edges = [ir.OrderEdge(before=identifiers[id(a)], after=identifiers[id(b)]) for a, b in order]
    read = Reader(lowering, "the pipeline", pipeline.span)
    run = next((submission for submission in submissions if submission.kind in _RUNS), None)
    return ir.Pipeline(
        id=pipeline_id,
        name=name,
        description=read.text(
            pipeline.description or options.get("description"), "the description", "setting"
        ),
        experiment=None if run is None else _read_label(lowering, run),
        source=lowering.source,
        default_store=default_store,
        parameters=parts.parameters,
        data_parameters=parts.data_parameters,
        stores=parts.stores,
        datasets=parts.datasets,
        environments=parts.environments,
        snapshots=parts.snapshots,
        steps=parts.steps,
        order=tuple(dict.fromkeys(edges)),
        continue_on_failure=continues_on_failure(lowering, submissions),
        regenerate=read.flag(options.get("regenerate_outputs"), "regenerate_outputs", "setting") or False,
        tags=read.labels(options.get("tags"), "the tag"),
        span=pipeline.span,
    )


def _read_default_store(lowering: Lowering, pipeline: Pipeline) -> str:
    store = name_of(pipeline.default_datastore)
    if store is None and isinstance(pipeline.workspace, Workspace):
        store = pipeline.workspace._default_store
    read = Reader(lowering, "the pipeline", pipeline.span)
    return read.text(store, "the default store") or DEFAULT_STORE
