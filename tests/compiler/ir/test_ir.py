"""The IR: frozen, hashable, closed, versioned, and the same after a round trip through JSON."""

from __future__ import annotations

import json
import typing
from collections.abc import Iterator
from dataclasses import FrozenInstanceError, replace
from pathlib import Path

import jsonschema
import networkx
import pytest
from hypothesis import given, settings
from pydantic import ValidationError

from pipelift.compiler import ir
from pipelift.compiler.ir import model
from pipelift.compiler.ir.fields import field_types, node_classes
from pipelift.compiler.ir.graph import digraph, in_order, upstream
from pipelift.compiler.ir.schema import schema_text
from pipelift.compiler.ir.wire import from_data, read_pipeline
from pipelift.compiler.output import ir_text
from tests.support.samples import Contents, two_steps
from tests.support.strategies import pipelines

SOME = settings(max_examples=40, deadline=None)

SCHEMA = Path(model.__file__).with_name("schema.json")


def parts(annotation: object) -> Iterator[object]:
    """An annotation and everything inside it."""
    yield annotation
    yield typing.get_origin(annotation)
    for argument in typing.get_args(annotation):
        yield from parts(argument)


def test_the_committed_schema_is_the_models() -> None:
    assert SCHEMA.read_text(encoding="utf-8") == schema_text(), (
        "run: python -m pipelift.compiler.ir.schema > compiler/ir/schema.json"
    )


@SOME
@given(pipelines())
def test_a_round_trip_gives_an_equal_and_equally_hashed_pipeline(case: tuple[ir.Pipeline, Contents]) -> None:
    pipeline, _ = case
    back = read_pipeline(ir_text(pipeline))
    assert back == pipeline
    assert hash(back) == hash(pipeline)
    assert ir_text(back) == ir_text(pipeline)


@SOME
@given(pipelines())
def test_every_pipeline_follows_the_schema(case: tuple[ir.Pipeline, Contents]) -> None:
    jsonschema.Draft202012Validator(json.loads(SCHEMA.read_bytes())).validate(json.loads(ir_text(case[0])))


@pytest.mark.parametrize("cls", node_classes())
def test_no_node_can_change(cls: type[ir.Node]) -> None:
    assert "__slots__" in vars(cls) and cls.__pydantic_config__["extra"] == "forbid"
    for name, annotation in field_types(cls).items():
        mutable = {dict, list, set, typing.Any, object} & set(parts(annotation))
        assert not mutable, f"{cls.__name__}.{name} can hold something mutable"


def test_a_node_refuses_assignment_and_unknown_fields() -> None:
    pipeline, _ = two_steps()
    with pytest.raises(FrozenInstanceError):
        pipeline.name = "other"  # type: ignore[misc]
    with pytest.raises(TypeError):
        ir.Store(name="a", colour="red")  # type: ignore[call-arg]
    with pytest.raises(ValidationError):
        from_data(ir.Store, {"name": "a", "colour": "red"})


def test_what_a_field_cannot_hold_is_not_written() -> None:
    pipeline, _ = two_steps()
    for changes in ({"name": 3}, {"stores": ("raw",)}, {"continue_on_failure": "yes"}):
        with pytest.raises(TypeError):
            ir_text(replace(pipeline, **changes))


def test_another_schema_version_is_refused() -> None:
    data = json.loads(ir_text(two_steps()[0]))
    with pytest.raises(ValidationError, match="schema_version"):
        from_data(ir.Pipeline, {**data, "schema_version": "2"})


def test_nodes_are_found_by_id() -> None:
    pipeline, _ = two_steps()
    assert pipeline.step("train").name == "train model"
    assert pipeline.environment("howto").python == "3.10"
    assert pipeline.dataset("train-images").locations[0].path == "train-images/"
    assert pipeline.snapshot("prep_src").files[0].path == "prepare.py"
    assert pipeline.parameter("rate").default == 0.5
    with pytest.raises(KeyError):
        pipeline.step("absent")


@SOME
@given(pipelines())
def test_each_step_comes_after_those_it_waits_for(case: tuple[ir.Pipeline, Contents]) -> None:
    pipeline, _ = case
    order = [step.id for step in in_order(pipeline)]
    assert sorted(order) == sorted(step.id for step in pipeline.steps)
    graph = digraph(pipeline)
    for step in pipeline.steps:
        before = upstream(pipeline, step)
        assert len(set(before)) == len(before)
        assert set(before) == set(graph.predecessors(step.id))
        assert all(order.index(other) < order.index(step.id) for other in before)


def test_ties_follow_the_source_and_the_view_is_frozen() -> None:
    pipeline, _ = two_steps()
    free = [replace(pipeline.steps[0], id=name, name=name, inputs=()) for name in ("z", "a", "m")]
    unordered = replace(pipeline, steps=tuple(free), order=())
    assert [step.id for step in in_order(unordered)] == ["z", "a", "m"]
    with pytest.raises(networkx.NetworkXError):
        digraph(unordered).add_node("x")


def test_a_cycle_has_no_order() -> None:
    pipeline, _ = two_steps()
    back = ir.OrderEdge(before="train", after="prepare")
    with pytest.raises(networkx.NetworkXUnfeasible):
        in_order(replace(pipeline, order=(*pipeline.order, back)))


def test_a_copy_with_other_steps_finds_those() -> None:
    pipeline, _ = two_steps()
    assert pipeline.step("prepare").retries == 0
    again = tuple(replace(step, retries=3) for step in pipeline.steps)
    assert replace(pipeline, steps=again).step("prepare").retries == 3
