"""A local run with stores behind URLs: what it asks them before the first step, and that a plan asks nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pipelift.app.running import RunRequest
from pipelift.backends.local import TARGET as RUNNER
from pipelift.backends.local.stores import launch_context, reach
from pipelift.compiler.config import Config, ReuseSection, StoreSection
from pipelift.compiler.diagnostics import Refused
from tests.remote_world import Far, far
from tests.samples import two_steps

STORE = "workspaceblobstore"
PIPELINE, CONTENTS = two_steps()


@pytest.fixture
def request_(tmp_path: Path) -> Iterator[RunRequest]:
    """A run whose store lies in a folder behind a URL."""
    (tmp_path / "there").mkdir()
    section = StoreSection(url=f"far://{tmp_path}/there", options={"x": "y"}, secret="login")
    config = Config(folder=tmp_path, stores={STORE: section})
    environ = {"PIPELIFT_SECRET_LOGIN": "password=right\nuser=me\n"}
    with far():
        Far.login = "right"
        yield RunRequest(tmp_path, config, CONTENTS, environ=environ)


def test_a_plan_asks_no_store(request_: RunRequest) -> None:
    for identity in ("definition", "content"):
        config = request_.config.model_copy(update={"reuse": ReuseSection(identity=identity)})
        assert len(RUNNER.foresee(PIPELINE, replace(request_, config=config))) == 2
    assert Far.calls == []


def test_data_that_are_not_there_end_a_run_before_its_first_step(request_: RunRequest) -> None:
    with pytest.raises(Refused, match=f"the store '{STORE}' has no 'train-images") as caught:
        RUNNER.run(PIPELINE, request_, lambda event: None)
    assert caught.value.code == "PL524"
    assert f"far://{request_.base}/there/train-images" in str(caught.value)
    assert not (request_.base / ".pipelift" / "runs").exists()


def test_a_login_that_is_refused_ends_it_too(request_: RunRequest) -> None:
    request_ = replace(request_, environ={"PIPELIFT_SECRET_LOGIN": "password=canary\nuser=me\n"})
    with pytest.raises(Refused, match="refused the secret 'login'") as caught:
        RUNNER.run(PIPELINE, request_, lambda event: None)
    assert caught.value.code == "PL523"
    assert "canary" not in str(caught.value)


def test_a_store_that_has_the_data_is_reached(request_: RunRequest) -> None:
    image = request_.base / "there" / "train-images" / "a.png"
    image.parent.mkdir()
    image.touch()
    reach(PIPELINE, request_)
    assert {call for call, _ in Far.calls} == {"find"}


def test_what_the_launcher_is_given(request_: RunRequest) -> None:
    cancel = threading.Event()
    context = launch_context(PIPELINE, request_, run_id="r1", cancel=cancel)
    place = context.remotes[STORE]
    assert (place.scheme, place.options, place.secret) == ("far", {"x": "y"}, "login")
    assert context.stores == {STORE: str(request_.base / ".pipelift" / "mirrors" / STORE)}
    assert context.cancel is cancel
    assert not context.offline
