"""No program takes more than 10 seconds or 512 MB to check, or ends in a fault, whatever it does with what is large.

A sample runs in the suite; `PIPELIFT_BOMBS=all pytest tests/compiler/evaluate/test_bombs.py` (`make soak`) tries all.
"""

from __future__ import annotations

import os
import random
import resource
import sys
from pathlib import Path

import pytest

from pipelift.app.cli.main import main
from pipelift.compiler.evaluate import meter
from tests.compiler.evaluate.bombs import BOMBS, PROGRAMS

SHARE = 1 if "PIPELIFT_BOMBS" in os.environ else 10
"""One in so many steps of the meter that a loop may take here, and seconds: the suite has no time for more."""

SECONDS = 10
MEGABYTES = 512 - 60
"""Of what a program makes; the rest is the interpreter and pipelift."""

ADDRESSES = 6_000_000_000
_GROUPS = 8
"""Cases are tried many in one test: each in a process that is forked from one that has pipelift."""

SAMPLE = 16


def _pick() -> list[str]:
    wanted = os.environ.get("PIPELIFT_BOMBS", "")
    names = [name for name in BOMBS if wanted in name] if wanted not in ("", "all") else list(BOMBS)
    return names if wanted else [*PROGRAMS, *random.Random(len(BOMBS)).sample(names, SAMPLE)]


@pytest.mark.parametrize("group", range(_GROUPS))
def test_no_program_takes_long_or_much(group: int, tmp_path: Path) -> None:
    faults = [fault for name in _pick()[group::_GROUPS] if (fault := _find_fault(name, tmp_path / "x"))]
    assert not faults, "\n".join(faults)


def _find_fault(name: str, folder: Path) -> str:
    (folder / "src").mkdir(parents=True, exist_ok=True)
    (folder / "src" / "s.py").write_text("")
    (folder / "pipeline.py").write_text(BOMBS[name])
    child = os.fork()
    if child == 0:
        _check(folder)
    _, status, usage = os.wait4(child, 0)
    code = os.waitstatus_to_exitcode(status)
    seconds = usage.ru_utime + usage.ru_stime
    inherited = int(
        (folder / "before").read_text() or "0"
    )  # from the process of the tests, which has all targets
    megabytes = (usage.ru_maxrss - inherited) / (1_000_000 if sys.platform == "darwin" else 1_000)
    if (log := os.environ.get("PIPELIFT_BOMBS_LOG")) is not None:
        with open(log, "a", encoding="utf-8") as file:
            file.write(f"{code}\t{seconds:.1f}\t{megabytes:.0f}\t{name}\n")
    if code in (0, 1) and seconds <= (SECONDS if SHARE == 1 else SECONDS / 4) and megabytes <= MEGABYTES:
        return ""
    output = (folder / "output").read_text(errors="replace")[-300:]
    return f"{name}: exit status {code}, {seconds:.1f} s, {megabytes:.0f} MB: {output}"


def _check(folder: Path) -> None:
    """Check the pipeline, in a process that ends here."""
    code = 99
    try:
        (folder / "before").write_text(str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss))
        meter.STEPS //= SHARE
        meter.LOOP_STEPS //= SHARE
        resource.setrlimit(resource.RLIMIT_AS, (ADDRESSES, ADDRESSES))
        resource.setrlimit(resource.RLIMIT_CPU, (2 * SECONDS, 2 * SECONDS + 1))
        os.chdir(folder)
        output = os.open("output", os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
        os.dup2(output, 1)
        os.dup2(output, 2)
        sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115
        sys.stderr = open(2, "w", closefd=False)  # noqa: SIM115
        main(["check", "pipeline.py"], standalone_mode=False)
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0 if end.code is None else 98
    finally:
        sys.stdout.flush()
        os._exit(code)
