"""Desks of Compose projects: laid out for a run, put away into it, whatever was broken off in between."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from pipelift.app.history.state import State
from pipelift.compiler import ir
from pipelift.runtime import attempts, desks, records
from pipelift.runtime.begin import begin
from tests.support.folders import read_texts
from tests.support.runtime_world import World, output

MADE = "import os, sys; os.makedirs(sys.argv[1])"


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    world.step(MADE, outputs=[output()], arguments=[ir.OutputPath(port="out")])
    return world


def _begin(world: World, run: str) -> None:
    begin(str(world.state), "pipe", run, [str(world.store)], None, ["step", "later"])


def _steps(world: World) -> dict[str, list[str]]:
    return {run.id: [step.step for step in run.steps] for run in State(world.state).runs}


def test_what_lies_on_a_desk_is_the_runs_and_stays_it(world: World) -> None:
    _begin(world, "r1")
    assert _steps(world) == {"r1": []}, "no step has begun"
    assert world.run("r1").status == "completed"
    assert world.place("r1").is_symlink()
    assert (world.state / "desks/pipe/step/record.json").is_file()
    assert _steps(world) == {"r1": ["step"]}
    before = read_texts(world.place("r1"))
    _begin(world, "r2")
    assert not world.place("r1").is_symlink()
    assert read_texts(world.place("r1")) == before
    assert _steps(world) == {"r1": ["step"], "r2": []}
    assert world.run("r2").status == "reused"


def test_a_run_that_goes_on_finds_its_folders_on_the_desks(world: World) -> None:
    _begin(world, "r1")
    world.run("r1")
    desks.put_away(str(world.state), "pipe")
    assert not (world.state / "desks/pipe").exists()
    _begin(world, "r1")
    assert world.place("r1").is_symlink()
    assert world.run("r1", resume=True).reason == "kept from before the run was resumed"


def test_a_kill_while_a_desk_is_put_away_loses_nothing(world: World) -> None:
    _begin(world, "r1")
    world.run("r1")
    (record,) = world.reuse_records()
    record.unlink()
    world.place("r1").unlink()  # the link is gone, the folder not yet there
    _begin(world, "r2")
    assert (world.place("r1") / "record.json").is_file()
    assert world.run("r2").status == "reused"


def test_a_desk_at_which_a_step_works_stays(world: World) -> None:
    _begin(world, "r1")
    place = records.Run(str(world.state), "r1").step("step")
    with attempts.Attempt(place, []):
        desks.put_away(str(world.state), "pipe")
        assert os.path.islink(place.folder)
    desks.put_away(str(world.state), "pipe")
    assert not os.path.lexists(place.folder)


def test_a_link_that_leads_elsewhere_is_no_step(world: World) -> None:
    world.run("r1")
    record = json.dumps(world.record("r1"))
    other = world.root / "host/steps/other"
    other.mkdir(parents=True)
    (other / "record.json").write_text(record)
    for name, way in {
        "other": str(other),
        "step2": "../../../desks/../runs",
        "up": "../../..",
        "x": ".",
    }.items():
        (world.place("r1").parent / name).symlink_to(way)
    assert _steps(world) == {"r1": ["step"]}
    run = records.Run(str(world.state), "r1")
    assert run.step_ids == ["step"]
    assert run.step("other").read() is None
