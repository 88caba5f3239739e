"""Who may read what runs leave in the state folder: its owner, whatever the umask."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelift.backends.supervision.run_file import RunFile
from pipelift.runtime import privacy
from pipelift.runtime.begin import begin
from tests.support.runtime_world import World, output

TELL_ALL = """
import os
from azureml.core import Run
run = Run.get_context()
run.log("a", 1)
run.parent.log("a", 1)
run.tag("a", "b")
run.child_run("c").log("a", 1)
os.makedirs("outputs/sub", exist_ok=True)
open("outputs/sub/a", "w").close()
run.upload_file("x/b", "outputs/sub/a")
run.register_model("m", "outputs")
"""


@pytest.fixture(autouse=True)
def no_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def is_private(path: Path, state: Path) -> bool:
    """Whether the path, or a folder above it and below the state folder, keeps all but the owner out."""
    own = [path, *path.parents[: len(path.relative_to(state).parts) - 1]]
    return any(not stat.S_IMODE(one.stat().st_mode) & 0o077 for one in own)


def readable(state: Path) -> list[str]:
    found = [path for path in state.rglob("*") if not is_private(path, state)]
    return [path.relative_to(state).as_posix() for path in found]


def test_what_a_step_leaves_is_for_its_owner_alone(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.step(TELL_ALL, outputs=(output(register_as=None),))
    assert world.run().status == "completed", world.lines
    assert len(list(world.state.rglob("*"))) > 20
    assert readable(world.state) == []
    assert stat.S_IMODE(world.state.stat().st_mode) & 0o055, "stores below it may be for others too"


def test_a_run_and_a_first_service_leave_nothing_to_others_either(tmp_path: Path) -> None:
    RunFile(tmp_path / "local", "p", {"password": "x"})
    assert [name for name in readable(tmp_path / "local") if name != ".gitignore"] == []
    begin(str(tmp_path / "compose"), "key", None, [str(tmp_path / "compose" / "stores" / "s")], None)
    assert readable(tmp_path / "compose") == ["stores", "stores/s"]


def test_a_state_folder_of_before_is_closed(tmp_path: Path) -> None:
    world = World(tmp_path)
    for name in (*privacy.FOLDERS, "stores/mine", "secrets"):
        (world.state / name).mkdir(parents=True)
    world.step("print('ran')")
    world.run()
    assert sorted(readable(world.state)) == ["secrets", "stores", "stores/mine"]


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "others").mkdir()
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "runs").symlink_to(tmp_path / "others")
    privacy.close(str(tmp_path / "state"))
    assert stat.S_IMODE((tmp_path / "others").stat().st_mode) == 0o777


def test_folders_of_another_owner_are_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "runs").mkdir()
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    privacy.close(str(tmp_path))
    assert stat.S_IMODE((tmp_path / "runs").stat().st_mode) == 0o777


@pytest.mark.parametrize("holds", ["thesis.txt", "Pictures", None])
def test_a_link_in_the_place_of_the_state_leads_to_a_state_or_nowhere(
    tmp_path: Path, holds: str | None
) -> None:
    """It may have come with the project: the folders of somebody's home are not ours to close and to fill."""
    elsewhere = tmp_path / "home"
    (elsewhere / "images").mkdir(parents=True, mode=0o755)
    if holds is not None:
        (elsewhere / holds).mkdir()
    state = tmp_path / ".pipelift"
    state.symlink_to(elsewhere)
    if holds is None:
        privacy.close(str(state))
        assert (elsewhere / "runs").is_dir()
    else:
        with pytest.raises(privacy.NotOurs, match=holds):
            privacy.close(str(state))
        assert stat.S_IMODE((elsewhere / "images").stat().st_mode) == 0o755
        assert sorted(path.name for path in elsewhere.iterdir()) == sorted(["images", holds])
