"""Which step, dataset and environment of one pipeline is which of another: by content, by id, and by likeness.

Ids are names made unique, so they are no identity: the second of two steps of one name gets the first's id when
the first goes. So nodes that are equal in all but the id match first; of several such,
those with equal ids.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from pipelift.compiler import ir

ALIKE = 4
"""A removed and an added step that share this many of six features (`_features`) count as one renamed step."""

T = TypeVar("T", ir.Step, ir.Dataset, ir.Environment)


@dataclass(frozen=True, slots=True)
class Match:
    """`steps` are pairs (old, new) in the new order; `ids` lead from old ids of steps and datasets to new ones.

    `renamed` are the new ids of steps whose name changed.
    """

    steps: tuple[tuple[ir.Step, ir.Step], ...]
    added: tuple[ir.Step, ...]
    removed: tuple[ir.Step, ...]
    renamed: frozenset[str]
    ids: Mapping[str, str]
    datasets: Mapping[str, str]
    environments: Mapping[str, str]


def match(old: ir.Pipeline, new: ir.Pipeline) -> Match:
    """Match the parts of two pipelines."""
    same = _pair_ids(old.steps, new.steps, [_twin_key, _step_key, _label_and_id, lambda step: step.label])
    renamed = _match_renamed(
        [step for step in old.steps if step.id not in same],
        [step for step in new.steps if step.id not in same.values()],
    )
    ids = same | renamed
    before = {ids[step.id]: step for step in old.steps if step.id in ids}
    return Match(
        steps=tuple((before[step.id], step) for step in new.steps if step.id in before),
        added=tuple(step for step in new.steps if step.id not in before),
        removed=tuple(step for step in old.steps if step.id not in ids),
        renamed=frozenset(renamed.values()),
        ids=ids,
        datasets=_pair_ids(
            old.datasets,
            new.datasets,
            [
                lambda dataset: (_dataset_key(dataset), dataset.id),
                _dataset_key,
                lambda dataset: dataset.name or "",
                lambda dataset: dataset.id,
            ],
        ),
        environments=_pair_ids(
            old.environments,
            new.environments,
            [
                lambda environment: (_environment_key(environment), environment.id),
                _environment_key,
                lambda environment: environment.name or "",
                lambda environment: environment.id,
            ],
        ),
    )


def _pair_ids(old: Sequence[T], new: Sequence[T], rules: Sequence[Callable[[T], Hashable]]) -> dict[str, str]:
    """Map old ids to new ones: each rule in turn pairs the remaining nodes of equal key, in their order."""
    pairs: dict[str, str] = {}
    for rule in rules:
        taken = set(pairs.values())
        free: dict[Hashable, list[str]] = {}
        for node in new:
            if node.id not in taken:
                free.setdefault(rule(node), []).append(node.id)
        for node in old:
            same = free.get(rule(node)) if node.id not in pairs and rule(node) != "" else None
            if same:
                pairs[node.id] = same.pop(0)
    return pairs


def _step_key(step: ir.Step) -> Hashable:
    """Everything in the step itself; the sources of its data are named by ids, which may have changed."""
    ports = tuple((port.name, port.mode, port.path_on_compute, port.table) for port in step.inputs)
    outputs = tuple(replace(port, span=None) for port in step.outputs)
    resources = replace(step.resources, span=None)
    bare = replace(step, id="", name="", inputs=(), span=None, snapshot="", environment="")
    return replace(bare, outputs=outputs, resources=resources), ports, step.snapshot, step.environment


def _twin_key(step: ir.Step) -> Hashable:
    """Steps that are equal in all but the id are told apart by it: what refers to one means that one."""
    return _step_key(step), step.id


def _label_and_id(step: ir.Step) -> Hashable:
    return step.label, step.id


def _dataset_key(dataset: ir.Dataset) -> Hashable:
    return dataset.name, dataset.version, dataset.locations, dataset.table


def _environment_key(environment: ir.Environment) -> Hashable:
    return environment.name, environment.digest


def _match_renamed(removed: Sequence[ir.Step], added: Sequence[ir.Step]) -> dict[str, str]:
    """Match each removed step with the added one that is likely the same step under a new name."""
    scores = sorted(
        (-sum(map(_is_equal, _features(before), _features(after))), old_index, new_index)
        for old_index, before in enumerate(removed)
        for new_index, after in enumerate(added)
        if before.run == after.run
    )
    renamed: dict[str, str] = {}
    for score, old_index, new_index in scores:
        if (
            -score >= ALIKE
            and removed[old_index].id not in renamed
            and added[new_index].id not in renamed.values()
        ):
            renamed[removed[old_index].id] = added[new_index].id
    return renamed


def _features(step: ir.Step) -> tuple[Hashable, ...]:
    return (
        step.run,
        step.arguments,
        frozenset(port.name for port in step.inputs),
        frozenset(port.name for port in step.outputs),
        step.snapshot,
        step.environment,
    )


def _is_equal(before: Hashable, after: Hashable) -> bool:
    return before == after
