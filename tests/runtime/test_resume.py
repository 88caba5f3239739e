"""A step of a run that is resumed: kept where it has completed and would do the same, tried again elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipelift.compiler import ir
from tests.support.runtime_world import World, output

SCRIPT = """\
    import os, sys
    with open("{count}", "a") as file:
        file.write("x")
    os.makedirs(sys.argv[1])
    open(os.path.join(sys.argv[1], "made"), "w").close()
    sys.exit(3 if os.path.exists("{fails}") else 0)
"""


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    script = SCRIPT.format(count=tmp_path / "count", fails=tmp_path / "fails")
    never = ir.Reuse(allowed=False, key="k" * 64)
    world.parameter("rate", "low")
    world.step(script, outputs=[output()], arguments=[ir.OutputPath(port="out")], reuse=never)
    return world


def times(world: World) -> int:
    return len((world.root / "count").read_text())


def test_completed_step_is_kept_with_its_record_even_where_reuse_is_forbidden(world: World) -> None:
    first = world.run()
    before = world.record()
    again = world.run(resume=True)
    assert (again.status, again.kept, again.outputs, again.result_id) == (
        "reused",
        True,
        first.outputs,
        first.result_id,
    )
    assert (world.record(), times(world)) == (before, 1)


@pytest.mark.parametrize(
    "change", ["without resume", "parameter", "refreshed", "output gone", "failed before", "another run"]
)
def test_step_runs_again(world: World, change: str) -> None:
    if change == "failed before":
        (world.root / "fails").touch()
    first = world.run()
    (world.root / "fails").unlink(missing_ok=True)
    if change == "output gone":
        (Path(first.outputs["out"]) / "made").unlink()
    changes: dict[str, dict[str, Any]] = {
        "without resume": {"resume": False},
        "parameter": {"parameters": {"rate": "high"}},
        "refreshed": {"refresh": ["step"]},
        "another run": {"run": "r2"},
    }
    again = world.run(**{"resume": True, **changes.get(change, {})})
    assert (again.status, again.kept, times(world)) == ("completed", False, 2)


def test_the_launcher_takes_it_as_an_option(world: World, capfd: pytest.CaptureFixture[str]) -> None:

    from pipelift.runtime.cli import main

    world.write_spec()
    words = ["step", *world.options(), "--run", "r1"]
    assert [main(words), main([*words, "--resume"]), times(world)] == [0, 0, 1]
    assert "its result is reused" in capfd.readouterr().err
