"""A state folder that is damaged, in the way, or another user's: each command answers with a reason, none with 70."""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pipelift.app.cli.main import main
from pipelift.compiler import ir
from pipelift.runtime.contract.shapes import drop_misfits
from tests.support.ended import PIPELIFT, PIPELINE, Project, start
from tests.support.runtime_world import PLAIN_PYTHON, World, output

RUN_COMMAND = ("run", "pipeline.py", "--python", PLAIN_PYTHON)
PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 24, 1, 2
READING = (("runs",), ("runs", "--json"), ("explain", "act"), ("cache", "list"), ("plan", "pipeline.py"))


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project with one run behind it, whose result may be reused."""
    project = Project(tmp_path_factory.mktemp("state") / "project")
    (project.folder / "pipeline.py").write_text(PIPELINE.replace("allow_reuse=False", "allow_reuse=True"))
    subprocess.run(project.command(), cwd=project.folder, check=True, capture_output=True)
    return project


@pytest.fixture
def project(ran: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A copy of it, in the current folder."""
    project = Project(tmp_path / "project")
    shutil.copytree(ran.folder, project.folder, dirs_exist_ok=True)
    monkeypatch.chdir(project.folder)
    return project


def call(*words: str) -> Result:
    result = CliRunner().invoke(main, words)
    assert result.exit_code in (0, 1, 2, 3), (words, result.stderr)
    assert "Traceback" not in result.stderr and "fault of its own" not in result.stderr
    return result


def a_file(path: Path) -> None:
    path.write_text("in the way")


def a_dangling_link(path: Path) -> None:
    path.symlink_to("/nowhere/at/all")


@pytest.mark.parametrize("thing", [a_file, a_dangling_link])
@pytest.mark.parametrize("place", ["", "runs"])
def test_what_stands_in_the_place_of_the_state_is_named(
    project: Project, place: str, thing: Callable[[Path], None]
) -> None:
    path = project.folder / ".pipelift" / place
    shutil.rmtree(path)
    thing(path)
    result = call(*RUN_COMMAND)
    assert (result.exit_code, "PL538" in result.stderr, str(path) in result.stderr) == (1, True, True)
    for words in READING:
        result = call(*words)
        assert place or words[0] == "plan" or ".pipelift is no folder" in result.stderr


@pytest.mark.parametrize("place", ["reuse", "snapshots", "open", "parts", "digests"])
def test_file_in_the_place_of_a_folder_below_is_named_where_it_stops_a_run(
    project: Project, place: str
) -> None:
    path = project.folder / ".pipelift" / place
    shutil.rmtree(path, ignore_errors=True)
    a_file(path)
    result = call(*RUN_COMMAND, "--no-reuse")
    assert result.exit_code in (0, 1, 3)
    if result.exit_code:
        assert str(path) in result.stderr
    for words in READING:
        call(*words)


def damaged(data: dict[str, object]) -> Iterator[bytes]:
    """A file that is none, and one with each field gone or of another shape."""
    yield from (b"", b"[]", b"null", b"{}", b"\xff\xfe{", b'{"a":')
    for name in data:
        yield json.dumps({key: value for key, value in data.items() if key != name}).encode()
        for value in (None, 5, 10**400, "x", [5], {"a": 5}):
            if value != data[name]:
                yield json.dumps({**data, name: value}).encode()


@pytest.mark.parametrize("pattern", ["runs/*/run.json", "runs/*/steps/act/record.json"])
def test_damaged_record_breaks_no_command(project: Project, pattern: str) -> None:
    (path,) = (project.folder / ".pipelift").glob(pattern)
    run = project.run_folder.name
    for text in damaged(json.loads(path.read_text())):
        path.write_bytes(text)
        for words in (
            ("runs",),
            ("runs", run),
            ("explain", "act"),
            ("explain", "act", "pipeline.py", "--planned"),
        ):
            call(*words)
    path.unlink()
    path.mkdir()
    call("runs")


def test_damaged_result_is_none_for_the_cache(project: Project) -> None:
    (path,) = (project.folder / ".pipelift/reuse").iterdir()
    for text in damaged(json.loads(path.read_text())):
        path.write_bytes(text)
        call("cache", "list")


@pytest.mark.parametrize("whose", ["its own result", "the step that it reads"])
def test_damaged_record_is_a_miss_for_the_launcher(tmp_path: Path, whose: str) -> None:
    world = World(tmp_path)
    write = "import os, sys; os.makedirs(sys.argv[1]); open(sys.argv[1] + '/a', 'w').close()"
    world.step(write, id="before", outputs=[output()], arguments=[ir.OutputPath(port="out")])
    port = ir.Input(name="in", source=ir.StepSource(step="before", port="out"))
    world.step("", inputs=[port], arguments=[ir.InputPath(port="in")])
    for step in ("before", "step"):
        assert world.run(id=step).status == "completed"
    own = json.loads((world.place() / "record.json").read_text())["key"]
    read = world.place(id="before") / "record.json"
    path = world.state / "reuse" / f"{own}.json" if whose == "its own result" else read
    for text in damaged(json.loads(path.read_text())):
        path.write_bytes(text)
        result = world.run()
        assert result.status in ("completed", "reused", "failed")
        assert (result.status == "failed") <= (path == read), result.reason


def test_bad_run_hides_no_other(project: Project) -> None:
    good = project.run_folder
    bad = good.with_name("20260101-000000-0000")
    shutil.copytree(good, bad)
    about = json.loads((good / "run.json").read_text())
    (bad / "run.json").write_text(json.dumps({**about, "started": 5, "seconds": "long"}))
    listed = call("runs").stdout
    assert good.name in listed and bad.name in listed


@pytest.mark.parametrize("path", ["../victim", "/etc", "a/../../b", 5])
def test_result_leads_nowhere_outside_its_store(path: object) -> None:
    record = {"outputs": {"out": {"store": "s", "path": path}}, "name": "act"}
    assert drop_misfits(record, "record") == {"name": "act"}
    assert drop_misfits({"outputs": {"out": {"store": "s", "path": "azureml/x"}}}, "record")


def test_shapes_fit_what_runs_leave(project: Project) -> None:
    (record,) = project.run_folder.glob("steps/*/record.json")
    for path, shape in ((project.run_folder / "run.json", "run"), (record, "record")):
        data = json.loads(path.read_text())
        assert drop_misfits(data, shape) == data


@pytest.fixture
def compiled(project: Project) -> Project:
    call("compile", "pipeline.py", "-t", "compose", "-o", "out", "--no-verify")
    return project


@pytest.mark.parametrize("thing", [a_file, a_dangling_link, Path.mkdir])
def test_list_of_images_that_cannot_be_read_is_named(
    compiled: Project, thing: Callable[[Path], None]
) -> None:
    path = compiled.folder / "out/images.json"
    path.unlink()
    thing(path)
    for command in ("deploy", "build", "doctor"):
        done = start([PIPELIFT, command, "out"], compiled.folder, environ=compiled.docker())
        said = b"".join(done.communicate(timeout=60)).decode()
        assert done.returncode == 1, (command, said)
        assert "images.json" in said


@pytest.mark.parametrize("thing", [a_file, a_dangling_link])
def test_state_of_a_deployment_that_cannot_be_used_is_named(
    compiled: Project, thing: Callable[[Path], None]
) -> None:
    environ = compiled.docker()
    thing(compiled.folder / "docker/state")
    for more in ([], ["--no-wait"]):
        done = start([PIPELIFT, "deploy", "out", *more], compiled.folder, environ=environ)
        _, errors = done.communicate(timeout=60)
        assert done.returncode == 1, errors
        assert b"docker/state" in errors


def as_anybody() -> None:
    """Root passes over permissions by two capabilities (capabilities(7)); a command without them is as anybody."""
    libc = ctypes.CDLL(None)
    for capability in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH) if os.getuid() == 0 else ():
        assert libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0


def test_state_that_may_not_be_read_or_written_is_named(project: Project) -> None:
    state = project.folder / ".pipelift"

    def ends(words: tuple[str, ...], statuses: tuple[int, ...], said: str = "") -> None:
        done = subprocess.run(
            [PIPELIFT, *words], capture_output=True, text=True, check=False, preexec_fn=as_anybody
        )
        assert done.returncode in statuses, (words, done.stderr)
        assert said in done.stderr

    try:
        (state / "runs").chmod(0o555)
        ends(
            RUN_COMMAND,
            (1,),
            f"PL538]: the state folder {state} cannot be used: Permission denied: {state}/runs",
        )
        for words in READING:
            ends(words, (0,))
        state.chmod(0)
        ends(RUN_COMMAND, (1, 2), "Permission denied")
        for words in READING[:-1]:
            ends(words, (2,), f"PL539]: Permission denied: {state}")
    finally:
        state.chmod(0o755)
        (state / "runs").chmod(0o755)
