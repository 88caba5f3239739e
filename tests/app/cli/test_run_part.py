"""`pipelift run` as a daily tool: parts of a pipeline, runs that go on, logs of steps."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from pipelift.app import run_file
from pipelift.app.api import Ran
from pipelift.app.cli.main import main
from pipelift.app.request import RunRequest, check_request
from pipelift.app.request.parts import select_part
from pipelift.app.running import RunSummary
from pipelift.backends.supervision.run_file import RunFile
from pipelift.compiler import ir
from pipelift.compiler.diagnostics import Refused
from tests.support.folders import ROOT, write_program
from tests.support.samples import scripts

PROJECT = ROOT / "tests" / "e2e" / "supervised"
MOOD = {"mood": "fine"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project of three steps: `write`, and behind it `feel` and `wait`."""
    return Path(shutil.copytree(PROJECT, tmp_path / "project"))


def ran(folder: Path, **options: Any) -> Ran:
    return run_file(folder / "pipeline.py", **options)


def statuses(outcome: Ran) -> dict[str, str]:
    assert outcome.summary is not None, [entry.message for entry in outcome.analysis.reporter.errors]
    return {step.name: step.status for step in outcome.summary.steps}


def codes(outcome: Ran) -> list[str]:
    assert outcome.summary is None
    return [entry.code for entry in outcome.analysis.reporter.errors]


def command(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(main, [words[0], str(folder / "pipeline.py"), *words[1:]])


@pytest.mark.parametrize(
    ("request_", "run", "taken"),
    [
        (RunRequest(), "abcde", ""),
        (RunRequest(only=["c"]), "c", "b"),
        (RunRequest(only=["step a", "d"]), "ad", "b"),
        (RunRequest(from_=["b"]), "bcd", "a"),
        (RunRequest(until=["c"]), "abc", ""),
        (RunRequest(from_=["b"], until=["d"]), "bd", "a"),
        (RunRequest(only=["e"], until=["a"]), "ae", ""),
    ],
)
def test_which_steps_are_run_and_which_results_are_taken(request_: RunRequest, run: str, taken: str) -> None:
    """a feeds b, b feeds c and d, and e comes after a without reading it."""
    plain, _ = scripts(*((name, "", ()) for name in "abcde"), order=(("a", "e"),))
    ways = {"b": "a", "c": "b", "d": "b"}
    steps = tuple(
        replace(
            step,
            inputs=(ir.Input(name="in", source=ir.StepSource(step=ways[step.id], port="out"), mode="mount"),),
        )
        if step.id in ways
        else step
        for step in plain.steps
    )
    pipeline = replace(plain, steps=steps)
    asked = check_request(pipeline, request_)
    part = select_part(pipeline, asked.only, asked.from_, asked.until)
    assert {step.id for step in part.pipeline.steps} - part.taken == set(run)
    assert part.taken == set(taken)
    assert all(edge.after in run for edge in part.pipeline.order)


def test_unknown_steps_and_empty_parts_are_refused() -> None:
    pipeline, _ = scripts(("a", "", ()), ("b", "", ()), order=(("a", "b"),))
    with pytest.raises(Refused, match="no step of") as refused:
        check_request(pipeline, RunRequest(only=["step x"]))
    assert refused.value.code == "PL530"
    with pytest.raises(Refused, match="no step is left") as refused:
        select_part(pipeline, (), ["b"], ["a"])
    assert refused.value.code == "PL533"
    assert check_request(pipeline, RunRequest(refresh=["step a", "a"])).refresh == {"a"}


def test_only_reads_what_earlier_steps_left(folder: Path) -> None:
    assert codes(ran(folder, only=["feel"])) == ["PL531"]
    assert statuses(ran(folder, until=["write"], parameters={"times": "3"})) == {"write": "completed"}
    outcome = ran(folder, only=["feel"])
    assert statuses(outcome) == {"write": "reused", "feel": "completed"}
    assert outcome.summary is not None
    assert "taken from run" in outcome.summary.steps[0].note
    moods = Path(outcome.summary.steps[1].outputs["moods"])
    assert (
        moods / "moods.txt"
    ).read_text() == "finefinefine"  # `write` was run with times=3, and is not run again
    shutil.rmtree(outcome.summary.steps[0].outputs["words"])
    assert codes(ran(folder, only=["feel"])) == ["PL531"]


def test_part_of_a_plan(folder: Path) -> None:
    assert statuses(ran(folder, until=["write"])) == {"write": "completed"}
    before = sorted(folder.rglob("*"))
    shown = command(folder, "run", "--dry-run", "--from", "feel").output
    assert "not run: what it left in run" in shown
    assert "wait.py" not in shown
    assert sorted(folder.rglob("*")) == before


def test_the_last_of_three_steps_is_planned_alone(tmp_path: Path) -> None:
    """The step before it has an input among its arguments, which nobody looks for."""
    example = ROOT / "examples" / "compare"
    project = shutil.copytree(
        example, tmp_path / "compare", ignore=shutil.ignore_patterns(".pipelift", "store")
    )
    shown = command(Path(project), "run", "--dry-run", "--only", "compare")
    assert shown.exit_code == 0
    assert "--training_results <train.py.training_results>" in shown.output


def test_failed_run_goes_on_under_its_own_id_and_parameters(folder: Path) -> None:
    first = ran(folder, parameters={"mood": "bad", "times": "4"}, jobs=1)
    assert statuses(first) == {"write": "completed", "feel": "failed", "wait": "skipped"}
    (folder / "src/feel.py").write_text((folder / "src/feel.py").read_text().replace("sys.exit(7)", "pass"))
    (folder / "src/wait.py").write_text("print('not any more')")
    again = ran(folder, resume="last", jobs=1)
    assert again.summary is not None and first.summary is not None
    assert again.summary.run_id == first.summary.run_id
    # The steps share a source folder, so `write` would not be the same either.
    assert statuses(again) == {"write": "completed", "feel": "completed", "wait": "completed"}
    moods = Path(again.summary.steps[1].outputs["moods"])
    assert (moods / "moods.txt").read_text() == "bad" * 4
    assert codes(ran(folder, resume="last")) == ["PL532"]
    about = json.loads((folder / ".pipelift/runs" / first.summary.run_id / "run.json").read_text())
    assert (about["status"], len(about["resumed"]), about["parameters"]["times"]) == ("completed", 1, 4)


def test_completed_steps_are_kept_when_a_run_goes_on(folder: Path) -> None:
    first = ran(folder, parameters={"mood": "bad"}, reuse=False)
    again = ran(folder, resume="last", parameters=MOOD, reuse=False)
    assert statuses(again) == {"write": "reused", "feel": "completed", "wait": "completed"}
    assert again.summary is not None and first.summary is not None
    assert again.summary.steps[0].note == "kept from before the run was resumed"
    assert again.summary.steps[0].outputs == first.summary.steps[0].outputs


def test_killed_run_goes_on(folder: Path) -> None:
    wait = folder / "src/wait.py"
    wait.write_text("import os, time\nprint('pid', os.getpid(), flush=True)\ntime.sleep(60)\n")
    program = "from pipelift.app.cli.main import main; main()"
    command = [sys.executable, "-c", program, "run", "pipeline.py", "--no-reuse"]
    process = subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    orphan = next(int(line.split()[-1]) for line in process.stderr if "[wait] pid" in line)
    process.kill()
    process.communicate()
    os.kill(orphan, signal.SIGKILL)
    (run,) = (folder / ".pipelift/runs").iterdir()
    again = ran(folder, resume="last", only=["write", "feel"])
    assert again.summary is not None
    assert again.summary.run_id == run.name
    assert statuses(again)["write"] == "reused"


def test_runs_that_cannot_go_on(folder: Path) -> None:
    assert codes(ran(folder, resume="last")) == ["PL532"]
    assert codes(ran(folder, resume="20260101-000000-0000")) == ["PL532"]
    going = RunFile(folder / ".pipelift", "supervised", {})
    assert codes(ran(folder, resume=going.run_id)) == ["PL532"]
    with pytest.raises(Refused, match="still going on"):
        RunFile(folder / ".pipelift", "supervised", {}, resume=going.run_id)
    foreign = RunFile(folder / ".pipelift", "another", {})
    os.close(foreign._lock)
    assert codes(ran(folder, resume=foreign.run_id)) == ["PL532"]


def test_run_that_cannot_begin_leaves_no_folder_and_no_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier = RunFile(tmp_path, "supervised", {})
    earlier.end(RunSummary(earlier.run_id, "supervised", "failed", ()), print)
    left, opened = sorted(tmp_path.rglob("*")), len(os.listdir("/dev/fd"))

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    for name in ("pipelift.runtime.files.write_json", "fcntl.flock"):
        for resume in (None, earlier.run_id):
            with monkeypatch.context() as patched, pytest.raises(Refused, match="No space left"):
                patched.setattr(name, full)
                RunFile(tmp_path, "supervised", {}, resume=resume)
            assert sorted(tmp_path.rglob("*")) == left
            assert len(os.listdir("/dev/fd")) == opened
    RunFile(tmp_path, "supervised", {}, resume=earlier.run_id)


def test_values_of_secrets_are_not_kept_with_a_run(folder: Path) -> None:
    run = RunFile(folder / ".pipelift", "supervised", {"api_token": "canary-7", "rate": 1})
    os.close(run._lock)
    assert "canary-7" not in (run.folder / "run.json").read_text()
    text = (folder / "pipeline.py").read_text()
    token = 'PipelineParameter("api_token", "none")\nmood = '
    (folder / "pipeline.py").write_text(text.replace("mood = ", token))
    outcome = ran(folder, resume=run.run_id)
    assert codes(outcome) == ["PL532"]
    assert "give it again" in outcome.analysis.reporter.errors[0].message


def test_log_of_a_step(folder: Path) -> None:
    first = ran(folder)
    assert first.summary is not None
    ran(folder)
    for words in (
        [first.summary.run_id],
        [],
    ):  # the last run has reused the step, and tells the log of its result
        shown = CliRunner().invoke(main, ["runs", *words, str(folder / "pipeline.py"), "--log", "feel"])
        assert (shown.exit_code, shown.output) == (0, "my mood is fine\n")
    wrong = CliRunner().invoke(main, ["runs", str(folder / "pipeline.py"), "--log", "fele"])
    assert (wrong.exit_code, "nor a known step" in wrong.output) == (2, True)


def test_command_line_has_the_same_options(folder: Path) -> None:
    assert command(folder, "run", "-p", "mood=bad").exit_code == 3
    assert command(folder, "run", "--resume", "-p", "mood=fine").exit_code == 0
    assert command(folder, "run", "--only", "feel", "--json").exit_code == 0
    refused = command(folder, "run", "--refresh", "fele")
    assert (refused.exit_code, "PL530" in refused.output) == (1, True)


def test_images_that_cannot_be_had_are_said_before_anything_runs(folder: Path) -> None:
    (folder / "bin").mkdir()
    assert codes(ran(folder, docker=True, environ={"PATH": str(folder / "bin")})) == ["PL534"]
    write_program(folder / "bin/docker", "#!/bin/sh\nexit 1\n")
    assert codes(ran(folder, docker=True, environ={"PATH": str(folder / "bin")})) == ["PL534"]


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_cancelled_while_images_are_built(folder: Path, signum: signal.Signals) -> None:
    text = '#!/bin/sh\n[ "$1" = image ] && exit 1\n[ "$1" = build ] && sleep 2\nexit 0\n'
    write_program(folder / "bin/docker", text)
    program = "from pipelift.app.cli.main import main; main()"
    command = [sys.executable, "-c", program, "run", "pipeline.py", "--docker"]
    path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
    process = subprocess.Popen(
        command, cwd=folder, env={**os.environ, "PATH": path}, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    next(line for line in process.stderr if "building" in line)
    process.send_signal(signum)
    process.communicate(timeout=30)
    assert process.returncode == 130
    (run,) = (folder / ".pipelift/runs").glob("*/run.json")
    assert json.loads(run.read_text())["status"] == "cancelled"
