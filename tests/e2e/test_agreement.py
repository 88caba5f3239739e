"""Each example gives the same files and the same metrics on all four engines."""

from __future__ import annotations

import pytest

from tests.e2e import engines, projects
from tests.e2e.engines import RunOn

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize("project", projects.NAMES)
@pytest.mark.parametrize("engine", engines.ALL)
def test_example_completes_and_writes(run_on: RunOn, engine: str, project: str) -> None:
    outcome = run_on(engine, project)
    assert outcome.succeeded, outcome.log
    assert outcome.outputs, outcome.log
    assert all(outcome.outputs.values()), f"an output is empty: {sorted(outcome.outputs)}\n{outcome.log}"
    assert any(outcome.metrics.values()), outcome.log


@pytest.mark.parametrize("project", projects.NAMES)
@pytest.mark.parametrize("engine", engines.OTHERS)
def test_outputs_are_those_of_the_local_run(run_on: RunOn, engine: str, project: str) -> None:
    assert run_on(engine, project).outputs == run_on("local", project).outputs


@pytest.mark.parametrize("project", projects.NAMES)
@pytest.mark.parametrize("engine", engines.OTHERS)
def test_metrics_are_those_of_the_local_run(run_on: RunOn, engine: str, project: str) -> None:
    assert run_on(engine, project).metrics == run_on("local", project).metrics


@pytest.mark.parametrize("engine", engines.ALL)
def test_parameter_changes_the_result_alike(run_on: RunOn, engine: str) -> None:
    changed = run_on(engine, "iris", regularization=50.0)
    assert changed.succeeded, changed.log
    assert changed.outputs != run_on(engine, "iris").outputs
    assert changed.outputs == run_on("local", "iris", regularization=50.0).outputs
    assert changed.metrics == run_on("local", "iris", regularization=50.0).metrics
