"""The benchmarks: each makes its own files below a folder, measures, and gives the lines to print."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Iterator
from pathlib import Path

from benchmarks import chain
from benchmarks.front_end import read_source
from benchmarks.measure import PIPELIFT, PYTHON, Result, in_turn, seconds

LENGTH = 300  # steps of the chain that is compared with kfp
LENGTHS = (10, 300, 1000)
LINEAR = 1.5  # how much dearer a step may be in a long chain than in a short one, noise included
OVERHEAD = 50.0  # milliseconds


def compile_chain(folder: Path) -> Iterator[Result]:
    """A chain to Compose against kfp's own trace and compile of the same chain, whole processes."""
    chain.write(folder, LENGTH)
    fresh = itertools.count()

    def ours(*options: str) -> float:
        return seconds(_compile(f"out-{next(fresh)}", *options), folder)

    def peer() -> float:
        return seconds([PYTHON, "kfp_chain.py"], folder)

    what = f"{LENGTH} steps: compile to Compose against kfp's trace and compile"
    mine, kfp = in_turn(lambda: ours("--no-verify"), peer, rounds=5)
    yield Result(what, f"{mine:.2f} s", f"{kfp:.2f} s (kfp)", mine / kfp, 0.5)
    seconds([PIPELIFT, "compile", "pipeline.py", "-t", "kubeflow", "-o", "dsl", "--no-verify"], folder)
    mine, kfp = in_turn(
        lambda: ours("--no-verify"), lambda: seconds([PYTHON, "dsl/pipeline.py"], folder), rounds=3
    )
    told = f"{what}, of a DSL file that says all that the pipeline says"
    yield Result(told, f"{mine:.2f} s", f"{kfp:.2f} s (kfp)", mine / kfp, None)
    mine, kfp = in_turn(lambda: ours("--verify"), peer, rounds=3)
    what = f"{what}, checked by docker compose as well"
    yield Result(what, f"{mine:.2f} s", f"{kfp:.2f} s (kfp)", mine / kfp, None)


def start(folder: Path) -> Iterator[Result]:
    """The command's start against the import of its command line library."""
    folder.mkdir()
    ours, peer = in_turn(
        lambda: seconds([PIPELIFT, "--help"], folder),
        lambda: seconds([PYTHON, "-c", "import click"], folder),
        rounds=20,
    )
    what = "start: pipelift --help against python -c 'import click'"
    yield Result(what, f"{ours * 1000:.0f} ms", f"{peer * 1000:.0f} ms (click)", ours / peer, 2.5)


def grow_compile(folder: Path) -> Iterator[Result]:
    """What a step costs the compiler in chains of growing length."""
    ours, peer = {}, {}
    fresh = itertools.count()
    for length in LENGTHS:
        chain.write(folder / str(length), length)
        rounds = 2 if length == LENGTHS[-1] else 5
        ours[length], peer[length] = _compile_with_kfp(folder / str(length), fresh, rounds)
    yield _growth("growth: compile to Compose, time a further step", ours, peer)


def _compile_with_kfp(folder: Path, fresh: Iterator[int], rounds: int) -> tuple[float, float]:
    """Seconds to compile the chain in `folder`, each time to another output, and what kfp takes for it."""
    return in_turn(
        lambda: seconds(_compile(f"out-{next(fresh)}", "--no-verify"), folder),
        lambda: seconds([PYTHON, "kfp_chain.py"], folder),
        rounds=rounds,
    )


def run_steps(folder: Path) -> Iterator[Result]:
    """The local runner's time a step above that of the step's own process, and how it grows."""
    times = {}
    for length in LENGTHS:
        chain.write(folder / str(length), length)
        command = [PIPELIFT, "run", "pipeline.py", "--json", "--python", PYTHON, "--jobs", "1"]
        times[length] = seconds(command, folder / str(length))
    alone = [PYTHON, str(folder / "10" / "src" / "step.py"), "--output", "words"]
    process = statistics.median(seconds(alone, folder) for _ in range(20))
    a_step = _marginal(times)[0]
    ours, peer = f"{a_step:.0f} ms a step", f"{process * 1000:.0f} ms (the step's own process)"
    yield Result(
        "local run: time a step above its process", ours, peer, a_step - process * 1000, OVERHEAD, "ms"
    )
    yield _growth("growth: local run, time a further step", times, None)


def draw(folder: Path) -> Iterator[Result]:
    """The page with the drawing of a long pipeline against the same graph as plain data."""
    length = LENGTHS[-1]
    chain.write(folder, length)
    ours, peer = in_turn(
        lambda: seconds([PIPELIFT, "graph", "pipeline.py", "--format", "html"], folder),
        lambda: seconds([PIPELIFT, "graph", "pipeline.py", "--format", "json"], folder),
        rounds=3,
    )
    what = f"{length} steps: graph --format html against --format json"
    yield Result(what, f"{ours:.2f} s", f"{peer:.2f} s (json)", ours / peer, 3.0)


def _compile(output: str, *options: str) -> list[str]:
    return [PIPELIFT, "compile", "pipeline.py", "--target", "compose", "-o", output, *options]


def _growth(what: str, times: dict[int, float], peer: dict[int, float] | None) -> Result:
    """How much more a further step costs in a long chain than in a shorter one; 1 is linear."""
    short, long = _marginal(times)
    other = "none" if peer is None else "kfp {:.1f} -> {:.1f} ms".format(*_marginal(peer))
    ours = f"{short:.1f} ms up to {LENGTHS[1]} steps -> {long:.1f} ms up to {LENGTHS[2]}"
    return Result(what, ours, other, long / short, LINEAR)


def _marginal(times: dict[int, float]) -> tuple[float, float]:
    small, middle, large = LENGTHS
    short = (times[middle] - times[small]) / (middle - small)
    return short * 1000, (times[large] - times[middle]) / (large - middle) * 1000


ALL = (start, read_source, compile_chain, grow_compile, draw, run_steps)
