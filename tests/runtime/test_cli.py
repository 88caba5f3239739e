"""The launcher's command line, and what starts a run."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest

from pipelift.compiler import ir
from pipelift.runtime import begin as beginning
from pipelift.runtime import records
from tests.support.runtime_world import STORE, World, launcher, output


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    world.parameter("text", "default")
    world.step(
        "import os; print(os.environ['AZUREML_ROOT_RUN_ID'], os.environ['AML_PARAMETER_text'])",
        outputs=[output()],
        arguments=[ir.OutputPath(port="out")],
    )
    world.write_spec()
    return world


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **variables}
    return subprocess.run(launcher(*arguments), capture_output=True, text=True, check=False, env=environment)


def step(world: World, *more: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return run("step", *world.options(), *more, **variables)


def begin(world: World, *more: str) -> subprocess.CompletedProcess[str]:
    return run("begin", "--run-key=pipe", f"--state={world.state}", f"--stores={world.store.parent}", *more)


def test_a_run_begins_and_its_step_finds_it(world: World) -> None:
    made = begin(world)
    run_id = made.stdout.strip()
    assert re.fullmatch(r"\d{8}-\d{6}-[0-9a-f]{4}", run_id)
    assert (world.state / "current" / "pipe").read_text() == run_id + "\n"
    done = step(world, "--run-key=pipe", "--parameter=text=a=b")
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, f"{run_id} a=b")
    assert records.Run(str(world.state), run_id).step_ids == ["step"]


def test_a_given_run_id_becomes_one_component_of_a_path(world: World) -> None:
    assert (
        begin(world, "--run=manual__2026-11-21T00:00:00+00:00").stdout
        == "manual__2026-11-21T00_00_00+00_00\n"
    )
    assert step(world, "--run=a/../b:c").stdout.startswith("a_.._b_c default")
    assert step(world, "--no-reuse", PIPELIFT_RUN="from-variable").stdout.startswith("from-variable default")


def test_a_reused_step_ends_well_and_says_so(world: World) -> None:
    assert step(world, "--run=r1").returncode == 0
    again = step(world, "--run=r2")
    assert (again.returncode, again.stdout) == (0, "")
    assert (
        again.stderr
        == "pipelift: step 'step' has been run before with the same inputs: its result is reused\n"
    )
    assert step(world, "--run=r3", "--refresh=step").stdout.startswith("r3 ")


def test_a_lookup_reuses_a_result_as_the_step_itself_would(world: World) -> None:
    assert step(world, "--run=r1").returncode == 0
    reused = step(world, "--run=r2")
    looked_up = step(world, "--run=r3", "--lookup", "--source=/pipelift/source")
    assert (looked_up.returncode, looked_up.stdout, looked_up.stderr) == (0, "", reused.stderr)
    assert stable(world, "r3") == stable(world, "r2")


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--parameter=text=other"], "no result"),
        (["--refresh=step"], "refreshed"),
        (["--no-reuse"], "switched off"),
    ],
)
def test_a_lookup_that_finds_nothing_does_nothing(world: World, options: list[str], why: str) -> None:
    assert step(world, "--run=r1").returncode == 0
    before = everything(world)
    done = step(world, "--run=r2", "--lookup", *options)
    assert (done.returncode, done.stdout) == (75, "")
    assert done.stderr == f"pipelift: no earlier result of step 'step' is reused: {why}\n"
    assert everything(world) == before


def test_a_lookup_does_nothing_where_a_result_is_gone_or_may_not_be_reused(world: World) -> None:
    assert step(world, "--run=r1").returncode == 0
    spec = world.spec()
    spec["step"]["reuse"]["allowed"] = False
    (world.root / "other.json").write_text(json.dumps(spec))
    (made,) = world.store.glob("azureml/*/out")
    made.rmdir()
    before = everything(world)
    gone = step(world, "--run=r2", "--lookup")
    assert (gone.returncode, "output 'out' of run r1 is gone" in gone.stderr) == (75, True), gone.stderr
    barred = step(world, "--run=r2", "--lookup", f"--spec={world.root / 'other.json'}")
    assert (barred.returncode, "not allowed" in barred.stderr) == (75, True), barred.stderr
    assert everything(world) == before


def test_a_lookup_leaves_what_it_cannot_decide_to_the_step(world: World) -> None:
    world.step("", id="second", inputs=[ir.Input(name="in", source=ir.StepSource(step="step", port="out"))])
    (world.root / "second.json").write_text(json.dumps(world.spec("second")))
    done = step(world, "--run=r1", "--lookup", f"--spec={world.root / 'second.json'}")
    assert (done.returncode, "has no result in run r1" in done.stderr) == (75, True), done.stderr
    assert not world.state.exists()


def stable(world: World, run: str) -> dict[str, object]:
    """The record of the step in a run, without what every run has of its own."""
    record = world.record(run)
    return {
        name: value for name, value in record.items() if name not in ("run", "started", "ended", "seconds")
    }


def everything(world: World) -> dict[str, bytes | None]:
    """All files and folders of the world."""
    return {
        str(path): path.read_bytes() if path.is_file() else None for path in sorted(world.root.rglob("*"))
    }


def test_folders_are_handed_to_their_owner(world: World) -> None:
    owner = f"{os.getuid()}:{os.getgid()}"
    made = world.root / "more" / "store"
    assert begin(world, f"--owner={owner}", f"--store=other={made}").returncode == 0
    assert made.is_dir()
    wrong = begin(world, "--owner=somebody")
    assert (wrong.returncode, wrong.stderr) == (
        64,
        "pipelift: --owner takes UID:GID, two numbers, not 'somebody'\n",
    )


def test_what_a_step_elsewhere_has_left_is_taken_over(world: World) -> None:
    """Its container can only read the state: it leaves a record, and no result to be reused."""
    words = ("--run=r1", "--step=step", f"--state={world.state}")
    assert run("expect", *words).returncode == 0
    assert (world.state / "open/r1_step.json").exists()
    assert world.run("r1").status == "completed"
    (reused,) = world.reuse_records()
    reused.unlink()
    assert run("settle", *words).returncode == 0
    assert world.reuse_records() == [reused]
    assert not list((world.state / "open").iterdir())
    wrong = run("expect", "--run=r1", "--step=../x", f"--state={world.state}")
    assert (wrong.returncode, wrong.stderr) == (64, "pipelift: --step takes a step's id, not '../x'\n")


FORGED: dict[str, dict[str, object]] = {
    "another run": {"run": "r0"},
    "another step": {"step": "other"},
    "another key": {"key": "f" * 64},
    "no parts": {"key_parts": None},
    "other parts": {"key_parts": [{"name": "step", "digest": "0"}]},
    "a way out": {"outputs": {"out": {"store": STORE, "path": "../x", "stamp": "", "names": None}}},
    "no path": {"outputs": {"out": {"store": STORE, "stamp": "", "names": None}}},
    "names that are none": {"outputs": {"out": {"store": STORE, "path": "x", "stamp": "", "names": [1]}}},
    "outputs in a list": {"outputs": []},
    "not allowed": {"reusable": False},
    "failed": {"status": "failed"},
    "no metrics": {"metrics": 7},
    "no result": {"result": None},
}


@pytest.mark.parametrize("forged", FORGED)
def test_a_record_that_is_not_the_steps_own_is_not_taken_over(world: World, forged: str) -> None:
    assert world.run("r1").status == "completed"
    (reused,) = world.reuse_records()
    reused.unlink()
    path = world.place("r1") / "record.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **FORGED[forged]}))
    assert run("settle", "--run=r1", "--step=step", f"--state={world.state}").returncode == 0
    assert world.reuse_records() == []


COLLEAGUE = 12345


def _owners(root: Path) -> dict[str, tuple[int, int]]:
    """The owner and the mode of everything below `root`, links themselves included."""
    found = {path.relative_to(root).as_posix(): path.lstat() for path in sorted(root.rglob("*"))}
    return {name: (status.st_uid, stat.S_IMODE(status.st_mode)) for name, status in found.items()}


def test_all_that_pipelift_made_is_handed_over_and_nothing_else(world: World) -> None:
    assert os.getuid() == 0, "owners can only be given away by root"
    port = output(path="models", explicit=True)
    script = "import os, sys; os.makedirs(sys.argv[1]); open(sys.argv[1] + '/m.bin', 'w').close()"
    world.step(script, outputs=[port], arguments=[ir.OutputPath(port="out")])
    world.put("models/mine.txt")
    world.put("raw/a.csv")
    assert world.run("r1").status == "completed"
    world.put("azureml/r1_step/out/a.txt")
    world.put("dataset/r1_step/out/b.txt")
    world.put(".pipelift/failed/r1_step/out/c.txt")
    (world.state / "secrets").mkdir()
    (world.state / "secrets/db").write_text("pw")
    # What a colleague has in the same places, and what a step could put there.
    for path in ("azureml/r1_step/out/private.txt", "dataset/theirs/private.txt", "azureml/r0_step/x.txt"):
        private = world.put(path)
        private.chmod(0o600)
        os.chown(private, COLLEAGUE, COLLEAGUE)
    host = world.root / "host"
    host.mkdir()
    (host / "shadow").write_text("x")
    (world.store / "azureml/r1_step/link").symlink_to(host)
    (world.store / "azureml/r1_step/out/link.txt").symlink_to(host / "shadow")
    os.link(world.store / "raw/a.csv", world.store / "azureml/r1_step/out/hard.csv")
    (world.state / "runs/r1/steps/step/log.txt").unlink()
    (world.state / "runs/r1/steps/step/log.txt").symlink_to(host / "shadow")
    (world.state / "runs/r9").symlink_to(host)

    before = _owners(world.root)
    beginning.begin(str(world.state), "pipe", "r2", [str(world.store)], "4711:4711")
    after = {name: owner for name, owner in _owners(world.root).items() if name in before}
    assert {name: mode for name, (_, mode) in after.items()} == {n: mode for n, (_, mode) in before.items()}
    handed = {name for name, (user, _) in after.items() if user != before[name][0]}
    assert {after[name][0] for name in handed} == {4711}
    store = f"stores/{STORE}"
    assert {name for name in handed if not name.startswith("state")} == {
        f"{store}/{name}"
        for name in (
            *("azureml/r1_step", "azureml/r1_step/link", "azureml/r1_step/out", "azureml/r1_step/out/a.txt"),
            *("azureml/r1_step/out/link.txt", "dataset/r1_step", "dataset/r1_step/out"),
            *("dataset/r1_step/out/b.txt", "models/m.bin"),
            *(".pipelift", ".pipelift/failed", ".pipelift/failed/r1_step", ".pipelift/failed/r1_step/out"),
            ".pipelift/failed/r1_step/out/c.txt",
        )
    }
    assert {name for name in after if name.startswith("state")} - handed == {
        "state/secrets",
        "state/secrets/db",
    }


@pytest.mark.parametrize("content", ["", "azureml/r1_step/out/a.txt", "models/m.bin"])
def test_a_store_that_holds_nothing_else_is_handed_over(world: World, content: str) -> None:
    """Also after runs as root: the next user has to be able to write there."""
    assert os.getuid() == 0, "owners can only be given away by root"
    port = output(path="models", explicit=True)
    script = "import os, sys; os.makedirs(sys.argv[1]); open(sys.argv[1] + '/m.bin', 'w').close()"
    world.step(script, outputs=[port], arguments=[ir.OutputPath(port="out")])
    assert world.run("r1").status == "completed"
    if content != "models/m.bin":
        shutil.rmtree(world.store / "models")
    if content:
        world.put(content)
    beginning.begin(str(world.state), "pipe", "r2", [str(world.store)], "4711:4711")
    assert {path.stat().st_uid for path in (world.store, *world.store.rglob("*"))} == {4711}


def test_an_argument_that_the_locale_cannot_express_is_one_line(world: World) -> None:
    world.step("", arguments=[ir.Literal(value="größe")])
    world.write_spec()
    done = step(world, LC_ALL="C", PYTHONCOERCECLOCALE="0", PYTHONUTF8="0")
    assert (done.returncode, len(done.stderr.splitlines())) == (126, 1), done.stderr
    assert "set LC_ALL=C.UTF-8" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--run-key=nobody"], 64, "no run is filed under 'nobody'"),
        (["--parameter=text"], 64, "--parameter takes NAME=VALUE, not 'text'"),
        (["--run=a", "--run-key=b"], 64, "not allowed with argument"),
        (["--lookup", "--executor-input={}"], 64, "not allowed with argument"),
        (["--nonsense"], 64, "unrecognized arguments: --nonsense"),
        (["--spec=/nowhere/step.json"], 65, "cannot read the launch spec /nowhere/step.json"),
        (["--executor-input={"], 64, "is not Kubeflow's executor input"),
    ],
)
def test_wrong_usage_has_its_own_status(world: World, arguments: list[str], code: int, message: str) -> None:
    done = step(world, *arguments)
    assert (done.returncode, message in done.stderr) == (code, True), done.stderr
    assert "Traceback" not in done.stderr


def test_a_spec_of_another_version_is_refused(world: World) -> None:
    spec = world.spec() | {"schema_version": "99"}
    (world.root / "step.json").write_text(json.dumps(spec))
    done = step(world)
    assert (done.returncode, "schema_version '99'" in done.stderr) == (65, True)
    (world.root / "step.json").write_text("[]")
    assert step(world).returncode == 65


def test_a_fault_of_ours_is_told_from_the_scripts(world: World) -> None:
    spec: Any = world.spec()
    del spec["step"]["arguments"]
    (world.root / "step.json").write_text(json.dumps(spec))
    done = step(world)
    assert (done.returncode, "a fault of pipelift's own" in done.stderr) == (70, True)


def test_a_state_folder_that_cannot_be_made_is_named(world: World) -> None:
    (world.root / "taken").write_text("")
    done = step(world, f"--state={world.root / 'taken'}")
    assert done.returncode == 74
    assert str(world.root / "taken") in done.stderr
    assert "Traceback" not in done.stderr
