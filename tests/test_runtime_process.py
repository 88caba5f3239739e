"""The user's process: its lines, its end, and how it is ended."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelift.compiler import ir
from pipelift.runtime import process
from tests.runtime_world import STORE, World, launcher


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def _alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and was not yet collected does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        pass
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return not Path("/proc/self").exists()


def _eventually(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return False


def test_lines_come_while_the_script_runs(world: World) -> None:
    seen = threading.Event()
    script = """
    import os, time
    print("first")
    deadline = time.monotonic() + 20
    while not os.path.exists(os.environ["AML_PARAMETER_flag"]) and time.monotonic() < deadline:
        time.sleep(0.01)
    print("second")
    """
    flag = world.root / "flag"
    world.parameter("flag", str(flag))
    world.step(script)
    lines: list[str] = []

    def emit(line: str) -> None:
        lines.append(line)
        if line == "first":
            flag.touch()
            seen.set()

    assert world.run(emit=emit).status == "completed"
    assert seen.is_set()
    assert lines == ["first", "second"]


def test_stderr_progress_bars_and_a_last_line_without_end(world: World) -> None:
    world.step("import sys; sys.stderr.write('10%\\r50%\\r100%\\n'); print('x\\r'); sys.stdout.write('end')")
    world.run()
    assert world.lines == ["100%", "x", "end"]


@pytest.mark.parametrize(
    ("script", "code", "reason"),
    [
        ("import sys; sys.exit(3)", 3, "the script ended with exit status 3"),
        ("raise ValueError('no')", 1, "the script ended with exit status 1"),
        ("import os; os.kill(os.getpid(), 9)", 137, "the script was killed by SIGKILL"),
        ("import os; os.abort()", 134, "the script was killed by SIGABRT"),
    ],
)
def test_failures_keep_their_code(world: World, script: str, code: int, reason: str) -> None:
    world.step(script)
    result = world.run()
    assert (result.status, result.exit_code, result.reason) == ("failed", code, reason)
    assert world.record()["status"] == "failed"


def test_a_timeout_ends_the_script_and_its_children(world: World) -> None:
    script = """
    import subprocess, sys, time
    print(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]).pid)
    time.sleep(60)
    """
    world.step(script, timeout=1)
    result = world.run()
    assert (result.status, result.exit_code) == ("failed", 124)
    assert result.reason == "it ran longer than its timeout of 1 seconds"
    assert _eventually(lambda: not _alive(int(world.lines[0])))


def test_cancelling_asks_first_and_kills_then(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "GRACE", 0.3)
    script = """
    import signal, time
    signal.signal(signal.SIGTERM, lambda *_: print("asked"))
    print("up")
    for _ in range(600):
        time.sleep(0.1)
    """
    world.step(script)
    cancel = threading.Event()
    lines: list[str] = []

    def emit(line: str) -> None:
        lines.append(line)
        cancel.set()

    result = world.run(emit=emit, cancel=cancel)
    assert (result.status, result.exit_code, lines) == ("cancelled", 143, ["up", "asked"])
    assert result.seconds < 20


def test_a_cancelled_run_starts_no_step(world: World) -> None:
    cancel = threading.Event()
    cancel.set()
    world.step("print('ran')")
    result = world.run(cancel=cancel)
    assert (result.status, result.exit_code, world.lines) == ("cancelled", 76, [])


def test_what_a_script_leaves_in_the_background_does_not_hold_the_step(world: World) -> None:
    script = """
    import subprocess, sys
    print(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]).pid)
    """
    world.step(script)
    result = world.run()
    assert (result.status, result.seconds < 20) == ("completed", True)
    assert _eventually(lambda: not _alive(int(world.lines[0])))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_to_the_launcher_reaches_the_script(world: World, number: signal.Signals) -> None:
    script = """
    import signal, sys, time
    def end(number, frame):
        print("got", number)
        sys.exit(0)
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, end)
    print("up")
    time.sleep(60)
    """
    world.step(script)
    spec = world.root / "step.json"
    spec.write_text(json.dumps(world.spec()))
    command = launcher(
        "step",
        f"--spec={spec}",
        f"--source={world.root / 'source/step'}",
        f"--state={world.state}",
        "--run=r1",
    )
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as launched:
        assert launched.stdout is not None
        assert launched.stdout.readline() == "up\n"
        launched.send_signal(number)
        rest, errors = launched.communicate(timeout=30)
    assert (rest, launched.returncode) == (f"got {int(number)}\n", 128 + number)
    assert errors == "pipelift: step 'step' cancelled: cancelled\n"
    assert world.record()["status"] == "cancelled"


def test_a_program_in_the_source_may_be_run(world: World) -> None:
    world.step("", files={"tool.sh": "#!/bin/sh\necho tool\n"}, run=ir.Command(program="./tool.sh"))
    tool = world.root / "source/step/tool.sh"
    assert world.run().exit_code == 126
    tool.chmod(0o755)
    assert world.run(reuse=False).status == "completed"
    assert world.lines == ["tool"]
    assert STORE not in world.record()["outputs"]
