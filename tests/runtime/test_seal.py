"""Digests of secrets in records: with a key of the state folder, so that runs can be compared and nothing guessed."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import threading
from pathlib import Path

import pytest

from pipelift.runtime.contract.paths import SEAL
from pipelift.runtime.launch import look_up
from pipelift.runtime.secrecy import Seal
from tests.support.runtime_world import World, arguments


def digest(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    world.parameter("password", None)
    world.parameter("rate", "1")
    world.step("print('ran')", arguments=arguments("--api-key", "literal", "--rate", "2"))
    return world


def statuses(world: World, *passwords: str) -> list[str]:
    return [
        world.run(f"r{index}", parameters={"password": password}).status
        for index, password in enumerate(passwords)
    ]


def test_results_are_reused_under_the_same_secret_alone(world: World) -> None:
    assert statuses(world, "1234", "1234", "1235", "1234") == ["completed", "reused", "completed", "reused"]


def test_no_record_gives_a_short_secret_to_who_tries_all(world: World) -> None:
    assert statuses(world, "1234") == ["completed"]
    written = "".join(path.read_text() for path in world.state.rglob("*.json"))
    for value in ("1234", "literal"):
        assert digest(value)[:12] not in written
    key = Seal(str(world.state))
    assert key.digest("1234") in written, "the test looks where digests are"
    names = {part["name"]: part["digest"] for part in world.record("r0")["key_parts"]}
    assert names["parameter rate"] == digest("1")


def test_the_key_of_a_result_is_no_digest_of_what_can_be_guessed(world: World, tmp_path: Path) -> None:
    statuses(world, "1234")
    other = World(tmp_path / "other")
    other.parameters, other.steps = world.parameters, world.steps
    (tmp_path / "other" / "source").symlink_to(tmp_path / "source")
    statuses(other, "1234")
    assert world.record("r0")["key"] != other.record("r0")["key"]


def test_the_key_is_private_and_made_once(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        seals = [Seal(str(tmp_path / "state")) for _ in range(24)]
        threads = [threading.Thread(target=seal.make) for seal in seals]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        os.umask(before)
    assert len({seal.digest("x") for seal in seals}) == 1
    assert [path.name for path in (tmp_path / "state").iterdir()] == [SEAL]
    assert stat.S_IMODE((tmp_path / "state" / SEAL).stat().st_mode) == 0o600


def test_a_record_of_before_is_a_miss(world: World) -> None:
    statuses(world, "1234")
    (world.state / SEAL).unlink()
    assert statuses(world, "1234") == ["completed"]


@pytest.mark.parametrize("damage", ["missing", "short", "a folder"])
def test_without_a_key_nothing_compares_equal(tmp_path: Path, damage: str) -> None:
    if damage == "short":
        (tmp_path / SEAL).write_text("ab")
    elif damage == "a folder":
        (tmp_path / SEAL).mkdir()
    first, second = Seal(str(tmp_path)), Seal(str(tmp_path))
    assert first.digest("x") == first.digest("x")
    assert first.digest("x") != second.digest("x")


def test_looking_up_writes_nothing(world: World) -> None:
    result = look_up(world.spec(), world.context(parameters={"password": "1234"}))
    assert result.status == "missed"
    assert not world.state.exists()


def test_records_can_be_compared(world: World) -> None:
    statuses(world, "1234", "1234", "1235")
    made = [world.record(f"r{index}")["made_of"] for index in range(3)]
    assert (
        made[0]["parameters"]["password"]
        == made[1]["parameters"]["password"]
        != made[2]["parameters"]["password"]
    )
    assert made[0]["arguments"] == made[2]["arguments"]
    assert json.dumps(made[0]["arguments"]).count("<secret ") == 1
