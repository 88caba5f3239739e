"""``python -m tests.fuzz --runs N``: give the doors N inputs, guided by what of pipelift each of them has reached.

Atheris (libFuzzer for Python) keeps what reached something new in CORPUS, and goes on from there; the mutations are
ours. Of what raises, one input for each place is kept in CORPUS-faults, and told; any makes the exit status 1.
"""

from __future__ import annotations

import multiprocessing
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from random import Random

import atheris
import click

with atheris.instrument_imports(include=["pipelift"]):
    from tests.fuzz.corpus import join_door, seeds, split_door
    from tests.fuzz.doors import DOORS, make_room
    from tests.fuzz.mutation import mutate

LONGEST = 20_000
"""Bytes of an input: what is longer is slow, and finds nothing that a short one does not."""


def faults_of(corpus: Path) -> Path:
    """Where inputs are kept that raised something."""
    return corpus.with_name(f"{corpus.name}-faults")


class Session:
    """One run of the fuzzer: what it has tried, and what went wrong."""

    def __init__(self, corpus: Path) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
        self.corpus = corpus
        self.faults = faults_of(corpus)
        self.places: set[str] = set()
        self.slowest = 0.1

    def try_input(self, data: bytes) -> int:
        """Give `data` to its door; -1 keeps it out of the corpus."""
        door, rest = split_door(data)
        if door not in DOORS:
            return -1
        folder = self.folder / door
        if not folder.exists():
            make_room(folder)
        before = time.process_time()
        try:
            DOORS[door].take(folder, rest)
        except Exception as error:
            self.keep(data, error)
        seconds = time.process_time() - before
        if seconds > self.slowest:
            self.slowest = seconds
            (self.corpus.parent / "slowest").write_bytes(data)
            print(f"SLOWEST {seconds:.2f} s: {door}", flush=True)
        return 0

    def keep(self, data: bytes, error: BaseException) -> None:
        """Keep the first input of each place that raises."""
        frames = traceback.extract_tb(error.__traceback__)[-3:]
        place = f"{split_door(data)[0]} {type(error).__name__} " + " ".join(
            f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames
        )
        if place in self.places:
            return
        self.places.add(place)
        self.faults.mkdir(parents=True, exist_ok=True)
        file = self.faults / f"{len(self.places):03}"
        file.write_bytes(data)
        print(f"FAULT {file}: {place}: {str(error)[:200]!r}", flush=True)


@click.command()
@click.option("--runs", default=2_000, show_default=True)
@click.option("--seed", default=1, show_default=True)
@click.option(
    "--corpus", type=click.Path(path_type=Path), default=Path("build/fuzz/corpus"), show_default=True
)
@click.option("--door", "doors", multiple=True, type=click.Choice(sorted(DOORS)))
def main(runs: int, seed: int, corpus: Path, doors: tuple[str, ...]) -> None:
    """Fuzz the doors of pipelift."""
    corpus.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(faults_of(corpus), ignore_errors=True)
    options = [f"-runs={runs}", f"-seed={seed}", f"-max_len={LONGEST}", "-rss_limit_mb=3000", "-timeout=60"]
    child = multiprocessing.Process(target=_fuzz, args=(corpus, doors or tuple(DOORS), options))
    child.start()  # libFuzzer ends its process, with 0
    child.join()
    sys.exit(1 if child.exitcode or faults_of(corpus).exists() else 0)


def _fuzz(corpus: Path, doors: Sequence[str], options: Sequence[str]) -> None:
    by_door = {door: list(seeds(door)) for door in doors}
    for door, inputs in by_door.items():
        for number, data in enumerate(inputs):
            (corpus / f"seed-{door}-{number}").write_bytes(join_door(door, data))

    def change(data: bytes, most: int, number: int) -> bytes:
        random = Random(number)
        door, rest = split_door(data)
        if door not in by_door:
            door = random.choice(doors)
            rest = random.choice(by_door[door])
        return join_door(door, mutate(rest, by_door[door], random))[:most]

    atheris.Setup([sys.argv[0], *options, str(corpus)], Session(corpus).try_input, custom_mutator=change)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
