"""What is proposed instead of a name that there is not."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipelift.compiler.diagnostics.suggestion import find_similar, suggest

NAMES = ["learning_rate", "learn_rate", "epochs"]


@given(st.lists(st.text(min_size=1), min_size=1), st.floats(0, 1))
def test_a_name_that_there_is_resembles_itself_most(names: list[str], likeness: float) -> None:
    assert find_similar(names[0], names, likeness) == names[0]


def test_only_what_is_alike_is_proposed() -> None:
    assert find_similar("learning-rate", NAMES) == "learning_rate"
    assert find_similar("epoch", iter(NAMES)) == "epochs"
    assert find_similar("epoch", NAMES, 0.95) is None
    assert find_similar("momentum", NAMES) is None and find_similar("", []) is None


def test_words_for_a_message() -> None:
    assert suggest("epoch", NAMES) == " (did you mean 'epochs'?)"
    assert suggest("momentum", NAMES) == ""
