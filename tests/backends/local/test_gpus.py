"""GPUs of this machine, shared out: no two steps that run at once see the same one."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipelift.app.api import run_file
from pipelift.backends.local.gpus import VARIABLE, Gpus, gpus_for, visible_gpus
from pipelift.compiler import ir
from tests.support.folders import write_program
from tests.support.hardware import project
from tests.support.samples import two_steps

SMI = """#!/bin/sh
echo "GPU 0: Tesla V100 (UUID: GPU-aa)"
echo "  MIG 1g.5gb Device 0: (UUID: MIG-bb)"
echo "GPU 1: Tesla V100 (UUID: GPU-cc)"
"""


def step(gpus: int, **fields: Any) -> ir.Step:
    return replace(two_steps()[0].steps[0], resources=ir.Resources(gpus=gpus), **fields)


def nvidia_smi(folder: Path, script: str) -> Mapping[str, str]:
    write_program(folder / "nvidia-smi", script)
    return {"PATH": f"{folder}:/bin:/usr/bin"}


def test_the_machine_is_asked_what_it_has(tmp_path: Path) -> None:
    assert visible_gpus(nvidia_smi(tmp_path, SMI)) == ("0", "1")


@pytest.mark.parametrize("script", ["#!/bin/sh\nexit 9\n", "#!/no/such/shell\n"])
def test_a_driver_that_does_not_answer_is_none(script: str, tmp_path: Path) -> None:
    assert visible_gpus(nvidia_smi(tmp_path, script)) == ()
    assert visible_gpus({"PATH": "/no/where"}) == ()


@pytest.mark.parametrize(
    ("given", "expected"),
    [("2,3", ("2", "3")), ("", ()), ("-1", ()), ("0,-1,1", ("0",)), ("GPU-aa, GPU-cc", ("GPU-aa", "GPU-cc"))],
)
def test_what_the_user_leaves_to_the_run(given: str, expected: tuple[str, ...], tmp_path: Path) -> None:
    assert visible_gpus({**nvidia_smi(tmp_path, SMI), VARIABLE: given}) == expected


def test_without_a_step_that_wants_one_nobody_is_asked(tmp_path: Path) -> None:
    environ = nvidia_smi(tmp_path, f"#!/bin/sh\ntouch {tmp_path}/asked\n")
    cheap = replace(two_steps()[0], steps=(step(0),))
    gpus_for(cheap, environ)
    assert not (tmp_path / "asked").exists()
    gpus_for(replace(cheap, steps=(step(1),)), environ)
    assert (tmp_path / "asked").exists()


@pytest.mark.parametrize(
    ("devices", "asking", "expected"),
    [
        ((), step(2), {}),
        (("0", "1"), step(0), {}),
        (("0", "1"), step(1), {VARIABLE: "0"}),
        (("0", "1"), step(8), {VARIABLE: "0,1"}),
        (("0",), step(1, variables=(ir.NamedValue(name=VARIABLE, value="3"),)), {}),
    ],
)
def test_what_a_step_sees(devices: tuple[str, ...], asking: ir.Step, expected: Mapping[str, str]) -> None:
    with Gpus(devices).lease(asking, print, threading.Event()) as variables:
        assert variables == expected


def test_steps_at_once_never_share_and_the_first_to_ask_is_the_first_to_get() -> None:
    pool = Gpus(("0", "1", "2"))
    order: list[str] = []
    lines: list[str] = []
    busy: set[str] = set()
    guard = threading.Lock()

    def work(name: str, count: int) -> None:
        with pool.lease(step(count), lines.append, threading.Event()) as variables:
            mine = set(variables[VARIABLE].split(","))
            with guard:
                assert not busy & mine
                busy.update(mine)
                order.append(name)
            time.sleep(0.05)
            with guard:
                busy.difference_update(mine)

    threads = []
    for number, count in enumerate((2, 3, 1, 1, 2, 9)):
        threads.append(threading.Thread(target=work, args=(str(number), count)))
        threads[-1].start()
        time.sleep(0.01)
    for thread in threads:
        thread.join(10)
    assert order[:2] == ["0", "1"]
    assert sorted(order) == [str(number) for number in range(6)]
    assert lines[0] == "waits until 3 of 3 GPUs are free"


def test_a_cancelled_step_stops_waiting_and_leaves_the_others_theirs() -> None:
    pool, cancel = Gpus(("0",)), threading.Event()
    with pool.lease(step(1), print, threading.Event()):
        threading.Timer(0.1, cancel.set).start()
        with pool.lease(step(1), lambda line: None, cancel) as variables:
            assert variables == {VARIABLE: ""}
    with pool.lease(step(1), print, threading.Event()) as variables:
        assert variables == {VARIABLE: "0"}


def test_two_steps_of_a_run_that_share_one_gpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    body = 'Pipeline(ws, [step("a", "STANDARD_NC6"), step("b", "STANDARD_NC6"), step("c", "STANDARD_D2_V2")])'
    file = project(tmp_path, body)
    (tmp_path / "src" / "train.py").write_text(
        "import os, time\n"
        "start = time.time()\n"
        "time.sleep(0.3)\n"
        "print('saw', os.environ.get('CUDA_VISIBLE_DEVICES'), start, time.time())\n"
    )
    monkeypatch.setenv(VARIABLE, "7")
    lines: dict[str, list[str]] = {}

    def tell(event: object) -> None:
        text = str(getattr(event, "text", ""))
        if text.startswith("saw"):
            lines[str(getattr(event, "step", ""))] = text.split()[1:]

    ran = run_file(file, python=sys.executable, tell=tell, jobs=3, environ=dict(os.environ))
    assert ran.summary is not None and ran.summary.status == "completed"
    assert lines["a"][0] == lines["b"][0] == "7"
    (_, start_a, end_a), (_, start_b, end_b) = lines["a"], lines["b"]
    assert float(end_a) <= float(start_b) or float(end_b) <= float(start_a)
