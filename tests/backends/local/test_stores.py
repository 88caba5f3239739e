"""A local run with stores behind URLs: what it asks them before the first step, and that a plan asks nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pipelift.app.request import RunRequest
from pipelift.app.running import LocalRun
from pipelift.backends.local import TARGET as RUNNER
from pipelift.backends.local.checks import used_stores
from pipelift.backends.local.stores import launch_context, reach, step_contexts
from pipelift.compiler import ir
from pipelift.compiler.config import Config, ReuseSection, StoreSection
from pipelift.compiler.diagnostics import Refused
from tests.support.remote_world import Far, far
from tests.support.samples import two_steps

STORE = "workspaceblobstore"
PIPELINE, CONTENTS = two_steps()


@pytest.fixture
def run(tmp_path: Path) -> Iterator[LocalRun]:
    """A run whose store lies in a folder behind a URL."""
    (tmp_path / "there").mkdir()
    section = StoreSection(url=f"far://{tmp_path}/there", options={"x": "y"}, secret="login")
    config = Config(folder=tmp_path, stores={STORE: section})
    environ = {"PIPELIFT_SECRET_LOGIN": "password=right\nuser=me\n"}
    with far():
        Far.login = "right"
        yield LocalRun(PIPELINE, RunRequest(environ=environ), tmp_path, config, CONTENTS)


def test_a_plan_asks_no_store(run: LocalRun) -> None:
    for identity in ("definition", "content"):
        config = replace(run.config, reuse=ReuseSection(identity=identity))
        assert len(RUNNER.foresee(replace(run, config=config))) == 2
    assert Far.calls == []


def test_data_that_are_not_there_end_a_run_before_its_first_step(run: LocalRun) -> None:
    with pytest.raises(Refused, match=f"the store '{STORE}' has no 'train-images") as caught:
        RUNNER.run(run, lambda event: None)
    assert caught.value.code == "PL524"
    assert f"far://{run.base}/there/train-images" in str(caught.value)
    assert not (run.base / ".pipelift" / "runs").exists()


def test_a_login_that_is_refused_ends_it_too(run: LocalRun) -> None:
    run = replace(run, request=RunRequest(environ={"PIPELIFT_SECRET_LOGIN": "password=canary\nuser=me\n"}))
    with pytest.raises(Refused, match="refused the secret 'login'") as caught:
        RUNNER.run(run, lambda event: None)
    assert caught.value.code == "PL523"
    assert "canary" not in str(caught.value)


def test_a_store_that_has_the_data_is_reached(run: LocalRun) -> None:
    image = run.base / "there" / "train-images" / "a.png"
    image.parent.mkdir()
    image.touch()
    reach(run)
    assert {call for call, _ in Far.calls} == {"find"}


def test_what_the_launcher_is_given(run: LocalRun) -> None:
    cancel = threading.Event()
    context = launch_context(run, run_id="r1", cancel=cancel)
    place = context.remotes[STORE]
    assert (place.scheme, place.options, place.secret) == ("far", {"x": "y"}, "login")
    assert context.stores == {STORE: str(run.base / ".pipelift" / "mirrors" / STORE)}
    assert context.cancel is cancel
    assert not context.offline


def test_the_stores_of_a_run_are_found_once_for_all_its_steps(
    run: LocalRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each look goes through all steps: one a step would make long pipelines quadratic."""
    looks = []

    def look(pipeline: ir.Pipeline) -> tuple[str, ...]:
        looks.append(pipeline)
        return used_stores(pipeline)

    for module in ("checks", "stores"):
        monkeypatch.setattr(f"pipelift.backends.local.{module}.used_stores", look)
    make = step_contexts(run, run_id="r1")
    first = len(looks)
    contexts = [make(step, source="") for step in PIPELINE.steps]
    assert len(looks) == first
    assert {context.run_id for context in contexts} == {"r1"}
    assert all(context.remotes.keys() == {STORE} for context in contexts)
