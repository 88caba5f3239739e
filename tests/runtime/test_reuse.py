"""When the launcher reuses a result, and when it must not."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipelift.compiler import ir
from pipelift.runtime.context import Result
from pipelift.runtime.launch import run_step
from tests.support.folders import read_texts
from tests.support.runtime_world import COUNT, STORE, TO_OUT, World, launcher, output


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    world.put("raw/a.csv", "1")
    world.parameter("rate", "0.5")
    world.step(COUNT, inputs=[world.dataset("raw")], outputs=[output()], arguments=TO_OUT)
    return world


def test_a_result_is_reused_with_its_outputs_and_metrics(world: World) -> None:
    first = world.run("r1")
    second = world.run("r2")
    assert (first.status, second.status, second.exit_code) == ("completed", "reused", 0)
    assert second.outputs == first.outputs
    assert second.metrics == {"rows": 3}
    assert second.result_id == first.result_id
    assert world.record("r2")["reused_from"] == {"run": "r1", "step": "step"}
    assert world.lines == []
    assert world.run("r3").status == "reused"


def _changed_step(world: World, **fields: Any) -> None:
    step = replace(world.steps[0], **fields)
    world.steps[:] = [step]


def _data_elsewhere(world: World) -> None:
    world.put("raw2/a.csv", "1")
    world.datasets[0] = replace(world.datasets[0], locations=(ir.Location(store=STORE, path="raw2"),))


CHANGES: dict[str, tuple[Callable[[World], object], dict[str, Any], str]] = {
    "nothing": (lambda world: None, {}, "reused"),
    "the same value, given": (lambda world: None, {"parameters": {"rate": "0.5"}}, "reused"),
    "another value": (lambda world: None, {"parameters": {"rate": "0.6"}}, "completed"),
    "the static key": (lambda world: _changed_step(world, reuse=ir.Reuse(key="z" * 64)), {}, "completed"),
    "reuse not allowed": (
        lambda world: _changed_step(world, reuse=ir.Reuse(key="k" * 64, allowed=False)),
        {},
        "completed",
    ),
    "another dataset": (_data_elsewhere, {}, "completed"),
    "a file of the dataset, by definition": (lambda world: world.put("raw/a.csv", "2"), {}, "reused"),
    "no reuse asked": (lambda world: None, {"reuse": False}, "completed"),
    "refreshed": (lambda world: None, {"refresh": ["step"]}, "completed"),
    "another step refreshed": (lambda world: None, {"refresh": ["other"]}, "reused"),
    "the output deleted": (lambda world: shutil.rmtree(world.store / "azureml"), {}, "completed"),
    "a file of the output deleted": (
        lambda world: (world.store / "azureml/r1_step/out/b.txt").unlink(),
        {},
        "completed",
    ),
    "a file of the output changed": (
        lambda world: (world.store / "azureml/r1_step/out/b.txt").write_text("longer than before"),
        {},
        "completed",
    ),
    "the reuse record cut off": (
        lambda world: world.reuse_records()[0].write_text('{"outputs'),
        {},
        "completed",
    ),
    "the reuse record of another shape": (
        lambda world: world.reuse_records()[0].write_text("[]"),
        {},
        "completed",
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_makes_a_step_run_again(world: World, change: str) -> None:
    world.run("r1")
    act, options, status = CHANGES[change]
    act(world)
    assert world.run("r2", **options).status == status


def test_a_key_is_explained_by_its_parts(world: World) -> None:
    world.run("r1")
    world.run("r2", parameters={"rate": "0.6"})
    before, after = (
        {part["name"]: part["digest"] for part in world.record(run)["key_parts"]} for run in ("r1", "r2")
    )
    assert [name for name in before if before[name] != after[name]] == ["parameter rate"]
    assert list(before) == ["step", "parameter rate", "input data"]


def test_a_step_that_may_not_be_reused_leaves_no_reuse_record(world: World) -> None:
    _changed_step(world, reuse=ir.Reuse(key="k" * 64, allowed=False))
    world.run("r1")
    assert world.reuse_records() == []


def test_a_new_result_upstream_makes_its_consumer_run(world: World) -> None:
    source = ir.StepSource(step="step", port="out")
    script = "import os, sys; print(sorted(os.listdir(sys.argv[1])))"
    argument = [ir.InputPath(port="in")]
    world.step(script, id="after", inputs=[ir.Input(name="in", source=source)], arguments=argument)

    def both(run: str, **options: Any) -> list[str]:
        return [world.run(run, **options).status, world.run(run, id="after").status]

    assert both("r1") == ["completed", "completed"]
    assert both("r2") == ["reused", "reused"]
    assert both("r3", reuse=False) == ["completed", "completed"]
    assert both("r4") == ["reused", "reused"]


def test_with_identity_by_content_equal_data_are_the_same(world: World) -> None:
    world.identity = "content"
    source = ir.StepSource(step="step", port="out")
    world.step("", id="after", inputs=[ir.Input(name="in", source=source)])
    first = world.run("r1")
    assert world.run("r1", id="after").status == "completed"
    again = world.run("r2", reuse=False)
    assert again.result_id == first.result_id
    assert world.run("r2", id="after").status == "reused"
    world.put("raw/a.csv", "2")
    assert world.run("r3").status == "completed"


def test_a_failure_feeds_no_reuse(world: World) -> None:
    world.step(COUNT + "\nsys.exit(1)", inputs=world.steps[0].inputs, outputs=[output()], arguments=TO_OUT)
    assert [world.run(run).status for run in ("r1", "r2")] == ["failed", "failed"]
    assert world.reuse_records() == []


def test_a_merged_destination_is_judged_by_its_own_files(world: World) -> None:
    port = output(path="models", explicit=True)
    script = """
    import os, sys
    os.makedirs(sys.argv[1])
    open(os.path.join(sys.argv[1], "rate.txt"), "w").write(os.environ["AML_PARAMETER_rate"])
    """
    world.step(script, outputs=[port], arguments=TO_OUT)
    assert world.run("r1").status == "completed"
    world.put("models/of-another.txt", "x")
    assert world.run("r2").status == "reused"
    assert world.run("r3", parameters={"rate": "0.75"}).status == "completed"
    # The file that the first result was made of is another now.
    assert world.run("r4").status == "completed"
    assert read_texts(world.store / "models") == {"of-another.txt": "x", "rate.txt": "0.5"}


def test_two_runs_with_one_key_both_end_well(world: World) -> None:
    results: list[Result] = []
    spec = world.spec()
    contexts = [world.context(f"r{number}") for number in range(4)]
    threads = [
        threading.Thread(target=lambda context=context: results.append(run_step(spec, context)))
        for context in contexts
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {result.status for result in results} <= {"completed", "reused"}
    (record,) = world.reuse_records()
    assert json.loads(record.read_text())["result"] in {result.result_id for result in results}
    assert world.run("r9").status == "reused"
    assert not (world.store / ".pipelift").exists()


def test_a_killed_launcher_leaves_nothing_to_reuse(world: World) -> None:
    script = COUNT + "\nprint(os.getpid(), flush=True)\nimport time; time.sleep(60)\n"
    world.step(script, inputs=world.steps[0].inputs, outputs=[output()], arguments=TO_OUT)
    spec = world.write_spec()
    command = launcher(
        "step",
        f"--spec={spec}",
        f"--source={world.root / 'source/step'}",
        f"--state={world.state}",
        f"--store={STORE}={world.store}",
        "--run=r1",
    )
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        script_pid = int(process.stdout.readline())
        process.kill()
    os.kill(script_pid, signal.SIGKILL)
    assert world.reuse_records() == []
    assert not (world.store / "azureml").exists()
    assert not (world.place() / "record.json").exists()
    world.step(COUNT, inputs=world.steps[0].inputs, outputs=[output()], arguments=TO_OUT)
    assert world.run("r1").status == "completed"
    assert not (world.store / ".pipelift").exists()
