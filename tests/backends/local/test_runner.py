"""The local runner for real: processes, data, reuse, parallel steps, failure, Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from pipelift.app.request import RunRequest
from pipelift.app.running import Event, LocalRun, RunSummary, load_runner
from pipelift.backends.local import TARGET as RUNNER
from pipelift.backends.local.settings import LocalSettings
from pipelift.compiler import ir
from pipelift.compiler.config import Config
from pipelift.compiler.diagnostics import Refused
from pipelift.compiler.reading.contents import Content, StoredFile
from pipelift.runtime.contract.digests import digest
from tests.support.folders import ROOT
from tests.support.samples import Contents, scripts, two_steps

MEET = """\
import os, sys, time
own, other = sys.argv[1:]
open(own, "w").close()
deadline = time.monotonic() + 20
while not os.path.exists(other):
    assert time.monotonic() < deadline, "the other step does not run at the same time"
    time.sleep(0.01)
"""


@pytest.fixture
def base(tmp_path: Path) -> Path:
    folder = tmp_path / "mötley crüe; $(touch gone)"
    data = folder / ".pipelift/stores/workspaceblobstore/train-images"
    data.mkdir(parents=True)
    (data / "b.txt").write_text("pear apple")
    (data / "a.txt").write_text("plum")
    return folder


def run(
    pipeline: ir.Pipeline, contents: Contents, base: Path, **options: Any
) -> tuple[RunSummary, list[Event]]:
    events: list[Event] = []
    request = RunRequest(**options)
    run = LocalRun(pipeline, request, base, Config(folder=base), contents)
    return RUNNER.run(run, events.append), events


def statuses(summary: RunSummary) -> list[str]:
    return [step.status for step in summary.steps]


def test_a_script_that_is_edited_while_the_run_goes_on_means_the_next_run(base: Path) -> None:
    pipeline, contents = two_steps()
    script = base / "train.py"
    script.write_bytes(contents["train_src"]["train.py"])
    stored = StoredFile(str(script), digest(script.read_bytes()), script.stat().st_size)
    snapshots: dict[str, Mapping[str, Content]] = {**contents, "train_src": {"train.py": stored}}
    request = LocalRun(pipeline, RunRequest(), base, Config(folder=base), snapshots)

    def edit(event: Event) -> None:
        if event.kind == "started":
            script.write_text("raise SystemExit(1)")

    summary = RUNNER.run(request, edit)
    assert (summary.status, statuses(summary)) == ("completed", ["completed", "completed"])
    with pytest.raises(Refused) as refused:
        RUNNER.run(replace(request, base=base / "elsewhere"), lambda event: None)
    assert [one.code for one in refused.value.diagnostics] == ["PL321"]


def test_the_entry_point_names_this_runner() -> None:
    assert load_runner("local") is RUNNER


def test_the_data_goes_through_the_steps(base: Path) -> None:
    pipeline, contents = two_steps()
    summary, events = run(pipeline, contents, base)
    prepare, train = summary.steps
    assert (summary.status, statuses(summary)) == ("completed", ["completed", "completed"])
    assert Path(prepare.outputs["output_data1"], "words.txt").read_text() == "apple\npear\nplum"
    assert Path(train.outputs["training_results"], "model.txt").read_text() == "1.5"
    assert (prepare.metrics, train.metrics) == ({"words": 3}, {"rate": 0.5})
    assert any(sys.executable in event.text for event in events if event.kind == "note")


def test_the_summary_is_kept_in_the_state_folder(base: Path) -> None:
    pipeline, contents = two_steps()
    summary, _ = run(pipeline, contents, base, parameters={"rate": 2.0})
    folder = base / ".pipelift/runs" / summary.run_id
    kept = json.loads((folder / "run.json").read_text())
    assert kept.items() >= json.loads(json.dumps(summary.as_json())).items()
    assert kept["parameters"] == {"rate": 2.0}
    assert Path(summary.steps[1].outputs["training_results"], "model.txt").read_text() == "6.0"
    assert (base / ".pipelift/.gitignore").read_text() == "*\n"


def test_a_second_run_reuses_what_may_be_reused(base: Path) -> None:
    pipeline, contents = two_steps()
    first, _ = run(pipeline, contents, base)
    second, _ = run(pipeline, contents, base)
    assert statuses(second) == ["reused", "completed"]
    assert second.steps[0].outputs == first.steps[0].outputs
    assert second.steps[0].metrics == first.steps[0].metrics
    assert second.run_id > first.run_id or second.run_id[:15] == first.run_id[:15]


def test_reuse_can_be_refused_for_all_steps_or_one(base: Path) -> None:
    pipeline, contents = two_steps()
    run(pipeline, contents, base)
    assert statuses(run(pipeline, contents, base, reuse=False)[0]) == ["completed", "completed"]
    refresh = frozenset({"prepare.py"})
    assert statuses(run(pipeline, contents, base, refresh=refresh)[0]) == ["completed", "completed"]
    regenerate = replace(pipeline, regenerate=True)
    assert statuses(run(regenerate, contents, base)[0]) == ["completed", "completed"]


def test_independent_steps_run_at_the_same_time(base: Path, tmp_path: Path) -> None:
    left, right = str(tmp_path / "left"), str(tmp_path / "right")
    pipeline, contents = scripts(("a", MEET, (left, right)), ("b", MEET, (right, left)))
    assert statuses(run(pipeline, contents, base, jobs=2)[0]) == ["completed", "completed"]


def test_jobs_may_come_from_the_configuration(base: Path) -> None:
    pipeline, contents = scripts(("a", "pass", ()))
    events: list[Event] = []
    config = Config(folder=base, targets={"local": LocalSettings(jobs=7)})
    RUNNER.run(LocalRun(pipeline, RunRequest(), base, config, contents), events.append)
    assert "up to 7 steps at a time" in events[0].text


def test_a_failed_step_has_its_exit_code_and_its_lines(base: Path) -> None:
    pipeline, contents = scripts(
        ("a", "print('naïve: ü'); raise SystemExit(5)", ()), ("b", "pass", ()), order=(("a", "b"),)
    )
    summary, events = run(pipeline, contents, base)
    assert (summary.status, statuses(summary)) == ("failed", ["failed", "skipped"])
    assert summary.steps[0].exit_code == 5
    assert [event.text for event in events if event.kind == "log"] == ["naïve: ü"]
    (ended,) = [event for event in events if event.kind == "finished" and event.step == "step a"]
    assert ended.status == "failed" and "5" in ended.text
    log = base / ".pipelift/runs" / summary.run_id / "steps/a/log.txt"
    assert log.read_text(encoding="utf-8") == "naïve: ü\n"


def test_a_failure_stops_a_running_sibling(base: Path, tmp_path: Path) -> None:
    ready = str(tmp_path / "ready")
    waits = f"import os, time\nwhile not os.path.exists({ready!r}): time.sleep(0.01)\nraise SystemExit(1)"
    sleeps = f"import time\nopen({ready!r}, 'w').close()\ntime.sleep(60)"
    pipeline, contents = scripts(("a", waits, ()), ("b", sleeps, ()))
    began = time.monotonic()
    summary, _ = run(pipeline, contents, base, jobs=2)
    assert (summary.status, statuses(summary)) == ("failed", ["failed", "cancelled"])
    assert time.monotonic() - began < 30


def test_a_step_that_fails_once_is_tried_again(base: Path, tmp_path: Path) -> None:
    marker = str(tmp_path / "marker")
    text = f"import os\nif not os.path.exists({marker!r}): open({marker!r}, 'w'); raise SystemExit(3)"
    pipeline, contents = scripts(("a", text, ()), retries=1)
    summary, events = run(pipeline, contents, base)
    assert statuses(summary) == ["completed"]
    assert any("attempt 2 of 2" in event.text for event in events)


def test_a_step_that_runs_too_long_fails(base: Path) -> None:
    pipeline, contents = scripts(("a", "import time; time.sleep(60)", ()), timeout=0.3)
    summary, _ = run(pipeline, contents, base)
    assert statuses(summary) == ["failed"]


@pytest.mark.parametrize("name", ["../../up", "a\nb", "$(touch gone)", "'; exit 9 #", "ünï", "[bold]x"])
def test_names_and_arguments_are_only_text(base: Path, name: str) -> None:
    check = f"import sys; assert sys.argv[1] == {name!r}"
    pipeline, contents = scripts(("a", check, (name,)), name=name)
    summary, _ = run(pipeline, contents, base)
    assert [(step.name, step.status) for step in summary.steps] == [(name, "completed")]
    assert not list(base.parent.rglob("gone"))


def test_a_python_that_is_gone_fails_the_step(base: Path) -> None:
    pipeline, contents = scripts(("a", "pass", ()))
    summary, events = run(pipeline, contents, base, python="/nowhere/bin/python")
    assert statuses(summary) == ["failed"]
    assert "/nowhere/bin/python" in [event.text for event in events if event.kind == "finished"][-1]


DRIVER = """\
import sys
from pathlib import Path
from pipelift.backends.local import TARGET as RUNNER
from pipelift.compiler.config import Config
from pipelift.app.progress import open_progress
from pipelift.app.request import RunRequest
from pipelift.app.running import LocalRun
from tests.support.samples import scripts
base = Path(sys.argv[1])
text = "import os, time; print('pid', os.getpid()); time.sleep(60)"
pipeline, contents = scripts(("a", text, ()), ("b", text, ()), ("c", text, ()), order=(("a", "c"),))
with open_progress(3, sys.stdout, as_json=True) as progress:
    run = LocalRun(pipeline, RunRequest(jobs=2), base, Config(folder=base), contents)
    summary = RUNNER.run(run, progress.tell)
print(summary.status, [step.status for step in summary.steps])
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_leaves_no_process_and_a_consistent_state(
    base: Path, number: signal.Signals
) -> None:
    driver = subprocess.Popen(
        [sys.executable, "-c", DRIVER, str(base)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert driver.stdout is not None
    pids: list[int] = []
    while len(pids) < 2:
        event = json.loads(driver.stdout.readline())
        if event["event"] == "log":
            pids.append(int(event["text"].split()[1]))
    driver.send_signal(number)
    out, err = driver.communicate(timeout=30)
    assert out.splitlines()[-1] == "cancelled ['cancelled', 'cancelled', 'cancelled']"
    assert "Traceback" not in err
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    (run_file,) = (base / ".pipelift/runs").glob("*/run.json")
    assert json.loads(run_file.read_text())["status"] == "cancelled"


def test_a_chain_costs_us_little_a_step(base: Path) -> None:
    """In processor time of our own, which a busy machine leaves as it is; benchmarks/ measures the wall clock."""
    names = [f"s{number}" for number in range(40)]
    pipeline, contents = scripts(*((name, "pass", ()) for name in names), order=tuple(pairwise(names)))
    began = time.process_time()
    assert run(pipeline, contents, base)[0].status == "completed"
    assert (time.process_time() - began) / len(names) < 0.05


def test_a_chain_of_reuse_hits_starts_nothing(base: Path) -> None:
    names = [f"s{number}" for number in range(40)]
    pipeline, contents = scripts(*((name, "pass", ()) for name in names), order=tuple(pairwise(names)))
    keys = (ir.Reuse(key=f"{number:064}") for number in range(40))
    steps = tuple(replace(step, reuse=key) for step, key in zip(pipeline.steps, keys, strict=True))
    pipeline = replace(pipeline, steps=steps)
    run(pipeline, contents, base)
    began = time.process_time()
    summary, _ = run(pipeline, contents, base)
    assert set(statuses(summary)) == {"reused"}
    assert (time.process_time() - began) / len(names) < 0.01
