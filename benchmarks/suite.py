"""The benchmarks: each makes its own files below a folder, measures, and gives the lines to print."""

from __future__ import annotations

import itertools
import shlex
import statistics
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks import chain
from benchmarks.front_end import read_source
from benchmarks.measure import PIPELIFT, PYTHON, Result, in_turn, seconds, wall_seconds

LENGTHS = {300: 0.5, 1000: 0.2}
"""Steps of the chains that are compared with kfp, and the part of its time that they may take."""
LOADERS = (
    ("compose", "docker compose config", (300, 1000)),
    ("kubeflow", "kfp's loader", (300,)),
    ("airflow", "Airflow's DagBag", (300,)),
)
"""Each target, what its files are loaded with, and the lengths of the chains that are tried."""
GROWTH = (10, 1000, 10_000)
LINEAR = 1.5  # how much dearer a step may be in a long chain than in a short one, noise included
RUN = 1000
SHARE = 5.0  # milliseconds a step


def start(folder: Path) -> Iterator[Result]:
    """The command's start against the imports of its command line library and of its parser."""
    folder.mkdir()
    ours, peer = in_turn(
        lambda: seconds([PIPELIFT, "--help"], folder),
        lambda: seconds([PYTHON, "-c", "import click"], folder),
        rounds=20,
    )
    what = "start: pipelift --help against python -c 'import click'"
    yield Result(what, f"{ours * 1000:.0f} ms", f"{peer * 1000:.0f} ms (click)", ours / peer, 1.5)
    chain.write(folder / "chain", 10)
    ours, peer = in_turn(
        lambda: seconds([PIPELIFT, "check", "pipeline.py"], folder / "chain"),
        lambda: seconds([PYTHON, "-c", "import libcst"], folder),
        rounds=20,
    )
    what = "start: pipelift check of 10 steps against python -c 'import libcst'"
    yield Result(what, f"{ours * 1000:.0f} ms", f"{peer * 1000:.0f} ms (libcst)", ours / peer, 2.5)


def compile_chain(folder: Path) -> Iterator[Result]:
    """Chains to Compose against kfp's own trace and compile of the same chains, whole processes."""
    for length, budget in LENGTHS.items():
        yield _against_kfp(folder / str(length), length, budget)
    place = folder / "300"
    seconds([PIPELIFT, "compile", "pipeline.py", "-t", "kubeflow", "-o", "dsl", "--no-verify"], place)
    fresh = itertools.count()
    mine, kfp = in_turn(
        lambda: seconds(_compile(f"again-{next(fresh)}", "--no-verify"), place),
        lambda: seconds([PYTHON, "dsl/pipeline.py"], place),
        rounds=3,
    )
    what = "300 steps: compile to Compose against kfp's trace and compile, of a DSL file that says as much"
    yield Result(what, f"{mine:.2f} s", f"{kfp:.2f} s (kfp)", mine / kfp, None)


def verify_chain(folder: Path) -> Iterator[Result]:
    """The check by each target's own loader against the compilation that it follows.

    Airflow's start alone takes longer than the compilation of 300 steps, and no check of the same strength does without
    it: there only what comes on top of the check of a single step is held.
    """
    for target, loader, lengths in LOADERS:
        start = 0.0
        if target == "airflow":
            chain.write(folder / target / "1", 1)
            start, _ = _check(folder / target / "1", target)
        for length in lengths:
            place = folder / target / str(length)
            chain.write(place, length)
            check, alone = _check(place, target)
            ours = f"{check:.2f} s, of which {start:.2f} s for one step" if start else f"{check:.2f} s"
            what = f"{length} steps: the check by {loader} against the compilation"
            peer = f"{alone:.2f} s (compile)"
            yield Result(what, ours, peer, (check - start) / alone, 1.0)


def _check(place: Path, target: str) -> tuple[float, float]:
    """What the check takes, and the compilation to `target` without it."""
    fresh = itertools.count()
    whole, alone = in_turn(
        partial(_fresh, place, "a", fresh, target, "--verify"),
        partial(_fresh, place, "b", fresh, target, "--no-verify"),
        rounds=3,
    )
    return whole - alone, alone


def grow_compile(folder: Path) -> Iterator[Result]:
    """What a step costs the compiler in chains of growing length."""
    times = {}
    for length in GROWTH:
        place = folder / str(length)
        chain.write(place, length)
        rounds = range(1 if length == GROWTH[-1] else 3)
        times[length] = statistics.median(seconds(_compile(f"out-{n}", "--no-verify"), place) for n in rounds)
    yield _growth("growth: compile to Compose, time a further step", times)


def run_steps(folder: Path) -> Iterator[Result]:
    """The local runner's time a step above that of a shell loop over the same processes."""
    chain.write(folder, RUN)
    seconds([PIPELIFT, "check", "pipeline.py"], folder)
    command = [PIPELIFT, "run", "pipeline.py", "--json", "--python", PYTHON, "--jobs", "1"]
    loop = f"for n in $(seq {RUN}); do {shlex.quote(PYTHON)} src/step.py --output words; done"
    for kind, measure, budget in (("processor", seconds, None), ("wall", wall_seconds, SHARE)):
        ours = measure([*command, "--no-reuse"], folder)
        peer = measure(["sh", "-c", loop], folder)
        share = (ours - peer) / RUN * 1000
        what = f"local run: {RUN} steps, {kind} time a step above a shell loop over the same processes"
        yield Result(what, f"{ours:.1f} s", f"{peer:.1f} s (sh)", share, budget, "ms")


def draw(folder: Path) -> Iterator[Result]:
    """The page with the drawing of a long pipeline against the same graph as plain data."""
    length = 1000
    chain.write(folder, length)
    ours, peer = in_turn(
        lambda: seconds([PIPELIFT, "graph", "pipeline.py", "--format", "html"], folder),
        lambda: seconds([PIPELIFT, "graph", "pipeline.py", "--format", "json"], folder),
        rounds=3,
    )
    what = f"{length} steps: graph --format html against --format json"
    yield Result(what, f"{ours:.2f} s", f"{peer:.2f} s (json)", ours / peer, 3.0)


def _compile(output: str, *options: str, target: str = "compose") -> list[str]:
    return [PIPELIFT, "compile", "pipeline.py", "--target", target, "-o", output, *options]


def _against_kfp(folder: Path, length: int, budget: float) -> Result:
    chain.write(folder, length)
    fresh = itertools.count()
    ours, kfp = in_turn(
        lambda: seconds(_compile(f"out-{next(fresh)}", "--no-verify"), folder),
        lambda: seconds([PYTHON, "kfp_chain.py"], folder),
        rounds=5 if length < 1000 else 2,
    )
    what = f"{length} steps: compile to Compose against kfp's trace and compile"
    return Result(what, f"{ours:.2f} s", f"{kfp:.2f} s (kfp)", ours / kfp, budget)


def _fresh(folder: Path, name: str, numbers: Iterator[int], target: str, *options: str) -> float:
    """A compilation into a folder of its own."""
    return seconds(_compile(f"{name}-{next(numbers)}", *options, target=target), folder)


def _growth(what: str, times: dict[int, float]) -> Result:
    """How much more a further step costs in a long chain than in a shorter one; 1 is linear."""
    small, middle, large = GROWTH
    short = (times[middle] - times[small]) / (middle - small) * 1000
    long = (times[large] - times[middle]) / (large - middle) * 1000
    ours = f"{short:.1f} ms up to {middle} steps -> {long:.1f} ms up to {large}"
    return Result(what, ours, "none", long / short, LINEAR)


ALL = (start, read_source, compile_chain, verify_chain, grow_compile, draw, run_steps)
