"""Outputs that the pipeline wants at a path of the machine: what a script writes there is the output, and all of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipelift.compiler import ir
from tests.support.folders import read_texts
from tests.support.runtime_world import World, arguments, output

WRITE = """
import os, sys
os.makedirs(sys.argv[1], exist_ok=True)
with open(os.path.join(sys.argv[1], "a.txt"), "w") as file:
    file.write("made")
"""


def made(world: World, run: str = "r1") -> dict[str, str]:
    """The files of the output of a run, by their paths in it."""
    return read_texts(world.store / "azureml" / f"{run}_step" / "out")


@pytest.mark.parametrize("place", ["out/here", "./out//here/", "a b/ü", "outputs/x"])
@pytest.mark.parametrize("create", [False, True])
def test_what_is_written_below_the_working_folder_is_the_output(
    place: str, create: bool, tmp_path: Path
) -> None:
    world = World(tmp_path)
    world.step(
        WRITE,
        arguments=arguments(place),
        outputs=[output(path_on_compute=place, create=create, mode="upload")],
    )
    assert world.run().status == "completed", world.lines
    assert made(world) == {"a.txt": "made"}


def test_the_argument_of_the_output_and_its_variable_say_that_place(tmp_path: Path) -> None:
    world = World(tmp_path)
    script = (
        WRITE + "assert sys.argv[1] == os.environ['AZUREML_DATAREFERENCE_out'] == os.path.abspath('x/y')\n"
    )
    world.step(script, arguments=[ir.OutputPath(port="out")], outputs=[output(path_on_compute="x/y")])
    assert world.run().status == "completed", world.lines
    assert made(world) == {"a.txt": "made"}


def test_files_of_the_source_that_lie_there_are_part_of_it(tmp_path: Path) -> None:
    """As on the service, which uploads the folder."""
    world = World(tmp_path)
    world.step(
        WRITE, files={"out/b.txt": "b"}, arguments=arguments("out"), outputs=[output(path_on_compute="out")]
    )
    assert world.run().status == "completed", world.lines
    assert made(world) == {"a.txt": "made", "b.txt": "b"}


def test_a_single_file_is_an_output_too(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.step("open('model.bin', 'w').write('m')", outputs=[output(path_on_compute="model.bin")])
    assert world.run().status == "completed", world.lines
    assert (world.store / "azureml" / "r1_step" / "out").read_text() == "m"


def test_an_absolute_place_is_taken_and_left_empty(tmp_path: Path) -> None:
    world, place = World(tmp_path / "world"), tmp_path / "machine" / "out"
    world.step(WRITE, arguments=arguments(str(place)), outputs=[output(path_on_compute=str(place))])
    for run in ("r1", "r2"):
        assert world.run(run, reuse=False).status == "completed", world.lines
        assert made(world, run) == {"a.txt": "made"}
        assert not place.exists()


def test_an_absolute_place_with_files_of_others_is_refused(tmp_path: Path) -> None:
    world, place = World(tmp_path / "world"), tmp_path / "machine"
    place.mkdir()
    (place / "old.txt").write_text("old")
    world.step(WRITE, arguments=arguments(str(place)), outputs=[output(path_on_compute=str(place))])
    result = world.run()
    assert result.status == "failed"
    assert f"'{place}', where the script is to write it, is not empty" in result.reason
    assert read_texts(place) == {"old.txt": "old"}


def test_after_a_failure_the_place_is_empty_for_the_next_run(tmp_path: Path) -> None:
    world, place = World(tmp_path / "world"), tmp_path / "machine" / "out"
    script = WRITE + "sys.exit(os.path.exists('fail') and 3)\n"
    to, ports = arguments(str(place)), [output(path_on_compute=str(place))]
    world.step(script, files={"fail": ""}, arguments=to, outputs=ports)
    assert world.run("r1", reuse=False).exit_code == 3
    assert not place.exists()
    assert world.record("r1")["failed_outputs"]
    world.step(script, id="again", arguments=to, outputs=ports)
    assert world.run("r2", id="again", reuse=False).status == "completed", world.lines


def test_a_link_on_the_way_leads_out_of_no_folder(tmp_path: Path) -> None:
    world, secret = World(tmp_path / "world"), tmp_path / "secret"
    secret.mkdir()
    (secret / "key.txt").write_text("key")
    script = f"import os\nos.rmdir('way')\nos.symlink({os.fspath(tmp_path)!r}, 'way')\n"
    world.step(script, outputs=[output(path_on_compute="way/secret")])
    result = world.run()
    assert result.status == "failed" and "leads out" in result.reason
    assert read_texts(secret) == {"key.txt": "key"}
    assert not (world.store / "azureml").exists()


def test_what_is_not_written_is_an_empty_folder(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.step("print('nothing')", outputs=[output(path_on_compute="out")])
    assert world.run().status == "completed"
    assert made(world) == {}
