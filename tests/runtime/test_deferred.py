"""What a step leaves to be done while the next one runs: its record counts at once, the disk has it later."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelift.compiler import ir
from tests.support.runtime_world import World, output

WRITE = "import sys; open(sys.argv[1] + '/a.txt', 'w').write('made')"


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    ports = [output(path="results", explicit=True, create=True)]
    world.step(WRITE, outputs=ports, arguments=[ir.OutputPath(port="out")])
    return world


def test_what_could_put_outputs_back_goes_only_when_the_disk_has_the_record(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    deferred: list[Callable[[], None]] = []
    synced: list[str] = []
    fsync = os.fsync

    def sync(descriptor: int) -> None:
        synced.append(Path(os.readlink(f"/proc/self/fd/{descriptor}")).name)
        assert synced[0] != "record.json" or len(synced) > 1 or journals(world)
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", sync)
    assert world.run(defer=deferred.append).status == "completed"
    assert world.record()["status"] == "completed"
    assert (world.store / "results" / "a.txt").read_text() == "made"
    assert "record.json" not in synced and journals(world) and not world.reuse_records()
    synced.clear()
    for act in deferred:
        act()
    assert synced[0] == "record.json" and len(synced) == 2
    assert not (world.store / ".pipelift").exists() and len(world.reuse_records()) == 1
    assert world.run("r2", defer=deferred.append).status == "reused"


def test_a_disk_that_cannot_sync_the_record_is_told_and_puts_nothing_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    deferred: list[Callable[[], None]] = []
    world.run(defer=deferred.append)
    (act,) = deferred

    def refuse(descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", refuse)
        with pytest.raises(OSError, match="Input/output error"):
            act()
    assert (world.store / "results" / "a.txt").read_text() == "made"
    assert not (world.store / ".pipelift").exists()
    assert world.run("r2").status == "reused"  # the next run takes over what was left open


def journals(world: World) -> list[Path]:
    return list(world.store.glob(".pipelift/*/*.moved.json"))
