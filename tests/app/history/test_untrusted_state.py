"""What a step can write is input, not truth: no file of the state folder leads out of where it may."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pipelift.app.history import cache, left
from pipelift.app.history.state import State
from pipelift.compiler import ir
from pipelift.compiler.config import Config, StoreSection
from pipelift.runtime import adoption, attempts, files, locations, records
from pipelift.runtime.contract import untrusted
from tests.support.folders import read_texts
from tests.support.reuse_project import Project
from tests.support.runtime_world import STORE, World, output

MADE = """
import os, sys
os.makedirs(sys.argv[1])
open(os.path.join(sys.argv[1], "a.txt"), "w").write("made")
"""
READ = 'import os, sys; print(open(os.path.join(sys.argv[1], "a.txt")).read())'
SECRET = "a line of a file of the host"
NAMES = (
    "..",
    "../victim",
    "a/../../victim",
    "/victim",
    "a//b",
    "",
    ".",
    "a\0b",
    None,
    7,
    ["a"],
    "out/link/x",
)


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    world.step(MADE, id="make", outputs=[output()], arguments=[ir.OutputPath(port="out")])
    source = ir.StepSource(step="make", port="out")
    world.step(
        READ, id="read", inputs=[ir.Input(name="in", source=source)], arguments=[ir.InputPath(port="in")]
    )
    return world


@pytest.mark.parametrize("name", NAMES, ids=repr)
def test_a_name_leads_nowhere_else(tmp_path: Path, name: object) -> None:
    (tmp_path / "root/out").mkdir(parents=True)
    (tmp_path / "root/out/link").symlink_to(tmp_path)
    with pytest.raises(untrusted.Outside):
        untrusted.below(str(tmp_path / "root"), name)
    assert not left.is_below(tmp_path / "root", name)


def test_a_link_within_its_root_is_a_way(tmp_path: Path) -> None:
    (tmp_path / "root/there").mkdir(parents=True)
    (tmp_path / "root/here").symlink_to("there")
    (tmp_path / "way").symlink_to("root")
    assert untrusted.below(str(tmp_path / "way"), "here/x") == str(tmp_path / "way/here/x")
    assert left.is_below(tmp_path / "way", "here/x")
    assert untrusted.below("/", "here") == "/here"


def _forged_entries(world: World, victim: Path) -> list[Path]:
    """What a step could leave where attempts have their entries, and processes theirs of open steps."""
    mark = "0123456789abcdef"
    machine = json.dumps({"machine": attempts.machine(), "folders": ["../victim"], "stores": [str(victim)]})
    steps = [{"run": "../..", "step": "victim"}, {"run": "r1", "step": "../../../../victim"}, {"run": 7}, []]
    own, hidden = world.state / "runs/r1/steps/make", world.store / ".pipelift"
    texts = {
        own / "attempt..json": machine,
        own / f"attempt.{mark}.json": machine,
        hidden / ".json": machine,
        hidden / "..json": machine,
        hidden / f"x.{mark}.json": machine,
        **{world.state / f"open/{number}.json": json.dumps(step) for number, step in enumerate(steps)},
        world.state / "open/r1_make.json": json.dumps({"run": "r1", "step": "make"}),
    }
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (own / f"work.{mark}").symlink_to(victim)
    (hidden / f"x.{mark}").symlink_to(victim)
    (hidden / "kept").mkdir()
    (hidden / f"link.{mark}.json").symlink_to(victim / "thesis.txt")
    return [own / f"attempt.{mark}.json", hidden / f"x.{mark}.json", hidden / f"x.{mark}"]


def test_no_entry_of_an_attempt_removes_what_no_attempt_made(world: World) -> None:
    victim = world.root / "victim"
    victim.mkdir()
    (victim / "thesis.txt").write_text(SECRET)
    swept = _forged_entries(world, victim)
    adoption.settle_all(str(world.state))
    attempts.sweep_store(str(world.store), str(world.state))
    assert read_texts(victim) == {"thesis.txt": SECRET}
    assert (world.store / ".pipelift/kept").is_dir()
    assert not any(os.path.lexists(path) for path in swept)


def test_the_launchers_own_folder_in_a_store_is_no_link(world: World) -> None:
    victim = world.root / "victim"
    (victim / "x.0123456789abcdef").mkdir(parents=True)
    entry = victim / "x.0123456789abcdef.json"
    entry.write_text(json.dumps({"machine": attempts.machine()}))
    (world.store / ".pipelift").symlink_to(victim)
    attempts.sweep_store(str(world.store), str(world.state))
    assert entry.exists()


def _links_to_the_host(folder: Path, secret: Path) -> None:
    """Everything that a step's folder has, as a link to a file of the host."""
    for name in ("log.txt", "metrics.jsonl", "events.jsonl", "record.json"):
        (folder / name).unlink(missing_ok=True)
        (folder / name).symlink_to(secret)
    for name in ("outputs", "logs", "uploads", "images"):
        shutil.rmtree(folder / name, ignore_errors=True)
        (folder / name).symlink_to(secret.parent)


@pytest.mark.parametrize("forge", ["..", "absolute", "another step's", "through a link", "no path"])
def test_a_forged_result_is_not_reused(world: World, forge: str) -> None:
    """The bytes are as the record says, in every case: only where they lie is wrong."""
    world.run("r1", "make")
    elsewhere = world.root / "stores/elsewhere"
    shutil.copytree(world.store / "azureml/r1_make/out", elsewhere)
    shutil.copytree(elsewhere, world.store / "azureml/r1_other/out")
    (world.store / "link").symlink_to(elsewhere.parent)
    path = {
        "..": "../elsewhere",
        "absolute": str(elsewhere),
        "another step's": "azureml/r1_other/out",
        "through a link": "link/elsewhere",
        "no path": None,
    }[forge]
    (record,) = world.reuse_records()
    data = json.loads(record.read_text())
    for made in (elsewhere, world.store / "azureml/r1_other/out"):
        shutil.copystat(world.store / "azureml/r1_make/out/a.txt", made / "a.txt")
    assert world.run("r2", "make").status == "reused"
    data["outputs"]["out"]["path"] = path
    record.write_text(json.dumps(data))
    assert world.run("r3", "make").status == "completed"


def test_a_step_makes_no_result_for_another(world: World) -> None:
    world.step("", id="first", reuse=ir.Reuse(key="k" * 64))
    world.step("", id="second", reuse=ir.Reuse(key="k" * 64))
    assert world.run("r1", "first").status == "completed"
    assert world.run("r1", "second").status == "completed"
    assert world.run("r2", "second").status == "reused"


@pytest.mark.parametrize("path", ["../secret", "azureml/../../../secret", "link/secret", None])
def test_what_a_record_names_is_no_input_outside_the_store(world: World, path: object) -> None:
    secret = world.root / "stores/secret"
    secret.mkdir()
    (secret / "a.txt").write_text(SECRET)
    (world.store / "link").symlink_to(world.root / "stores")
    world.run("r1", "make")
    record = world.record("r1", "make")
    record["outputs"]["out"]["path"] = path
    (world.place("r1", "make") / "record.json").write_text(json.dumps(record))
    result = world.run("r1", "read")
    assert (result.status, result.exit_code) == ("failed", 67)
    assert SECRET not in "\n".join(world.lines)


def test_a_registered_dataset_leads_out_of_no_store(world: World) -> None:
    (world.root / "stores/secret.csv").write_text(SECRET)
    for path in ("../secret.csv", "*/../../secret.csv", "**/../../*.csv"):
        with pytest.raises(locations.Missing):
            locations.find({"store": STORE, "path": path}, {STORE: str(world.store)})


def test_registered_names_follow_no_link(tmp_path: Path) -> None:
    (tmp_path / "host/1").mkdir(parents=True)
    (tmp_path / "host/1/model.json").write_text('{"name": "of the host"}')
    (tmp_path / "models/good/1").mkdir(parents=True)
    (tmp_path / "models/good/1/model.json").write_text('{"name": "good"}')
    (tmp_path / "models/bad").symlink_to(tmp_path / "host")
    (tmp_path / "models/card").mkdir()
    (tmp_path / "models/card/1.json").symlink_to(tmp_path / "host/1/model.json")
    assert records.registered_names(str(tmp_path), "models") == ["good"]


def test_the_launcher_reads_no_link_and_waits_for_no_pipe(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text('{"a": 1}\n')
    (tmp_path / "link").symlink_to("secret")
    os.mkfifo(tmp_path / "pipe")
    for name in ("link", "pipe", "."):
        assert untrusted.read_json(str(tmp_path / name)) is None
        assert files.read_lines(str(tmp_path / name)) == []
        with pytest.raises(OSError):
            files.append_line(str(tmp_path / name), {"b": 2})
    assert (tmp_path / "secret").read_text() == '{"a": 1}\n'
    with pytest.raises(untrusted.Outside):
        untrusted.read(str(tmp_path / "secret"), most=3)


def test_a_second_attempt_does_not_write_into_a_file_of_the_host(world: World) -> None:
    secret = world.root / "secret"
    secret.write_text(SECRET)
    world.run("r1", "make")
    _links_to_the_host(world.place("r1", "make"), secret)
    assert world.run("r1", "make", reuse=False).status == "completed"
    assert secret.read_text() == SECRET
    assert not (world.place("r1", "make") / "log.txt").is_symlink()


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "project").mkdir()
    return Project(tmp_path / "project")


@pytest.mark.parametrize(
    "forged",
    [
        {"store": "workspaceblobstore", "path": "raw", "names": None, "explicit": False},
        {"store": "workspaceblobstore", "path": "raw/a.txt", "names": None, "explicit": False},
        {"store": "workspaceblobstore", "path": "../../victim", "names": None, "explicit": False},
        {"store": "workspaceblobstore", "path": "azureml/../../victim", "names": None, "explicit": False},
        {"store": "../..", "path": "victim", "names": None, "explicit": False},
        {"store": "workspaceblobstore", "path": "link/victim", "names": None, "explicit": False},
        {"store": "workspaceblobstore", "path": "azureml/RUN_train-model", "names": None, "explicit": False},
        {"store": "workspaceblobstore", "path": 7, "names": None, "explicit": False},
        {"store": None, "path": "raw"},
        "raw",
    ],
    ids=str,
)
def test_pruning_deletes_nothing_that_no_step_made(project: Project, forged: Any) -> None:
    victim = project.folder.parent / "victim"
    victim.mkdir()
    (victim / "thesis.txt").write_text(SECRET)
    project.run()
    (project.folder / "store/link").symlink_to(victim.parent)
    before = read_texts(project.folder / "store")
    for path in project.state.glob("reuse/*.json"):
        data = json.loads(path.read_text())
        data["outputs"] = {"out": forged}
        path.write_text(json.dumps(data))
        os.utime(path, (1, 1))
    for run in project.state.glob("runs/*"):
        shutil.rmtree(run)
    done = project.call("cache", "prune", str(project.file), "--yes", "--older-than", "1d")
    assert done.exit_code == 0, done.output
    assert read_texts(project.folder / "store") == before
    assert read_texts(victim) == {"thesis.txt": SECRET}


def _forgeries(data: Any) -> Iterator[tuple[Any, Any]]:
    """What holds a field or an element, and its key."""
    for key in list(data) if isinstance(data, dict) else range(len(data)):
        yield data, key
        if isinstance(data[key], dict | list):
            yield from _forgeries(data[key])


def test_explaining_takes_forged_ingredients_for_none(project: Project) -> None:
    """A step may write its record: what it says of itself is compared with other runs."""
    project.run()
    project.put("store/raw/b.txt", "more")
    project.edit("train/train.py", "import", "import re, ")
    project.run()
    for step in ("prep", "train-model"):
        path = project.state / "runs" / project.run_id / "steps" / step / "record.json"
        good = path.read_text()
        for number in range(sum(1 for _ in _forgeries(json.loads(good)["made_of"]))):
            for forged in (None, 5, "x", [5], {"a": 5}):
                record = json.loads(good)
                holder, key = list(_forgeries(record["made_of"]))[number]
                holder[key] = forged
                path.write_text(json.dumps(record))
                done = project.call("explain", step, str(project.file))
                assert done.exit_code == 0, (key, forged, done.output)
        path.write_text(good)


@pytest.mark.parametrize("forged", [None, 5, "x", [5], {"a": 5}], ids=repr)
def test_explaining_takes_forged_lists_for_none(project: Project, forged: object) -> None:
    """In a container a step keeps the lists behind its digests itself."""
    project.run()
    project.edit("pipeline.py", "tabulate==0.8", "tabulate==0.9")
    project.run()
    for path in (project.state / "parts").iterdir():
        path.write_text(json.dumps(dict.fromkeys(json.loads(path.read_text()), forged)))
    done = project.call("explain", "prep", str(project.file))
    assert done.exit_code == 0, done.output


def test_pruning_follows_no_link_to_what_failed_steps_left(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    (victim / "failed/x").mkdir(parents=True)
    (tmp_path / "store").mkdir()
    (tmp_path / "store/.pipelift").symlink_to(victim)
    config = Config(folder=tmp_path, stores={"blobs": StoreSection(url="store")})
    assert cache.list_results(State(tmp_path / ".pipelift"), config) == ()


def _commands(run: str) -> tuple[tuple[str, ...], ...]:
    return (
        ("runs",),
        ("runs", run),
        ("runs", run, "--json"),
        ("runs", run, "--log", "prep"),
        ("runs", run, "--report"),
        ("explain", "prep"),
        ("cache", "list"),
    )


def _as_files(folder: Path, secret: Path) -> None:
    _links_to_the_host(folder, secret)


def _without_record(folder: Path, secret: Path) -> None:
    record = (folder / "record.json").read_bytes()
    _links_to_the_host(folder, secret)
    (folder / "record.json").unlink()
    (folder / "record.json").write_bytes(record)


def _as_pipes(folder: Path, secret: Path) -> None:
    for name in ("log.txt", "metrics.jsonl", "record.json"):
        (folder / name).unlink(missing_ok=True)
        os.mkfifo(folder / name)


def _within(folder: Path, secret: Path) -> None:
    (folder / "outputs/deep").mkdir(parents=True)
    (folder / "outputs/deep/link.txt").symlink_to(secret)
    (folder / "outputs/all").symlink_to(secret.parent)
    (folder / "images").mkdir(exist_ok=True)
    (folder / "images/x.png").symlink_to(secret)
    row = {"kind": "image", "name": "x", "value": "images/x.png"}
    (folder / "metrics.jsonl").write_text(json.dumps(row) + "\n")


def _origin_elsewhere(folder: Path, secret: Path) -> None:
    record = json.loads((folder / "record.json").read_text())
    record.update(status="reused", reused_from={"run": folder.parent.parent.name, "step": "../../../../.."})
    (folder / "record.json").write_text(json.dumps(record))


PLANTED: tuple[Callable[[Path, Path], None], ...] = (
    _as_files,
    _without_record,
    _as_pipes,
    _within,
    _origin_elsewhere,
)


@pytest.mark.parametrize("plant", PLANTED, ids=lambda plant: plant.__name__)
def test_no_page_and_no_command_shows_a_file_of_the_host(
    project: Project, plant: Callable[[Path, Path], None]
) -> None:
    project.run()
    secret = project.folder.parent / "host/log.txt"
    secret.parent.mkdir()
    secret.write_text(SECRET)
    folder = project.state / "runs" / project.run_id / "steps/prep"
    plant(folder, secret)
    for command in _commands(project.run_id):
        done = project.call(*command, *_where(command, project))
        assert done.exit_code in (0, 2), (command, done.output, done.exception)
        assert SECRET not in done.output
    page = (project.state / "runs" / project.run_id / "report.html").read_text()
    assert SECRET not in page
    assert "host/log.txt" not in page


def _where(command: tuple[str, ...], project: Project) -> tuple[str, ...]:
    if command[0] == "cache":
        return (str(project.file),)
    return ("--state", str(project.state)) if command[0] == "runs" else (str(project.file),)


def planted_journal(world: World, victim: Path, way: str) -> None:
    """What a step could leave in its store: an entry of a dead attempt, and a journal that leads elsewhere."""
    hidden = world.store / ".pipelift"
    private = hidden / ("r0_step." + "0" * 16)
    private.mkdir(parents=True)
    (hidden / (private.name + ".json")).write_text(json.dumps({"machine": attempts.machine()}))
    (world.store / "mine.txt").write_text("the step's own")
    numbers = {"mine.txt": (world.store / "mine.txt").stat().st_ino}
    status = world.state.stat()
    entry: dict[str, object] = {"state": [status.st_dev, status.st_ino], "run": "r0", "step": "step"}
    entry.update(staged="out/x", path="stolen", files={"thesis.txt": 1}, folders=[])
    if way == "staged":
        (private / "out").mkdir()
        (private / "out/x").symlink_to(victim)
        (world.store / "there").mkdir()
        (world.store / "mine.txt").rename(world.store / "there/mine.txt")
        entry.update(path="there", files=numbers)
    elif way == "displaced":
        (private / "out.displaced").symlink_to(victim)
    elif way == "the folder":
        private.rmdir()
        private.symlink_to(victim)
    elif way == "a path":
        entry.update(staged="../../../victim", path="../victim", files={"../victim/thesis.txt": 1})
    else:
        entry = {
            "state": entry["state"],
            **{"no shape": {}, "another": {**entry, "files": [5], "folders": 3}}[way],
        }
    target = victim if way == "the folder" else private
    (target / "out.publish.json").write_text(json.dumps(entry))


@pytest.mark.parametrize("way", ["staged", "displaced", "the folder", "a path", "no shape", "another"])
def test_no_journal_moves_what_no_attempt_has_published(world: World, way: str) -> None:
    victim = world.root / "victim"
    victim.mkdir()
    (victim / "thesis.txt").write_text(SECRET)
    world.step("print('ran')")
    assert world.run("r1").status == "completed"
    planted_journal(world, victim, way)
    before = {path.name: path.read_text() for path in victim.iterdir()}
    assert world.run("r2", reuse=False).status == "completed"
    assert {path.name: path.read_text() for path in victim.iterdir()} == before
    assert not (world.store / "stolen").exists()


@pytest.mark.parametrize("name", ["children", "run"])
def test_cleaning_of_a_step_follows_no_link(world: World, name: str) -> None:
    victim = world.root / "victim"
    victim.mkdir()
    text = json.dumps({"kind": "scalar", "name": "a", "value": "hunter22"}) + "\n"
    (victim / "metrics.jsonl").write_text(text)
    world.parameter("db_password", None)
    world.step(
        f"""
        import os
        folder = os.path.join(os.path.dirname(os.environ["PIPELIFT_CONTEXT"]), {name!r})
        os.symlink({str(victim)!r}, folder)
        """
    )
    assert world.run(parameters={"db_password": "hunter22"}).status == "completed"
    assert (victim / "metrics.jsonl").read_text() == text


@pytest.mark.parametrize(
    "line", ['{"kind": "status"}', "[" * 20000, '{"kind": 5, "value": []}', '"text"', "\x00"]
)
def test_no_line_of_a_step_ends_its_run(world: World, line: str) -> None:
    world.parameter("db_password", None)
    world.step(
        f"""
        import os
        folder = os.path.dirname(os.environ["PIPELIFT_CONTEXT"])
        for name in ("metrics.jsonl", "events.jsonl", "run/events.jsonl", "asked.jsonl"):
            os.makedirs(os.path.dirname(os.path.join(folder, name)), exist_ok=True)
            open(os.path.join(folder, name), "a").write({line!r} + chr(10))
        """
    )
    assert world.run(parameters={"db_password": "hunter22"}).status == "completed"
