"""Outputs at a destination that others use too: whole with their record, or as it was before."""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest

from pipelift.compiler import ir
from pipelift.runtime import adoption, attempts, files, records, reuse
from pipelift.runtime.contract.record import Record
from tests.support.runtime_world import Identity, World, output

DESTINATION = "results"
RACE = """
import os, sys, time
out, value, meet, count = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
for number in range(count):
    folder = os.path.join(out, str(number % 7))
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "%04d.txt" % number), "w") as file:
        file.write(value)
open(os.path.join(meet, value), "w").close()
deadline = time.time() + 20
while len(os.listdir(meet)) < 2 and time.time() < deadline:
    time.sleep(0.001)
"""
KEPT = {"keep.txt": "mine", "0/keep.txt": "mine too"}


def values_of(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in sorted(folder.rglob("*.txt"))}


def step(world: World, script: str, *words: str) -> str:
    return world.step(
        script,
        outputs=[output(path=DESTINATION, explicit=True, create=True)],
        arguments=[
            ir.OutputPath(port="out"),
            ir.ParameterValue(parameter="value"),
            *(ir.Literal(value=word) for word in words),
        ],
    )


def in_child(act: Callable[[], None]) -> int:
    """Begin `act` in a process of its own; its id."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        act()
        code = 0
    finally:
        os._exit(code)


def status_of(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.parametrize("identity", ["definition", "content"])
def test_two_runs_into_one_destination_never_mix(
    tmp_path: Path, identity: Identity, pytestconfig: pytest.Config
) -> None:
    """Each pair writes the same names with values of its own, and publishes at the same moment."""
    count: int = pytestconfig.getoption("--published")
    for pair in range(pytestconfig.getoption("--pairs")):
        world = World(tmp_path / str(pair))
        world.identity = identity
        race(world, count)
        left = values_of(world.store / DESTINATION)
        assert {name: left.pop(name) for name in KEPT} == KEPT
        assert len(left) == count
        (last,) = set(left.values())  # all files are one run's
        good = {value for value, run in RUNS.items() if is_as_recorded(world, run)}
        assert good == {last}  # and that run's record alone promises them
        assert not (world.store / ".pipelift").exists()
        shutil.rmtree(world.root)


RUNS = {"a": "r1", "b": "r2"}
"""The run of each value."""


def race(world: World, count: int) -> None:
    """Two runs at once, each with its value in `count` files of the same names."""
    world.parameter("value", None)
    for name, text in KEPT.items():
        world.put(f"{DESTINATION}/{name}", text)
    meet = world.root / "meet"
    meet.mkdir()
    step(world, RACE, str(meet), str(count))

    def run(value: str) -> None:
        world.run(RUNS[value], parameters={"value": value})

    children = [in_child(partial(run, value)) for value in RUNS]
    assert [status_of(child) for child in children] == [0, 0]


def is_as_recorded(world: World, run: str) -> bool:
    record = world.record(run)
    assert record["status"] == "completed"
    spec = world.spec()
    return reuse.check_result(cast(Record, record), spec["step"], world.context(run)).record is not None


WRITE = """
import os, sys
for name in ("a.txt", "b.txt", "0/new.txt", "1/deep/new.txt", "link-me.txt"):
    path = os.path.join(sys.argv[1], name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    open(path, "w").write(sys.argv[2])
"""
CALLS = ("replace", "rename", "link", "unlink", "makedirs", "rmdir", "fsync", "close")


class Killer:
    """Kills this process at the `moment`-th call that changes files, counted from the start of publishing."""

    def __init__(self, moment: int) -> None:
        self.left = moment
        self.armed = False

    def arm(self, name: str) -> None:
        real = getattr(os, name)

        def call(*arguments: object, **options: Any) -> object:
            if self.armed:
                self.left -= 1
                if self.left < 0:
                    os.kill(os.getpid(), signal.SIGKILL)
            return real(*arguments, **options)

        setattr(os, name, call)


def killed_at(world: World, moment: int, value: str) -> int:
    """Run the step in a child that is killed at a moment of publishing; its exit status."""

    def act() -> None:
        from pipelift.runtime import outputs

        killer = Killer(moment)
        for name in CALLS:
            killer.arm(name)
        publish = outputs.publish

        def armed(*arguments: object) -> None:
            killer.armed = True
            publish(*arguments)  # type: ignore[arg-type]

        outputs.publish = armed  # type: ignore[assignment]
        assert world.run("r2", parameters={"value": value}).status == "completed"

    return status_of(in_child(act))


def test_killed_at_any_moment_of_publishing(tmp_path: Path, stride: int) -> None:
    """What lay in the destination is there after the next sweep, or all of the new files are, with their record."""
    kills = {"old": 0, "new": 0}
    for moment in range(0, 1000, stride):
        world = World(tmp_path / str(moment))
        world.parameter("value", None)
        for name, text in KEPT.items():
            world.put(f"{DESTINATION}/{name}", text)
        step(world, WRITE)
        assert world.run("r1", parameters={"value": "one"}).status == "completed"
        before = values_of(world.store / DESTINATION)
        status = killed_at(world, moment, "two")
        step(world, WRITE)
        world.step("print('sweeps')", id="other", parameters=())
        assert world.run("r3", id="other").status == "completed"
        after = values_of(world.store / DESTINATION)
        record = world.place("r2") / "record.json"
        if after == before:
            assert not record.exists()
            kills["old"] += 1
        else:
            assert after == {name: KEPT.get(name, "two") for name in before}
            assert world.record("r2")["status"] == "completed" and is_as_recorded(world, "r2")
            kills["new"] += 1
        assert not (world.store / ".pipelift").exists()
        if status == 0:
            break
        assert status == -signal.SIGKILL
    assert kills["old"] * stride > 10 and kills["new"] * stride > 3, kills


@pytest.mark.parametrize("what", ["a record that cannot be written", "a file that cannot be moved"])
def test_a_failure_after_the_first_move_puts_all_back(
    tmp_path: Path, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(tmp_path)
    world.parameter("value", None)
    for name, text in KEPT.items():
        world.put(f"{DESTINATION}/{name}", text)
    step(world, WRITE)
    world.run("r1", parameters={"value": "one"})
    before = values_of(world.store / DESTINATION)
    real = os.replace

    def broken(source: str, target: str) -> None:
        wanted = "r2/steps/step/record.json" if "record" in what else f"{DESTINATION}/b.txt"
        if str(target).endswith(wanted) and "displaced" not in str(source):
            raise OSError(28, "No space left on device")
        real(source, target)

    monkeypatch.setattr(os, "replace", broken)
    result = world.run("r2", parameters={"value": "two"})
    monkeypatch.undo()
    assert result.status == "failed" and "No space left" in result.reason
    assert values_of(world.store / DESTINATION) == before
    assert is_as_recorded(world, "r1")


def test_publishing_waits_for_its_turn_and_can_be_cancelled(tmp_path: Path) -> None:
    import fcntl
    import threading

    world = World(tmp_path)
    world.parameter("value", None)
    step(world, WRITE)
    held = os.open(world.store, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    cancel = threading.Event()
    threading.Timer(0.5, cancel.set).start()
    result = world.run(parameters={"value": "one"}, cancel=cancel)
    os.close(held)
    assert result.status == "cancelled"
    assert not (world.store / DESTINATION).exists()
    assert world.run("r2", parameters={"value": "one"}).status == "completed"


def test_one_flipped_bit_is_seen_where_bytes_count(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.parameter("value", "one")
    world.identity = "content"
    step(world, WRITE)
    assert world.run("r1").status == "completed"
    assert world.run("r2").status == "reused"
    made = world.store / DESTINATION / "a.txt"
    times = (made.stat().st_atime_ns, made.stat().st_mtime_ns)
    made.write_text("onf")
    os.utime(made, ns=times)
    assert world.run("r3").status == "completed"
    assert made.read_text() == "one"


def test_what_read_the_files_of_another_run_is_not_reused(tmp_path: Path) -> None:
    """A run publishes into the destination while a step of another reads what its own run has put there."""
    world = World(tmp_path)
    world.parameter("value", None)
    step(world, WRITE)
    read = "import sys; print(open(sys.argv[1] + '/a.txt').read())"
    port = ir.Input(name="in", source=ir.StepSource(step="step", port="out"))
    world.step(read, id="reader", inputs=[port], arguments=[ir.InputPath(port="in")])
    values = {"r1": "one", "r2": "two"}
    assert world.run("r1", parameters={"value": "one"}).status == "completed"
    assert world.run("r2", parameters={"value": "two"}).status == "completed"
    for run, lines in {"r1": 2, "r2": 1}.items():  # both read r2's files, which r1 has not made
        result = world.run(run, id="reader", parameters={"value": values[run]}, reuse=True)
        assert result.status == "completed"
        assert len(world.lines) == lines and world.lines[0] == "two"
    assert world.record("r1", "reader")["changed_inputs"] == ["in"]
    assert world.record("r2", "reader")["changed_inputs"] == []
    step(world, WRITE)
    world.run("r3", parameters={"value": "one"})
    again = world.run("r3", id="reader", parameters={"value": "one"})
    assert (again.status, world.lines) == ("completed", ["one"])


def half_published(world: World, moment: int = 6) -> dict[str, str]:
    """A world in which a run was killed while it published over the files of another; what lay there before."""
    world.parameter("value", None)
    for name, text in KEPT.items():
        world.put(f"{DESTINATION}/{name}", text)
    step(world, WRITE)
    assert world.run("r1", parameters={"value": "one"}).status == "completed"
    before = values_of(world.store / DESTINATION)
    assert killed_at(world, moment, "two") == -signal.SIGKILL
    left = values_of(world.store / DESTINATION)
    assert {"one", "two"} <= set(left.values())
    world.step("print('sweeps')", id="other", parameters=())
    return before


@pytest.fixture
def half(tmp_path: Path) -> tuple[World, dict[str, str]]:
    """The first moment at which the destination is mixed."""
    for moment in range(1000):
        world = World(tmp_path / str(moment))
        try:
            return world, half_published(world, moment)
        except AssertionError:
            continue
    raise AssertionError("the destination is never mixed")


Half = tuple[World, dict[str, str]]


@pytest.mark.parametrize("how", ["into it", "anew"])
def test_what_the_user_writes_after_a_kill_stays(half: Half, how: str) -> None:
    world, before = half
    moved = next(name for name, text in values_of(world.store / DESTINATION).items() if text == "two")
    path = world.store / DESTINATION / moved
    if how == "anew":
        path.unlink()
    path.write_text("his")
    assert world.run("r3", id="other").status == "completed"
    assert values_of(world.store / DESTINATION) == {**before, moved: "his"}


@pytest.mark.parametrize("what", ["started anew", "copied", "deleted", "another's"])
def test_a_half_destination_is_put_back_whatever_became_of_machine_and_state(half: Half, what: str) -> None:
    world, before = half
    if what == "started anew":
        for entry in (*world.store.glob(".pipelift/*.json"), *world.state.rglob("attempt.*.json")):
            entry.write_text(json.dumps({"machine": {"boot": "of yesterday"}}))
    elif what == "copied":
        shutil.copytree(world.state, world.root / "copy")
        shutil.rmtree(world.state)
        (world.root / "copy").rename(world.state)
    elif what == "deleted":
        shutil.rmtree(world.state)
    state = world.root / "other state" if what == "another's" else world.state
    assert world.run("r3", id="other", state=str(state)).status == "completed"
    assert values_of(world.store / DESTINATION) == before
    assert not (world.store / ".pipelift").exists()


def test_a_disk_that_several_machines_share_is_given_time(
    half: Half, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, _ = half
    (entry,) = world.store.glob(".pipelift/*.json")
    entry.write_text(json.dumps({"machine": {"boot": "another's"}}))
    monkeypatch.setattr(attempts, "is_local", lambda folder: False)
    left = values_of(world.store / DESTINATION)
    assert world.run("r3", id="other").status == "completed"
    assert values_of(world.store / DESTINATION) == left and entry.exists()


def test_output_of_a_thousand_folders_is_published_and_cleared_away(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.parameter("value", "x")
    step(
        world,
        """
        import os, sys
        for top in (sys.argv[1], "outputs"):
            here = os.getcwd()
            os.chdir(top)
            for _ in range(1200):
                os.mkdir("d"); os.chdir("d")
            open("f", "w").close()
            os.chdir(here)
        """,
    )
    result = world.run()
    assert result.status == "completed", result.reason
    assert not (world.store / ".pipelift").exists()
    assert [path.name for path in world.place().iterdir() if path.name.startswith("work")] == []
    files.remove(str(world.root / "stores"))
    files.remove(str(world.state))
    assert not world.state.exists()


def test_the_last_to_publish_is_the_one_that_is_reused(tmp_path: Path) -> None:
    """Whoever is taken over last: an engine may take over what a container has left long after it ended."""
    world = World(tmp_path)
    world.parameter("value", "one")
    step(world, WRITE)
    for run in ("r1", "r2"):
        assert world.run(run, reuse=False).status == "completed"
    (known,) = world.reuse_records()
    for ended, expected in (
        (None, "r2"),
        (time.time() + 3600, "r1"),
    ):  # the latter by a clock that went ahead
        if ended is not None:
            known.write_text(json.dumps({**json.loads(known.read_text()), "ended": ended}))
        adoption.adopt(records.Run(str(world.state), "r1").step("step"))
        assert json.loads(known.read_text())["run"] == expected
