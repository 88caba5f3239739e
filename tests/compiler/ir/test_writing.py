"""Nodes as JSON text: what pydantic would write, and refusals of what a field cannot hold."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import pytest
from hypothesis import given, settings
from pydantic import TypeAdapter

from pipelift.compiler import ir
from pipelift.compiler.ir.writing import write_node
from pipelift.compiler.passes.snapshots import Contents
from pipelift.testing.sample import sample
from tests.support.samples import two_steps
from tests.support.strategies import pipelines


@dataclass(frozen=True, slots=True, kw_only=True)
class Colour:
    """A field of each type that the IR and the manifest use."""

    name: Literal["red", "blue"] = "red"
    number: int = 1
    share: float | None = 0.5
    flag: bool = True
    value: ir.Scalar = None
    parts: tuple[str, ...] = ()
    data: object = None


@dataclass(frozen=True, slots=True)
class Single:
    """A dataclass of one field."""

    name: str


@settings(max_examples=40, deadline=None)
@given(pipelines())
def test_a_pipeline_is_written_as_pydantic_writes_it(case: tuple[ir.Pipeline, Contents]) -> None:
    pipeline, _ = case
    assert write_node(pipeline) == _dump(pipeline)


def test_a_pipeline_with_every_field_is_written_as_pydantic_writes_it() -> None:
    for pipeline in (sample()[0], two_steps()[0]):
        assert write_node(pipeline) == _dump(pipeline)


@pytest.mark.parametrize(
    "node",
    [
        Colour(),
        Colour(name="blue", number=-3, share=4, flag=False, value="é\n", parts=("a", "b")),
        Colour(share=None, value=1e16, data={"a": [1, None, {"b": ()}]}),
        *(Colour(value=value) for value in (True, 0, 2.5)),
        Single("a"),
    ],
)
def test_a_dataclass_is_an_object_with_its_fields(node: Colour | Single) -> None:
    assert write_node(node) == _dump(node)


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "green"},
        {"number": True},
        {"number": 1.5},
        {"share": "1"},
        {"share": True},
        {"flag": 1},
        {"value": ["a"]},
        {"parts": ["a"]},
        {"parts": (1,)},
        {"data": {1, 2}},
    ],
)
def test_what_a_field_cannot_hold_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(TypeError):
        write_node(replace(Colour(), **changes))  # type: ignore[arg-type]


def test_a_lone_surrogate_is_written_as_its_escape() -> None:
    assert write_node(Single("\udc80")) == '{\n  "name": "\\udc80"\n}\n'


def _dump(node: object) -> str:
    return TypeAdapter(type(node)).dump_json(node, indent=2).decode() + "\n"
