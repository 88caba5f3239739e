"""A step writes into its own folder of the state and no other; what it says of the whole run is gathered from there."""

from __future__ import annotations

import os

from tests.support.runtime_world import World

TELLS = """
import sys
from azureml.core import Run
run = Run.get_context()
run.parent.log("loss", float({loss}))
run.parent.tag("last", "{loss}")
run.parent.upload_file("notes/{loss}.txt", __file__)
child = run.parent.child_run(name="c{loss}")
child.log("inner", {loss})
sys.exit({code})
"""
ASKS = """
from azureml.core import Run
whole = Run.get_context().parent
print(whole.get_metrics()["loss"], whole.tags["last"], sorted(whole.get_file_names()))
"""


def _written_elsewhere(world: World, step: str, run: str = "r1") -> list[str]:
    """What lies in the run's folder, and not in that of the step."""
    folder = world.state / "runs" / run
    found = (path.relative_to(folder) for path in folder.rglob("*") if not path.is_dir())
    return [str(path) for path in found if path.parts[:2] != ("steps", step)]


def test_what_steps_say_of_the_whole_run_lies_with_them_and_is_read_by_all(world: World) -> None:
    for name, loss in (("second", "0.25"), ("first", "0.5")):
        world.step(TELLS.format(loss=loss, code=0), id=name)
        assert world.run("r1", name).status == "completed", world.lines
    world.step(ASKS, id="third")
    assert world.run("r1", "third").status == "completed", world.lines
    # In the order in which they were logged, not in that of the steps' names.
    assert world.lines == ["[0.25, 0.5] 0.5 ['notes/0.25.txt', 'notes/0.5.txt']"]
    os.rename(world.place("r1", "second"), world.root / "second")
    os.rename(world.place("r1", "first"), world.root / "first")
    assert _written_elsewhere(world, "third") == []


def test_what_a_failed_attempt_said_of_the_run_is_not_kept_with_the_next(world: World) -> None:
    world.step(TELLS.format(loss="0.5", code=3), id="train")
    assert world.run("r1", "train").status == "failed"
    world.step(TELLS.format(loss="0.5", code=0), id="train")
    assert world.run("r1", "train", resume=True).status == "completed"
    world.step(ASKS, id="ask")
    world.run("r1", "ask")
    assert world.lines == ["0.5 0.5 ['notes/0.5.txt']"]


def test_a_run_is_cancelled_by_a_step_in_its_own_name_alone(world: World) -> None:
    world.step("from azureml.core import Run; Run.get_context().parent.cancel()", id="stop")
    assert world.run("r1", "stop").cancels_run
    assert _written_elsewhere(world, "stop") == []
    world.step("print(1)", id="next")
    assert world.run("r1", "next").status == "cancelled"
    world.step("print(1)", id="stop")
    assert world.run("r1", "stop").status == "completed"
    assert world.run("r1", "next").status == "completed"
