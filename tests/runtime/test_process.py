"""The user's process: its lines, its end, and how it is ended."""

from __future__ import annotations

import signal
import subprocess
import threading
from collections.abc import Sequence
from typing import Any

import pytest

from pipelift.app.interrupts import SIGNALS
from pipelift.compiler import ir
from pipelift.runtime import process
from pipelift.runtime.guard import Guard
from tests.support.ended import alive, eventually, start
from tests.support.runtime_world import STORE, World, launcher


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
    assert eventually(lambda: not alive(int(world.lines[0])))


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
    assert eventually(lambda: not alive(int(world.lines[0])))


def _launch(world: World, before: Sequence[str] = (), **fields: Any) -> subprocess.Popen[bytes]:
    """The launcher's command line on the world's step, as an image starts it; or what `before` makes of it."""
    spec = world.write_spec()
    options = (
        f"--spec={spec}",
        f"--source={world.root / 'source/step'}",
        f"--state={world.state}",
        "--run=r1",
    )
    return start([*before, *launcher("step", *options)], world.root, **fields)


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_to_the_launcher_reaches_the_script(world: World, number: signal.Signals) -> None:
    script = """
    import signal, sys, time
    def end(number, frame):
        print("got", number)
        sys.exit(0)
    for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(each, end)
    print("up")
    time.sleep(60)
    """
    world.step(script)
    with _launch(world) as launched:
        assert launched.stdout is not None
        assert launched.stdout.readline() == b"up\n"
        launched.send_signal(number)
        rest, errors = launched.communicate(timeout=30)
    assert (rest.decode(), launched.returncode) == (f"got {int(number)}\n", 128 + number)
    assert errors == b"pipelift: step 'step' cancelled: cancelled\n"
    assert world.record()["status"] == "cancelled"


def test_a_signal_that_the_starter_ignores_ends_nothing(world: World) -> None:
    world.step("import time; print('up', flush=True); time.sleep(1)")
    with _launch(world, ignored=SIGNALS) as launched:
        assert launched.stdout is not None
        assert launched.stdout.readline() == b"up\n"
        for number in SIGNALS:
            launched.send_signal(number)
        launched.communicate(timeout=30)
    assert launched.returncode == 0
    assert world.record()["status"] == "completed"


DEAF_CHILD = """
import signal, subprocess, sys, time
deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); time.sleep(60)"
child = subprocess.Popen([sys.executable, "-c", deaf], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
child.stdout.readline()
print(child.pid, flush=True)
"""
"""A script whose child ignores SIGTERM and holds none of its streams."""


@pytest.mark.parametrize("rest", ["time.sleep(60)", ""])
def test_nothing_of_the_group_outlives_the_step(
    world: World, rest: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "GRACE", 0.5)
    world.step(DEAF_CHILD + rest)
    cancel = threading.Event()
    lines: list[str] = []

    def emit(line: str) -> None:
        lines.append(line)
        if rest:
            cancel.set()

    assert world.run(emit=emit, cancel=cancel).status == ("cancelled" if rest else "completed")
    assert eventually(lambda: not alive(int(lines[0])))


def test_the_group_ends_with_a_launcher_that_is_killed(world: World) -> None:
    world.step(DEAF_CHILD + "import os; print(os.getpid(), flush=True); time.sleep(60)")
    with _launch(world) as launched:
        assert launched.stdout is not None
        pids = [int(launched.stdout.readline()) for _ in range(2)]
        launched.kill()
    assert eventually(lambda: not any(alive(pid) for pid in pids))


def test_a_guard_kills_the_groups_that_are_left_and_no_others() -> None:
    sleep = ["sleep", "60"]
    with Guard() as guard:
        scripts = [subprocess.Popen(sleep, start_new_session=True) for _ in range(4)]
        for script in scripts[:3]:
            guard.watch(script.pid)
        guard.release(scripts[1].pid)
    try:
        assert [scripts[at].wait(10) for at in (0, 2)] == [-signal.SIGKILL] * 2
        assert [scripts[at].poll() for at in (1, 3)] == [None, None]
    finally:
        for script in scripts:
            script.kill()
            script.wait()


def test_a_guard_that_was_killed_is_replaced() -> None:
    scripts = [subprocess.Popen(["sleep", "60"], start_new_session=True) for _ in range(2)]
    with Guard() as guard:
        guard.watch(scripts[0].pid)
        assert guard._process is not None
        guard._process.kill()
        guard._process.wait()
        guard.watch(scripts[1].pid)
    assert [script.wait(10) for script in scripts] == [-signal.SIGKILL] * 2


def test_a_log_that_cannot_be_written_fails_the_step_with_that_reason(world: World) -> None:
    """No file of the launcher may be larger than 64 KiB here: the log alone would be."""
    world.step("import time; print('a line ' * 20000, flush=True); time.sleep(60)")
    with _launch(world, before=("sh", "-c", 'ulimit -f 128; exec "$@"', "sh")) as launched:
        launched.communicate(timeout=30)
    assert launched.returncode == 74
    record, log = world.record(), world.place() / "log.txt"
    assert (record["status"], record["exit_code"]) == ("failed", 74)
    assert record["reason"] == f"its log {log} cannot be written: File too large"


def test_streams_of_the_launcher_that_fail_end_no_step(world: World) -> None:
    world.step("for number in range(20000): print(number)", reuse=ir.Reuse(key="k" * 64, allowed=False))
    with open("/dev/full", "wb") as full:
        for fields in ({"stdout": full, "stderr": full}, {"closed": (0, 1, 2)}):
            with _launch(world, **fields) as launched:
                launched.communicate(timeout=30)
            assert launched.returncode == 0
            assert world.record()["status"] == "completed"


def test_a_line_without_end_is_passed_on_in_pieces_and_masked_in_all_of_them() -> None:
    secret = b"s3cr3t-" * 9

    def mask(line: bytes) -> bytes:
        return line.replace(secret, b"***")

    text = (b"x" * 5000 + secret) * 800
    lines = process._Lines(mask)
    pieces = [
        piece for start in range(0, len(text), 7777) for piece in lines.taken(text[start : start + 7777])
    ]
    assert len(pieces) > 10 and max(map(len, pieces)) <= process._LONGEST + 7777
    assert b"".join([*pieces, *lines.rest()]) == mask(text)


def test_a_long_line_costs_time_in_proportion_to_its_length() -> None:
    """Counted, not timed: no byte is looked at more often in a line that is twenty times as long."""
    seen = 0

    def mask(line: bytes) -> bytes:
        nonlocal seen
        seen += len(line)
        return line

    for length in (1 << 20, 20 << 20):
        seen, lines = 0, process._Lines(mask)
        for _ in range(length >> 16):
            lines.taken(b"x" * (1 << 16))
        lines.rest()
        assert seen < 2 * length


def test_a_program_in_the_source_may_be_run(world: World) -> None:
    world.step("", files={"tool.sh": "#!/bin/sh\necho tool\n"}, run=ir.Command(program="./tool.sh"))
    tool = world.root / "source/step/tool.sh"
    assert world.run().exit_code == 126
    tool.chmod(0o755)
    assert world.run(reuse=False).status == "completed"
    assert world.lines == ["tool"]
    assert STORE not in world.record()["outputs"]
