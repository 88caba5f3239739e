"""A launcher is killed at each point of its end: no finished step runs again, and nothing is left of the killed."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipelift.compiler import ir
from pipelift.runtime import adoption, records
from pipelift.runtime.contract import untrusted
from tests.support.runtime_world import World, output

COUNTS = """
import os, sys
os.makedirs(sys.argv[1])
open(os.path.join(sys.argv[1], "a.txt"), "w").write("made")
"""
HOOKED = ("open", "replace", "rename", "unlink", "mkdir", "rmdir", "write", "fsync", "link")
"""Calls of the system that change something, or could."""
MOST = 400


def _world(root: Path) -> World:
    root.mkdir()
    world = World(root)
    world.step(COUNTS, outputs=[output()], arguments=[ir.OutputPath(port="out")])
    return world


def _killed_after(count: int, act: Callable[[], object]) -> bool:
    """Do `act` in a child that kills itself before its call number `count`; whether it came to its end before."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    left = [count]

    def counted(name: str) -> Callable[..., Any]:
        real = getattr(os, name)

        def call(*arguments: Any, **named: Any) -> Any:
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*arguments, **named)

        return call

    for name in HOOKED:
        setattr(os, name, counted(name))
    act()
    os._exit(0)


def test_no_finished_step_runs_again(tmp_path: Path, stride: int) -> None:
    finished = again = 0
    for count in range(1, MOST, stride):
        world = _world(tmp_path / str(count))
        if _killed_after(count, world.run):
            break
        record = untrusted.read_json(str(world.place() / "record.json"))
        second = world.run("r2")
        if record is not None:
            finished += 1
            assert second.status == "reused", f"killed before call {count}"
        else:
            again += 1
            assert second.status == "completed"
        assert world.run("r3").status == "reused"
        assert not list(world.state.glob("open/*.json")), f"killed before call {count}"
        assert not list(world.state.glob("runs/r2/steps/*/attempt.*"))
        # A half of an entry is there for ten minutes: it might be one that is about to be locked.
        assert not [path for path in world.store.glob(".pipelift/*") if path.suffix != ".tmp"]
    else:
        pytest.fail(f"the launcher makes more than {MOST} calls")
    # The test is one of the end only if kills fell between the record and what is made of it.
    assert finished * stride >= 3 and again * stride >= 10, (finished, again)


def test_a_resumed_run_takes_over_what_it_had_finished(tmp_path: Path) -> None:
    world = _world(tmp_path / "world")
    world.run()
    (record,) = world.reuse_records()
    record.unlink()
    place = records.Run(str(world.state), "r1").step("step")
    adoption.adopt(place)
    assert world.reuse_records() == [record]
