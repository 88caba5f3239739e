"""JSON as it is written: the bytes that pydantic's serializer would write, without loading it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import to_json

from pipelift.compiler.diagnostics.rendering.data import dump

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS
DATA = st.recursive(SCALARS, lambda data: st.lists(data) | st.dictionaries(TEXTS, data), max_leaves=20)


@given(DATA)
def test_plain_data_are_written_as_pydantic_writes_them(data: object) -> None:
    assert dump(data) == to_json(data, indent=2).decode() + "\n"


@pytest.mark.parametrize("number", [1e-5, -1.25e-5, 9.5e-6, 1e-4, 1e15, 1e16, -1e-300, 0.1, 5e-324, -0.0])
def test_a_number_has_the_digits_and_the_exponent_that_pydantic_writes(number: float) -> None:
    assert dump(number) == to_json(number).decode() + "\n"


def test_a_lone_surrogate_is_written_as_its_escape() -> None:
    assert dump(["é\udc80"]) == '[\n  "é\\udc80"\n]\n'


def test_what_is_no_data_is_refused() -> None:
    with pytest.raises(TypeError):
        dump({1, 2})
