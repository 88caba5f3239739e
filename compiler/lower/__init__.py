"""SDK objects become IR: which pipelines, their steps in the SDK's order, and everything that hangs on a step."""

from __future__ import annotations

from collections.abc import Sequence

from pipelift.compiler import ir
from pipelift.compiler.lower.context import Lowering, slug, unique
from pipelift.compiler.lower.datasets import check_databases
from pipelift.compiler.lower.nodes import collect_nodes
from pipelift.compiler.lower.schedules import (
    continues_on_failure,
    lower_schedules,
    publications,
    schedules_of,
)
from pipelift.compiler.lower.secrets import without_secrets
from pipelift.compiler.lower.steps import lower_steps
from pipelift.compiler.lower.submissions import check_submissions
from pipelift.compiler.sdk.datastores import DEFAULT_STORE, Datastore
from pipelift.compiler.sdk.pipeline import Pipeline
from pipelift.compiler.sdk.record import Submission

__all__ = ["Lowering", "lower"]


def lower(lowering: Lowering) -> tuple[ir.Pipeline, ...]:
    """All pipelines of the program that it submits or publishes; all that it builds, if it does neither."""
    record = lowering.record
    wanted = [submission.pipeline for submission in record.submissions] or record.pipelines
    names: dict[str, int] = {}
    ids: set[str] = set()
    lowered = []
    for pipeline in dict.fromkeys(wanted):
        submissions = [one for one in record.submissions if one.pipeline is pipeline]
        name = unique(names, _name(lowering, pipeline, submissions))
        made = _lower_one(lowering, pipeline, submissions, name, slug(name, ids, "pipeline"))
        check_submissions(lowering, submissions, made)
        check_databases(lowering, made)
        timing = {
            "schedules": lower_schedules(lowering, submissions, made),
            "published": publications(lowering, submissions),
        }
        lowered.append(without_secrets(lowering, made.model_copy(update=timing)))
    return tuple(lowered)


def _name(lowering: Lowering, pipeline: Pipeline, submissions: Sequence[Submission]) -> str:
    """The pipeline's name: its experiment, else its published name, else its variable."""
    for kind in ("submitted", "published", "started", "scheduled"):
        for submission in submissions:
            if submission.kind == kind and isinstance(submission.name, str) and submission.name:
                return submission.name
    return lowering.variables.get(id(pipeline), "pipeline")


def _lower_one(
    lowering: Lowering, pipeline: Pipeline, submissions: Sequence[Submission], name: str, pipeline_id: str
) -> ir.Pipeline:
    options = {key: value for one in submissions for key, value in one.options.items() if value is not None}
    default_store = _default_store(lowering, pipeline)
    nodes, order = collect_nodes(lowering, pipeline)
    parts = lower_steps(lowering, pipeline, nodes, default_store)
    identifiers = {id(node): step.id for node, step in zip(nodes, parts.steps, strict=True)}
    for schedule in schedules_of(submissions):
        if isinstance(schedule.datastore_name, str):
            parts.sources.add_store(schedule.datastore_name, schedule.watched)
    edges = [ir.OrderEdge(before=identifiers[id(a)], after=identifiers[id(b)]) for a, b in order]
    description = pipeline.description or options.get("description")
    experiment = next((one.name for one in submissions if one.kind in ("submitted", "started")), None)
    return ir.Pipeline(
        id=pipeline_id,
        name=name,
        description=description if isinstance(description, str) else None,
        experiment=experiment if isinstance(experiment, str) else None,
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
        continue_on_failure=continues_on_failure(submissions),
        regenerate=options.get("regenerate_outputs") is True,
        tags=lowering.labels(options.get("tags")),
        span=pipeline.span,
    )


def _default_store(lowering: Lowering, pipeline: Pipeline) -> str:
    store = pipeline.default_datastore
    if store is None:
        store = getattr(pipeline.workspace, "_default_store", None)
    if isinstance(store, Datastore):
        store = store.name
    return store if isinstance(store, str) else DEFAULT_STORE
