"""Stores behind URLs: what the launcher fetches and sends, what survives a kill, what it says when it cannot."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipelift.compiler import ir
from pipelift.runtime import errors, places
from pipelift.runtime.context import Artifacts
from pipelift.runtime.mirrors import Mirror
from pipelift.runtime.places import Place
from tests.support.folders import ROOT, read_texts
from tests.support.remote_world import Far, RemoteWorld, far
from tests.support.runtime_world import STORE, output

WRITES = """
    import os, sys
    os.makedirs(sys.argv[1], exist_ok=True)
    for name in sys.argv[2:]:
        path = os.path.join(sys.argv[1], name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        open(path, "w").write("made " + name)
    """
READS = """
    import os, sys
    for place, _, names in sorted(os.walk(sys.argv[1], followlinks=True)):
        for name in sorted(names):
            path = os.path.join(place, name)
            print(os.path.relpath(path, sys.argv[1]), open(path).read())
    """


@pytest.fixture
def world(tmp_path: Path) -> Iterator[RemoteWorld]:
    with far():
        yield RemoteWorld(tmp_path)


def reads(world: RemoteWorld, path: str, **fields: Any) -> str:
    port = world.dataset(path, **fields)
    return world.step(READS, inputs=[port], arguments=[ir.InputPath(port="data")])


def writes(world: RemoteWorld, *names: str, **fields: Any) -> str:
    arguments = [ir.OutputPath(port="out"), *(ir.Literal(value=name) for name in names)]
    return world.step(WRITES, outputs=[output(**fields)], arguments=arguments)


@pytest.mark.parametrize("mode", ["mount", "download"])
def test_only_what_a_pattern_names_is_fetched(world: RemoteWorld, mode: str) -> None:
    for name in ("in/a.csv", "in/b.txt", "in/deep/c.csv", "other/d.csv"):
        world.send(name, name)
    reads(world, "in/**/*.csv", mode=mode)
    world.good()
    assert world.lines == ["a.csv in/a.csv", "deep/c.csv in/deep/c.csv"]
    assert world.moved("get") == ["a.csv", "c.csv"]


def test_only_changed_files_are_fetched_again_and_vanished_ones_go(world: RemoteWorld) -> None:
    for name in "abc":
        world.send(f"in/{name}", name)
    reads(world, "in")
    world.good()
    assert world.moved("get") == ["a", "b", "c"]
    world.send("in/b", "new")
    (world.far / "in" / "c").unlink()
    world.good("r2", reuse=False)
    assert world.lines == ["a a", "b new"]
    assert world.moved("get") == ["b"]
    assert sorted(read_texts(world.mirror / "in")) == ["a", "b"]


def test_a_file_that_became_a_folder(world: RemoteWorld) -> None:
    world.send("in/x", "file")
    reads(world, "in")
    world.good()
    (world.far / "in" / "x").unlink()
    world.send("in/x/y", "below")
    world.good("r2", reuse=False)
    assert world.lines == ["x/y below"]


def test_a_copy_that_a_script_has_changed_is_fetched_again(world: RemoteWorld) -> None:
    world.send("in/a", "right")
    reads(world, "in")
    world.good()
    (world.mirror / "in" / "a").write_text("wrong")
    world.good("r2", reuse=False)
    assert world.lines == ["a right"]


def test_another_url_gives_other_files(world: RemoteWorld) -> None:
    world.send("in/a", "here")
    reads(world, "in")
    world.good()
    elsewhere = world.root / "elsewhere" / "in"
    elsewhere.mkdir(parents=True)
    (elsewhere / "a").write_text("else")
    status = (world.far / "in" / "a").stat()
    os.utime(elsewhere / "a", ns=(status.st_atime_ns, status.st_mtime_ns))
    world.good("r2", reuse=False, remotes={STORE: Place(f"far://{elsewhere.parent}", {}, None)})
    assert world.lines == ["a else"]


def test_outputs_are_sent_before_the_record_and_reused(world: RemoteWorld) -> None:
    writes(world, "a", "deep/b")
    result = world.good()
    sent = "azureml/r1_step/out/"
    assert world.there() == {sent + "a": "made a", sent + "deep/b": "made deep/b"}
    assert read_texts(Path(result.outputs["out"])) == {"a": "made a", "deep/b": "made deep/b"}
    assert world.run("r2").status == "reused"
    (world.far / sent / "a").write_text("other")
    assert world.run("r3").status == "completed"
    assert "was changed there" in world.record("r3")["decision"]["detail"]


def test_a_consumer_reads_what_only_the_store_has(world: RemoteWorld) -> None:
    writes(world, "a", "deep/b")
    world.good()
    source = ir.StepSource(step="step", port="out")
    port = ir.Input(name="made", source=source, mode="mount")
    world.step(READS, id="second", inputs=[port], arguments=[ir.InputPath(port="made")])
    for path in sorted(world.mirror.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    world.good(id="second")
    assert world.lines == ["a made a", "deep/b made deep/b"]


def test_an_output_without_files_is_an_empty_folder(world: RemoteWorld) -> None:
    writes(world)
    world.good()
    port = ir.Input(name="made", source=ir.StepSource(step="step", port="out"), mode="mount")
    world.step(READS, id="second", inputs=[port], arguments=[ir.InputPath(port="made")])
    (world.mirror / "azureml/r1_step/out").rmdir()
    world.good(id="second")
    assert world.lines == []


def test_an_explicit_destination_merges_at_the_store(world: RemoteWorld) -> None:
    world.send("mine/kept", "kept")
    world.send("mine/a", "old")
    writes(world, "a", path="mine", explicit=True, create=True, mode="mount")
    world.good()
    assert world.there() == {"mine/kept": "kept", "mine/a": "made a"}
    assert world.run("r2").status == "reused"
    world.send("mine/kept", "the user's own, and no output")
    assert world.run("r3").status == "reused"


def test_an_upload_without_overwrite_asks_the_store(world: RemoteWorld) -> None:
    world.send("mine/a", "old")
    writes(world, "a", path="mine", explicit=True, create=True, mode="upload")
    result = world.run()
    assert (result.exit_code, world.there()) == (errors.OUTPUT, {"mine/a": "old"})
    assert "may not overwrite" in result.reason
    world.send("mine/a", "made a")
    world.good("r2")


def test_what_a_rerun_no_longer_writes_leaves_the_store(world: RemoteWorld) -> None:
    writes(world, "a", "b")
    world.good()
    writes(world, "b")
    world.good(reuse=False)
    assert list(world.there()) == ["azureml/r1_step/out/b"]


def test_what_was_made_is_kept_when_the_store_does_not_take_it(world: RemoteWorld) -> None:
    def fails(call: str, path: str) -> None:
        if call == "put" and path.endswith("b"):
            raise ConnectionError("the line is dead")

    Far.before = fails
    writes(world, "a", "b")
    result = world.run()
    assert result.exit_code == errors.UNAVAILABLE
    assert "the line is dead" in result.reason
    assert world.reuse_records() == []
    kept = world.record()["failed_outputs"]["out"]
    assert read_texts(world.mirror / kept["path"]) == {"a": "made a", "b": "made b"}
    Far.before = None
    world.good("r2")


def test_content_identity_asks_for_tags_not_bytes(world: RemoteWorld) -> None:
    world.identity = "content"
    world.send("in/a", "one")
    reads(world, "in")
    world.good()
    assert world.run("r2").status == "reused"
    assert world.moved("get") == ["a"]
    world.send("in/a", "two!")
    assert world.run("r3").status == "completed"


def test_an_offline_look_counts_outputs_as_there(world: RemoteWorld) -> None:
    from pipelift.runtime.launch import look_up

    writes(world, "a")
    world.good()
    Far.calls.clear()
    assert look_up(world.spec(), world.context("r2", offline=True)).status == "reused"
    assert Far.calls == []


def test_kubeflow_fetches_sources_and_sends_explicit_outputs(world: RemoteWorld) -> None:
    world.send("in/a", "source")
    port = world.dataset("in")
    arguments = [ir.OutputPath(port="out"), ir.Literal(value="made")]
    ports = [output(path="mine", explicit=True), output("rest")]
    world.step(WRITES, inputs=[port], outputs=ports, arguments=arguments)
    pod = world.root / "pod"
    artifacts = Artifacts({}, {"out": str(pod / "out"), "rest": str(pod / "rest")}, {})
    world.good(artifacts=artifacts)
    assert world.there() == {"in/a": "source", "mine/made": "made made"}
    assert read_texts(pod) == {"out/made": "made made"}
    assert world.moved("get") == ["a"]


def test_two_steps_fetch_the_same_file_once(world: RemoteWorld) -> None:
    for index in range(20):
        world.send(f"in/{index}", str(index))
    Far.before = lambda call, path: time.sleep(0.01)
    failed: list[BaseException] = []

    def pull() -> None:
        try:
            Mirror(STORE, world.context()).pull("in")
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=pull) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert len(world.moved("get")) == 20
    assert len(read_texts(world.mirror / "in")) == 20


KILLED = """
    import os, signal, sys, threading
    from pathlib import Path
    sys.path.insert(0, {root!r})
    from tests.support.remote_world import Far, RemoteWorld, far
    from tests.support.runtime_world import STORE
    from pipelift.runtime.mirrors import Mirror
    from pipelift.runtime.places import Place
    from pipelift.runtime.context import Context
    count = 0
    def kill(call, path):
        global count
        count += call == {call!r}
        if count == 5:
            os.kill(os.getpid(), signal.SIGKILL)
    with far():
        Far.before = kill
        context = Context("r", {state!r}, {{}}, ".", remotes={{STORE: Place({url!r}, {{}}, None)}})
        {act}
    """


def killed(world: RemoteWorld, call: str, act: str) -> None:
    names = {"root": str(ROOT), "state": str(world.state), "url": f"far://{world.far}"}
    script = textwrap.dedent(KILLED).format(call=call, act=act, **names)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr


def test_a_kill_while_fetching_loses_nothing_finished(world: RemoteWorld) -> None:
    for index in range(10):
        world.send(f"in/{index}", str(index) * 1000)
    killed(world, "get", 'Mirror(STORE, context).pull("in")')
    journal = world.mirror.parent / ".journals" / f"{STORE}.journal"
    noted = journal.read_text().splitlines() if journal.is_file() else []
    assert all(
        text == name[3:] * 1000 for name, text in read_texts(world.mirror).items() if name.startswith("in/")
    )
    reads(world, "in")
    world.good()
    assert [line.split()[1] for line in world.lines] == [str(index) * 1000 for index in range(10)]
    assert len(world.moved("get")) == 10 - len(noted)
    assert not any((world.mirror / ".pipelift" / "incoming").iterdir())


def test_a_kill_while_sending_leaves_no_result(world: RemoteWorld) -> None:
    made = world.root / "made"
    made.mkdir()
    for index in range(10):
        (made / str(index)).write_text(str(index))
    sources = {f"azureml/r1_step/out/{index}": str(made / str(index)) for index in range(10)}
    killed(world, "put", f'Mirror(STORE, context).push({sources!r}, "azureml/r1_step/out", True)')
    assert world.reuse_records() == []
    writes(world, "0", "other")
    world.good()
    assert sorted(world.there()) == ["azureml/r1_step/out/0", "azureml/r1_step/out/other"]
    assert world.run("r2").status == "reused"


def test_a_cancelled_run_stops_fetching(world: RemoteWorld) -> None:
    for index in range(50):
        world.send(f"in/{index}", str(index))
    reads(world, "in")
    cancel = threading.Event()
    Far.before = lambda call, path: cancel.set() if call == "get" else None
    result = world.run(cancel=cancel)
    assert (result.status, result.exit_code) == ("cancelled", errors.CANCELLED)
    assert len(world.moved("get")) < 50


def test_a_refused_login_names_store_and_setting_and_no_credential(world: RemoteWorld) -> None:
    world.send("in/a")
    reads(world, "in")
    Far.login = "right"
    result = world.run()
    assert result.exit_code == errors.UNAVAILABLE
    assert f'[stores.{STORE}] secret = "NAME"' in result.reason
    world.secret = "login"
    assert "PIPELIFT_SECRET_LOGIN" in world.run("r2").reason
    (world.root / "secrets").mkdir()
    (world.root / "secrets" / "login").write_text("password=very-wrong\nuser=me\n")
    place = Place(f"far://{world.far}", {}, "login")
    reason = world.run("r3", remotes={STORE: place}).reason
    assert "refused the secret 'login'" in reason
    assert "very-wrong" not in reason
    assert "abcdef" not in reason
    assert "\n" not in reason
    kept = [path.read_text(errors="replace") for path in world.state.rglob("*") if path.is_file()]
    assert not any("very-wrong" in text or "abcdef" in text for text in kept)


def test_missing_data_name_store_path_and_setting(world: RemoteWorld) -> None:
    reads(world, "in/*.csv")
    result = world.run()
    assert result.exit_code == errors.DATA
    assert f"far://{world.far}/in/*.csv" in result.reason
    assert f"[stores.{STORE}] url" in result.reason


def test_a_client_that_is_not_installed(world: RemoteWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "s3fs", None)
    reads(world, "in")
    result = world.run(remotes={STORE: Place("s3://bucket", {"skip_instance_cache": "true"}, None)})
    assert result.exit_code == errors.UNAVAILABLE
    assert "pip install 'pipelift[s3]'" in result.reason


@pytest.mark.parametrize("name", ["../out", "a/../../out"])
def test_no_remote_name_leads_out_of_the_mirror(
    world: RemoteWorld, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    path = f"{world.far}/in/{name}"
    monkeypatch.setattr(Far, "find", lambda *a, **k: {path: {"size": 1, "type": "file", "mtime": 1}})
    reads(world, "in")
    assert "cannot be a path here" in world.run().reason


def test_a_step_cannot_write_to_a_database(world: RemoteWorld) -> None:
    writes(world, "a")
    result = world.run(remotes={STORE: Place("postgresql://u@h/d", {}, None)})
    assert result.exit_code == errors.OUTPUT
    assert "which is a database" in result.reason


def test_options_of_the_command_line() -> None:
    urls = {"blobs": "s3://bucket", "plain": "/folder"}
    found = places.places(urls, ["blobs:endpoint_url=http://h:1/x=y"], {"blobs": "login"})
    assert found == {"blobs": Place("s3://bucket", {"endpoint_url": "http://h:1/x=y"}, "login")}
    with pytest.raises(errors.LauncherError, match="NAME:KEY=VALUE"):
        places.places(urls, ["endpoint_url"], {})


def test_a_script_is_told_what_it_cannot_do(world: RemoteWorld) -> None:
    world.step(
        """
        from azureml.core import Datastore, Dataset
        store = Datastore(None, "workspaceblobstore")
        for call in (
            lambda: store.upload("."),
            lambda: store.download("."),
            lambda: Dataset.File.from_files((store, "other")),
            lambda: Dataset.Tabular.from_sql_query((store, "SELECT 1")),
        ):
            try:
                call()
            except Exception as error:
                print(type(error).__name__, error)
        """
    )
    world.good()
    assert [line.split()[0] for line in world.lines] == ["UserErrorException"] * 4
    assert "OutputFileDatasetConfig" in world.lines[0]
    assert all("pipeline file" in line for line in world.lines)
