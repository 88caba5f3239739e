"""Runs the benchmarks, all or those named: `python -m benchmarks [NAME...]`; 1 where one is over budget."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from benchmarks.suite import ALL


def main(names: list[str]) -> int:
    """Run and print; nothing is left on disk."""
    chosen = [benchmark for benchmark in ALL if not names or benchmark.__name__ in names]
    if not chosen:
        print(f"there are: {', '.join(benchmark.__name__ for benchmark in ALL)}", file=sys.stderr)
        return 2
    over = False
    with tempfile.TemporaryDirectory() as folder:
        for benchmark in chosen:
            for result in benchmark(Path(folder, benchmark.__name__)):
                print(result, flush=True)
                over |= result.is_over
    return int(over)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
