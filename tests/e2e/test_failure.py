"""A failing step fails the run on every engine: what came before is kept, what comes after never starts."""

from __future__ import annotations

import pytest

from tests.e2e import engines, projects
from tests.e2e.engines import RunOn

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize("engine", engines.ALL)
def test_failing_step_fails_the_run(run_on: RunOn, engine: str) -> None:
    outcome = run_on(engine, projects.FAILING)
    assert not outcome.succeeded, outcome.log
    assert outcome.outputs["first", "first_words"] == {"words.txt": b"written\n"}
    assert not any(step == "third" for step, _ in outcome.outputs)
