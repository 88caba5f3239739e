"""`pipelift cache list|prune`: what is kept, what may go, and that nothing else goes."""

from __future__ import annotations

import json
import os
import threading
import time
from pathlib import Path

from pipelift.app.history import cache
from pipelift.app.history.cache import GRACE, Rule
from pipelift.app.history.state import State
from pipelift.app.history.tables import format_age, format_size
from pipelift.compiler.config import Config, StoreSection
from tests.support.reuse_project import Project

DAY = 86400.0


def _grow_old(project: Project, days: float) -> None:
    """Make all results so far as old as that."""
    moment = time.time() - days * DAY
    for path in project.state.glob("reuse/*.json"):
        if path.stat().st_mtime > moment:
            os.utime(path, (moment, moment))


def _listed(project: Project) -> list[dict[str, object]]:
    done = project.call("cache", "list", str(project.file), "--json")
    assert done.exit_code == 0, done.output
    found: list[dict[str, object]] = json.loads(done.stdout)
    return found


def _prune(project: Project, *options: str) -> list[str]:
    """Prune, and the steps whose results went."""
    done = project.call("cache", "prune", str(project.file), "--json", "--yes", *options)
    assert done.exit_code == 0, done.output
    return sorted(str(entry["step"]) for entry in json.loads(done.stdout) if entry["removed"])


def test_results_are_listed_with_size_and_age(project: Project) -> None:
    project.run()
    _grow_old(project, 3)
    project.run("--param", "rate=0.7")
    entries = {(entry["step"], entry["run"] == project.run_id): entry for entry in _listed(project)}
    assert set(entries) == {("prep", False), ("train-model", True), ("train-model", False)}
    assert entries["prep", False]["bytes"] == len("hello")
    assert entries["train-model", True]["bytes"] == 0
    assert entries["train-model", True]["kept"] == [str(project.folder / "store/models")]
    table = project.call("cache", "list", str(project.file)).stdout
    assert "3 d ago" in table and "3 results" in table
    # The second run has used the first one's result of prep.
    assert time.time() - float(str(entries["prep", False]["last_used"])) < 60


def test_old_results_go_and_data_at_its_own_destination_stays(project: Project) -> None:
    project.run()
    made = project.folder / f"store/azureml/{project.run_id}_prep"
    assert made.is_dir()
    _grow_old(project, 31)
    assert _prune(project, "--older-than", "32d") == []
    assert _prune(project, "--older-than", "30d") == ["prep", "train-model"]
    assert not made.exists() and _listed(project) == []
    assert (project.folder / "store/models/out.txt").is_file()
    assert (project.folder / "store/raw/a.txt").is_file()
    assert set(project.run().values()) == {"completed"}


def test_a_dry_look_removes_nothing(project: Project) -> None:
    project.run()
    _grow_old(project, 31)
    done = project.call("cache", "prune", str(project.file), "--keep", "0")
    assert done.exit_code == 0 and "Nothing removed; --yes removes them." in done.output
    assert len(_listed(project)) == 2


def test_the_newest_of_each_step_are_kept(project: Project) -> None:
    for number, rate in enumerate(("0.1", "0.2", "0.3")):
        project.run("--param", f"rate={rate}")
        _grow_old(project, 10 - number)
    assert _prune(project, "--keep", "2") == ["train-model"]
    assert project.run("--param", "rate=0.3")["train model"] == "reused"
    assert _prune(project, "--keep", "5") == []


def test_results_that_the_last_run_uses_are_not_unused(project: Project) -> None:
    project.run("--param", "rate=0.1")
    project.run("--param", "rate=0.2")
    _grow_old(project, 2)
    assert _prune(project, "--unused") == ["train-model"]
    assert project.run("--param", "rate=0.2") == {"prep": "reused", "train model": "reused"}


def test_what_a_run_may_still_read_stays(project: Project) -> None:
    project.run()
    assert _prune(project, "--keep", "0") == []
    _grow_old(project, 2)
    state = State(project.state)
    (entry, *_) = cache.list_results(state, Config(folder=project.folder))
    assert entry.record is not None
    os.utime(entry.record)  # a run has looked it up since the list was made
    assert not cache.remove_result(entry, time.time())
    assert entry.record.is_file()
    _grow_old(project, 2)
    import fcntl

    lock = project.state / "runs" / project.run_id / "lock"
    with lock.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert _prune(project, "--keep", "0") == []
    assert _prune(project, "--keep", "0") == ["prep", "train-model"]


def test_a_container_run_of_the_last_hour_counts_as_going_on(project: Project) -> None:
    project.run()
    run = project.state / "runs" / project.run_id
    (run / "run.json").unlink()
    _grow_old(project, 2)
    assert _prune(project, "--keep", "0") == []
    for path in (run, *run.glob("steps/*"), *run.glob("steps/*/log.txt")):
        os.utime(path, (time.time() - 2 * GRACE,) * 2)
    assert _prune(project, "--keep", "0") == ["prep", "train-model"]


def test_what_failed_steps_left_goes_too(project: Project) -> None:
    script = project.folder / "prep/prep.py"
    script.write_text(script.read_text() + "\nraise SystemExit(3)\n")
    project.call("run", str(project.file))
    left = next((project.folder / "store/.pipelift/failed").glob("*"))
    os.utime(left, (1, 1))
    assert _prune(project, "--older-than", "30d") == [left.name]
    assert not left.exists()


def test_pruning_while_runs_go_on_harms_none(project: Project) -> None:
    project.run()
    stop = threading.Event()
    state, config = State(project.state), Config(folder=project.folder)

    def prune() -> None:
        while not stop.is_set():
            fresh = State(state.folder)
            for entry in cache.choose_results(
                cache.list_results(fresh, config), fresh, Rule(keep=0), time.time()
            ):
                cache.remove_result(entry, time.time())

    thread = threading.Thread(target=prune)
    thread.start()
    try:
        for _ in range(4):
            _grow_old(project, 2)
            assert set(project.run().values()) <= {"completed", "reused"}
    finally:
        stop.set()
        thread.join()
    assert (project.folder / "store/models/out.txt").read_text() == "hello --rate 0.5 --mode fast"


def test_sizes_and_ages_for_people() -> None:
    assert [format_size(count) for count in (0, 1023, 1536, 5 * 2**30, 3 * 2**50)] == [
        "0 B", "1023 B", "1.5 KiB", "5.0 GiB", "3072.0 TiB",
    ]  # fmt: skip
    assert [format_age(seconds) for seconds in (1, 60, 7200, 5 * DAY)] == [
        "now",
        "1 min ago",
        "2 h ago",
        "5 d ago",
    ]


def test_of_a_remote_store_the_mirror_is_listed_and_goes(tmp_path: Path) -> None:
    state = tmp_path / ".pipelift"
    (state / "reuse").mkdir(parents=True)
    for name in ("here", "there"):
        output = {"store": "blobs", "path": f"azureml/{name}_a/out", "names": None, "explicit": False}
        record = {"step": "a", "pipeline": "p", "run": name, "outputs": {"out": output}}
        (state / "reuse" / f"{name}.json").write_text(json.dumps(record))
    made = state / "mirrors/blobs/azureml/here_a/out"
    made.mkdir(parents=True)
    (made / "file").write_text("12345")
    config = Config(folder=tmp_path, stores={"blobs": StoreSection(url="s3://bucket")})
    here, there = sorted(cache.list_results(State(state), config), key=lambda entry: entry.key)
    assert (here.size, here.folders, here.whole) == (5, (made,), True)
    assert (there.size, there.folders, there.whole) == (0, (), True)
    assert cache.remove_result(here, time.time() + DAY)
    assert not made.exists()
