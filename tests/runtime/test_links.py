"""What a script leaves in its outputs beside plain files: nothing that a run did not make is touched."""

from __future__ import annotations

import glob
import os
import socket
import stat
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelift.compiler import ir
from pipelift.runtime import files, links, locations
from pipelift.runtime.errors import DATA, OUTPUT
from tests.support.folders import read_texts
from tests.support.runtime_world import STORE, World, output

TO_OUT = (ir.OutputPath(port="out"),)
OWN, FOLDER, UPLOAD = "PipelineData", "a folder of the user's", "an upload"
KINDS = {
    OWN: {},
    FOLDER: {"path": "results", "explicit": True, "create": True},
    UPLOAD: {
        "path": "results",
        "explicit": True,
        "create": True,
        "mode": "upload",
        "overwrite": True,
        "globs": ("**/*.csv",),
    },
}


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A store with sources, and a folder of the user beside it."""
    made = World(tmp_path)
    for name in ("raw/a.csv", "raw/deep/b.txt", "results/old.csv"):
        made.put(name, f"source {name}")
    (tmp_path / "home").mkdir()
    for name in ("c.csv", "key.txt"):
        (tmp_path / "home" / name).write_text(f"private {name}")
    return made


def everything(folder: Path) -> dict[str, tuple[object, ...]]:
    """All that lies below a folder, with what would show a change: kind, mode, owner, time, and content."""
    found = {}
    for path in sorted(folder.rglob("*")):
        state = path.lstat()
        content: object = path.readlink() if path.is_symlink() else None
        if stat.S_ISREG(state.st_mode):
            content = path.read_bytes()
        times = () if stat.S_ISDIR(state.st_mode) else (state.st_mtime_ns,)
        found[str(path.relative_to(folder))] = (state.st_mode, state.st_uid, state.st_gid, *times, content)
    return found


def leaves(world: World, script: str, kind: str = OWN, **fields: Any) -> str:
    """A step whose `script` knows out, raw (an input) and home (a folder of the user)."""
    head = f"""
        import os, socket, sys
        out, raw, home = sys.argv[1], {str(world.store / "raw")!r}, {str(world.root / "home")!r}
        os.makedirs(out, exist_ok=True)
        open(os.path.join(out, "new.csv"), "w").write("new")
    """
    return world.step(
        textwrap.dedent(head) + textwrap.dedent(script),
        inputs=[world.dataset("raw")],
        outputs=[output(**{**KINDS[kind], **fields})],
        arguments=TO_OUT,
    )


def sources(world: World) -> dict[str, object]:
    """What a run must leave alone: the sources, what lay in the destination, and all beside the store."""
    return {
        "raw": everything(world.store / "raw"),
        "old": everything(world.store / "results").get("old.csv"),
        "home": everything(world.root / "home"),
    }


ELSEWHERE = {
    "a folder": "os.symlink(home, os.path.join(out, 'link'))",
    "a file": "os.symlink(os.path.join(home, 'c.csv'), os.path.join(out, 'link.csv'))",
    "deep": "os.makedirs(out + '/a/b'); os.symlink(home, out + '/a/b/link')",
    "around": "os.symlink('..', os.path.join(out, 'link'))",
    "a root": "os.symlink('/', os.path.join(out, 'link'))",
    "nowhere": "os.symlink('/somewhere/ck', os.path.join(out, 'latest'))",
    "nowhere beside it": "os.symlink('ck', os.path.join(out, 'latest'))",
    "itself": "os.symlink('latest', os.path.join(out, 'latest'))",
    "in a circle": "os.symlink('b', out + '/a'); os.symlink('a', out + '/b')",
    "another part of the store": "os.symlink(os.path.join(raw, '..', 'results'), out + '/link')",
    "a chain": "os.symlink(home, out + '/a'); os.symlink('a', out + '/b')",
}
SPECIAL = {
    "a fifo": "os.mkfifo(out + '/pipe')",
    "a socket": "os.chdir(out); socket.socket(socket.AF_UNIX).bind('sock')",
    "a link to a device": "os.symlink('/dev/null', out + '/null')",
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("what", [*ELSEWHERE, *SPECIAL])
def test_what_cannot_be_kept_is_refused_before_a_file_moves(world: World, what: str, kind: str) -> None:
    before = sources(world)
    leaves(world, {**ELSEWHERE, **SPECIAL}[what], kind)
    result = world.run()
    assert (result.status, result.exit_code) == ("failed", OUTPUT)
    assert "output 'out'" in result.reason
    assert sources(world) == before
    assert read_texts(world.store / "results") == {"old.csv": "source results/old.csv"}
    assert not (world.store / "azureml").exists() or not list((world.store / "azureml/r1_step").iterdir())
    assert world.reuse_records() == []


@pytest.mark.parametrize("kind", [OWN, FOLDER])
def test_links_inside_stay_links_wherever_the_output_goes(world: World, kind: str) -> None:
    leaves(
        world,
        """
        os.makedirs(out + "/v1"); open(out + "/v1/model", "w").write("weights")
        os.symlink("v1", out + "/latest")                       # relative
        os.symlink(os.path.join(out, "v1"), out + "/absolute")  # to the place before it was published
        os.symlink("../" + os.path.basename(out) + "/v1/model", out + "/through")
        os.symlink("../latest/model", out + "/v1/chain")
        """,
        kind,
    )
    result = world.run()
    assert result.status == "completed", result.reason
    final = Path(result.outputs["out"])
    for name in ("latest", "absolute", "through", "v1/chain"):
        assert (final / name).is_symlink()
        assert (final / name).resolve().is_relative_to(final.resolve())
    assert (final / "absolute/model").read_text() == (final / "v1/chain").read_text() == "weights"
    assert world.run("r2").status == "reused"
    (final / "latest").unlink()
    (final / "latest").symlink_to(".")
    assert world.run("r3").status == "completed"


@pytest.mark.parametrize("kind", [OWN, FOLDER])
def test_a_link_to_an_input_is_copied_as_what_it_shows(world: World, kind: str) -> None:
    before = sources(world)
    leaves(world, "os.symlink(raw, out + '/all'); os.symlink(raw + '/deep/b.txt', out + '/b')", kind)
    result = world.run()
    assert result.status == "completed", result.reason
    final = Path(result.outputs["out"])
    assert read_texts(final) | {"old.csv": ""} == {
        "new.csv": "new",
        "all/a.csv": "source raw/a.csv",
        "all/deep/b.txt": "source raw/deep/b.txt",
        "b": "source raw/deep/b.txt",
        "old.csv": "",
    }
    assert not [path for path in final.rglob("*") if path.is_symlink()]
    assert sources(world) == before


def test_an_upload_takes_what_its_patterns_name_also_through_links(world: World) -> None:
    before = sources(world)
    script = """
        os.symlink(raw, out + "/all")
        os.makedirs(out + "/v1"); open(out + "/v1/t.csv", "w").write("t"); os.symlink("v1", out + "/latest")
    """
    leaves(world, script, UPLOAD)
    result = world.run()
    assert result.status == "completed", result.reason
    assert set(read_texts(world.store / "results")) == {
        "old.csv",
        "new.csv",
        "all/a.csv",
        "v1/t.csv",
        "latest/t.csv",
    }
    assert sources(world) == before


def test_a_file_with_further_names_is_copied(world: World) -> None:
    leaves(world, "os.link(raw + '/a.csv', out + '/same.csv')", FOLDER)
    result = world.run()
    assert result.status == "completed", result.reason
    made = world.store / "results/same.csv"
    assert made.read_text() == "source raw/a.csv"
    assert made.stat().st_ino != (world.store / "raw/a.csv").stat().st_ino


@pytest.mark.parametrize("kind", [FOLDER, UPLOAD])
@pytest.mark.parametrize(
    "script",
    [
        "import shutil; shutil.rmtree(out); open(out, 'w').write('a file')",
        "import shutil; shutil.rmtree(out); os.symlink(raw, out)",
        "import shutil; shutil.rmtree(out); os.symlink(home, out)",
        "import shutil; shutil.rmtree(out); os.mkfifo(out)",
        "import shutil; folder = os.path.dirname(out); shutil.rmtree(folder); os.symlink(home, folder)",
    ],
)
def test_a_folder_that_became_something_else_is_told(world: World, script: str, kind: str) -> None:
    before = sources(world)
    leaves(world, script, kind)
    result = world.run()
    assert (result.status, result.exit_code) == ("failed", OUTPUT)
    assert "became" in result.reason
    assert sources(world) == before
    assert read_texts(world.store / "results") == {"old.csv": "source results/old.csv"}


def test_an_output_may_be_a_link_to_an_input_or_a_file(world: World) -> None:
    leaves(world, "import shutil; shutil.rmtree(out); os.symlink(raw, out)")
    result = world.run()
    assert result.status == "completed", result.reason
    assert read_texts(Path(result.outputs["out"])) == {
        "a.csv": "source raw/a.csv",
        "deep/b.txt": "source raw/deep/b.txt",
    }
    assert not Path(result.outputs["out"]).is_symlink()
    leaves(world, "import shutil; shutil.rmtree(out); open(out, 'w').write('one file')")
    result = world.run("r2", reuse=False)
    assert Path(result.outputs["out"]).read_text() == "one file"
    leaves(world, "import shutil; shutil.rmtree(out); os.symlink('/nowhere', out)")
    assert world.run("r3", reuse=False).exit_code == OUTPUT


def test_a_file_never_takes_the_place_of_a_folder(world: World) -> None:
    leaves(
        world,
        "import shutil; shutil.rmtree(out); open(out, 'w').write('one file')",
        path="results",
        explicit=True,
    )
    result = world.run()
    assert (result.status, result.exit_code) == ("failed", OUTPUT)
    assert "is a folder" in result.reason
    assert read_texts(world.store / "results") == {"old.csv": "source results/old.csv"}


@pytest.mark.parametrize(
    ("there", "made"),
    [
        ("results/x/keep.txt", "open(out + '/x', 'w').write('1')"),
        ("results/x", "os.makedirs(out + '/x/y'); open(out + '/x/y/z', 'w').write('1')"),
    ],
)
def test_a_conflict_of_files_and_folders_moves_nothing(world: World, there: str, made: str) -> None:
    world.put(there, "mine")
    before = everything(world.store)
    leaves(world, made, FOLDER)
    result = world.run()
    assert (result.status, result.exit_code) == ("failed", OUTPUT)
    after = {
        name: state for name, state in everything(world.store).items() if not name.startswith(".pipelift")
    }
    assert after == before


@pytest.mark.parametrize("link", ["results", "results/sub", "azureml"])
def test_nothing_is_written_through_a_link_of_the_destination(world: World, link: str) -> None:
    place = world.store / link
    if place.is_dir():
        files.remove(str(place))
    place.parent.mkdir(exist_ok=True)
    place.symlink_to(world.root / "home")
    before = everything(world.root / "home")
    leaves(
        world,
        "os.makedirs(out + '/sub'); open(out + '/sub/x', 'w').write('1')",
        OWN if link == "azureml" else FOLDER,
    )
    result = world.run()
    assert result.status == "failed"
    assert everything(world.root / "home") == before


def test_a_replaced_link_of_the_destination_leaves_what_it_showed(world: World) -> None:
    (world.store / "results/new.csv").symlink_to(world.root / "home/c.csv")
    before = everything(world.root / "home")
    leaves(world, "", FOLDER)
    assert world.run().status == "completed"
    assert (world.store / "results/new.csv").read_text() == "new"
    assert not (world.store / "results/new.csv").is_symlink()
    assert everything(world.root / "home") == before


def test_an_upload_that_may_not_overwrite_stops_at_a_link(world: World) -> None:
    (world.store / "results/new.csv").symlink_to(world.root / "home/c.csv")
    leaves(world, "", UPLOAD, overwrite=False)
    assert world.run().exit_code == OUTPUT
    assert (world.store / "results/new.csv").is_symlink()


def test_links_in_the_runs_own_files_are_told_or_copied(world: World) -> None:
    before = sources(world)
    leaves(
        world,
        """
        os.symlink(home, "outputs/home"); os.mkfifo("outputs/pipe"); os.symlink(raw + "/a.csv", "outputs/a.csv")
        open("outputs/model", "w").write("w"); os.symlink("model", "outputs/latest"); os.symlink("/gone", "logs/gone")
        """,
    )
    result = world.run()
    assert result.status == "completed", result.reason
    kept = world.place() / "outputs"
    assert sorted(path.name for path in kept.iterdir()) == ["a.csv", "latest", "model"]
    assert (kept / "a.csv").read_text() == "source raw/a.csv" and not (kept / "a.csv").is_symlink()
    assert (kept / "latest").is_symlink() and (kept / "latest").read_text() == "w"
    assert sum("it is not kept" in line for line in world.lines) == 3
    assert sources(world) == before


@pytest.mark.parametrize("name", ["outputs", "logs"])
def test_a_folder_of_run_files_that_is_a_link_is_left(world: World, name: str) -> None:
    before = sources(world)
    leaves(world, f"os.rmdir({name!r}); os.symlink(home, {name!r})")
    assert world.run().status == "completed"
    assert not os.path.lexists(world.place() / name)
    assert sources(world) == before


@pytest.mark.parametrize(
    "call",
    [
        "run.upload_file('outputs/x', home + '/c.csv'); os.symlink(home, 'outputs/home')",
        "os.symlink(home, out + '/h'); run.upload_folder('f', out)",
        "os.makedirs('m'); os.symlink(home, 'm/h'); run.register_model('m', model_path='m')",
        "os.makedirs('m'); os.symlink(home, 'm/h'); Datastore(None).upload('m', 'results')",
        "os.symlink(home, raw + '/h'); Datastore(None).upload_files([raw + '/a.csv'], target_path='raw/h')",
    ],
)
def test_uploads_never_take_or_leave_through_a_link(world: World, call: str) -> None:
    home = everything(world.root / "home")
    head = "from azureml.core import Datastore, Run\nrun = Run.get_context()\n"
    leaves(world, head + call)
    result = world.run(reuse=False)
    taken = [
        path
        for path in world.place().rglob("*")
        if path.is_file() and "private key" in path.read_text("utf-8", "replace")
    ]
    assert taken == []
    assert everything(world.root / "home") == home
    assert ("UserErrorException" in "".join(world.lines)) == (result.status == "failed")


@pytest.mark.parametrize("mode", ["download", "direct"])
def test_a_store_shows_nothing_outside_of_it(world: World, mode: str) -> None:
    (world.store / "raw/out").symlink_to(world.root / "home")
    script = "import os, sys\nfor one in os.walk('.'): print(one)\n"
    world.step(script, inputs=[world.dataset("raw", mode=mode)], arguments=[ir.InputPath(port="data")])
    result = world.run()
    assert (result.status, result.exit_code) == ("failed", DATA)
    assert "raw/out" in result.reason.replace("'out'", "'raw/out'") and "leads out" in result.reason


@pytest.mark.parametrize("path", ["link", "link/c.csv", "link/*.csv", "raw/*.csv"])
def test_a_dataset_behind_a_link_out_of_its_store_is_told(world: World, path: str) -> None:
    (world.store / "link").symlink_to(world.root / "home")
    (world.store / "raw/x.csv").symlink_to(world.root / "home/c.csv")
    world.step("print('ran')", inputs=[world.dataset(path)], arguments=[ir.InputPath(port="data")])
    result = world.run()
    assert (result.status, result.exit_code) == ("failed", DATA)
    assert "leads out of the place in which it stands" in result.reason
    assert STORE in result.reason


def test_links_inside_a_store_are_what_they_show(world: World) -> None:
    (world.store / "latest").symlink_to("raw/deep")
    (world.store / "raw/up").symlink_to("..")
    (world.store / "raw/again").symlink_to(".")
    script = "import os, sys\nprint(sorted(f for _, _, fs in os.walk(sys.argv[1]) for f in fs))\n"
    world.step(
        script, inputs=[world.dataset("latest", mode="download")], arguments=[ir.InputPath(port="data")]
    )
    assert world.run().status == "completed"
    assert world.lines == ["['b.txt']"]
    found = dict(files.walk(str(world.store / "raw"), [str(world.store)]))
    assert {"a.csv", "deep/b.txt", "up/results/old.csv"} <= set(found)


PLACES = st.sampled_from(["a", "b", "a/x", "a/y", "b/x", "c/d/e"])


@pytest.mark.parametrize("pattern", ["raw/**/*.txt", "**/b.txt", "raw/*/*.txt"])
def test_links_that_lead_back_up_are_followed_once(world: World, pattern: str) -> None:
    for name in ("one", "two", "three"):
        (world.store / "raw" / name).symlink_to(".")
        (world.store / "raw/deep" / name).symlink_to("..")
    world.put("raw/deep/.hidden.txt")
    world.step(
        "import os, sys\nprint(sorted({f for _, _, fs in os.walk(sys.argv[1]) for f in fs}))\n",
        inputs=[world.dataset(pattern, mode="download")],
        arguments=[ir.InputPath(port="data")],
    )
    result = world.run()
    assert result.status == "completed", result.reason
    assert "['b.txt']" in world.lines


@settings(max_examples=60, deadline=None)
@given(names=st.lists(st.sampled_from(["a", "b.c", ".d", "ab"]), min_size=1, max_size=4), data=st.data())
def test_patterns_name_what_glob_names(
    tmp_path_factory: pytest.TempPathFactory, names: list[str], data: st.DataObject
) -> None:
    part = st.sampled_from(["**", "*", "a*", "?", ".*", "b.c", "[ab]"])
    pattern = "/".join(data.draw(st.lists(part, min_size=1, max_size=4)))
    root = tmp_path_factory.mktemp("glob")
    path = root.joinpath(*names)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("")
    found = glob.glob(os.path.join(root, pattern), recursive=True)
    expected = sorted({os.path.relpath(one, root) for one in found if os.path.isfile(one)})
    assert locations.matching(str(root), pattern) == expected


INSIDE = ("a", "b", ".", "x", "../a", "../b/x", "c/d", "/OUT/a", "/OUT/b/x", "nowhere")
OUTSIDE = (
    "..",
    "../..",
    "/RAW",
    "/RAW/a.csv",
    "/HOME",
    "/HOME/c.csv",
    "/",
    "/dev/null",
    "../../home",
    "a/../..",
)
TARGETS = st.sampled_from((*INSIDE, *OUTSIDE, "/OUT/../../../raw"))
MADE = st.lists(
    st.tuples(
        PLACES,
        st.one_of(st.just(None), TARGETS, st.sampled_from(["<fifo>", "<folder>", "<hard>", "<socket>"])),
    ),
    max_size=8,
)


TREES = int(os.environ.get("PIPELIFT_TREES", "300"))


@settings(max_examples=TREES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(made=MADE)
def test_any_tree_leaves_alone_what_is_around_it(
    tmp_path_factory: pytest.TempPathFactory, made: list[tuple[str, str | None]]
) -> None:
    """Trees of files, links of all kinds, fifos, sockets: settled, moved, read; the rest of the world is the same."""
    base = tmp_path_factory.mktemp("tree")
    raw, home, out = base / "raw", base / "home", base / "store/private/out"
    for folder in (raw, home, out):
        folder.mkdir(parents=True)
    (raw / "a.csv").write_text("source")
    (raw / "deep").mkdir()
    (home / "c.csv").write_text("private")
    for place, what in made:
        _make(out, place, what, raw, home)
    before = everything(raw), everything(home)
    try:
        links.settle(str(out), [str(raw)])
    except links.Refused:
        assert _has_what_is_refused(out, raw)
    else:
        final = base / "store/results"
        files.move(str(out), str(final))
        for path in final.rglob("*"):
            kind = links.kind(str(path))
            assert kind in ("file", "folder", "link")
            assert kind != "link" or path.resolve(strict=True).is_relative_to(final.resolve())
            assert kind != "file" or path.stat().st_nlink == 1
        listed = files.listing(str(final))
        assert all(Path(path).resolve().is_relative_to(final.resolve()) for _, path in listed)
        links.expand(str(final))
        assert not [path for path in final.rglob("*") if path.is_symlink()]
        files.remove(str(final))
    assert (everything(raw), everything(home)) == before


def _has_what_is_refused(out: Path, raw: Path) -> bool:
    def is_refused(path: Path) -> bool:
        real = Path(os.path.realpath(path))
        if path.is_symlink():
            inside = any(real == top or real.is_relative_to(top) for top in (out.resolve(), raw.resolve()))
            return not path.exists() or not inside
        return links.kind(str(path)) == "special"

    return any(is_refused(path) for path in out.rglob("*"))


def _make(out: Path, place: str, what: str | None, raw: Path, home: Path) -> None:
    path = out / place
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.parent.resolve().is_relative_to(out.resolve()) or os.path.lexists(path):
            return
        _put(path, what, {"RAW": str(raw), "HOME": str(home), "OUT": str(out)})
    except OSError:  # a file where a folder would have to be, or a circle
        return


def _put(path: Path, what: str | None, known: dict[str, str]) -> None:
    special: dict[str, Callable[[], object]] = {
        "<fifo>": lambda: os.mkfifo(path),
        "<folder>": path.mkdir,
        "<hard>": lambda: os.link(known["RAW"] + "/a.csv", path),
        "<socket>": lambda: _bind(path),
    }
    if what is None:
        path.write_text("made")
    elif what in special:
        special[what]()
    else:
        for name, folder in known.items():
            what = what.replace("/" + name, folder)
        path.symlink_to(what)


def _bind(path: Path) -> None:
    descriptor = os.open(path.parent, os.O_RDONLY)
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(f"/proc/self/fd/{descriptor}/{path.name}")
    os.close(descriptor)
