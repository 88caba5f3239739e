"""What a relative path means where two folders come into question: the current one, and that of the pipeline file.

Python takes the current one; but programs are compiled from elsewhere, too, so that both are looked into.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from pipelift.compiler.diagnostics import Reporter
from pipelift.compiler.diagnostics.span import Span
from pipelift.compiler.evaluate.outside import MAX_READ, Outside, TooManyFiles
from pipelift.compiler.reading.reach import relative_path

_MOST = 2_000
"""How many files of two folders are compared: larger ones count as different."""


def tell_place(outside: Outside, path: str, reporter: Reporter, span: Span) -> None:
    """Report where `path` is found, unless it is where Python would find it and nowhere else."""
    if not os.path.isabs(path):
        tell_places(outside, path, outside.list_places(path), reporter, span)


def tell_places(
    outside: Outside,
    path: str,
    places: Sequence[Path],
    reporter: Reporter,
    span: Span,
    step: str | None = None,
) -> None:
    """As `tell_place`, of the `places` where `path` is found; the first one is taken."""
    if not places or outside.start_given or outside.moved or outside.start == outside.folder:
        return
    if len(places) > 1 and not outside.is_made(places[0]) and _differ(outside, *places[:2]):
        here, there = (relative_path(place, outside.start) for place in places[:2])
        name = relative_path(outside.folder, outside.start)
        message = (
            f"'{path}' means two things: {here} in the current folder, and {there} beside the pipeline file"
        )
        remedy = f"Say in which folder the file is to be run: --workdir . or --workdir {name}."
        reporter.report("PL323", message, span, help=remedy, step=step)
    elif places[0] != _from(outside.start, path):
        there = relative_path(places[0], outside.start)
        message = f"'{path}' is {there}, beside the pipeline file: the current folder has none"
        reporter.report("PL324", message, span, step=step)


def _from(start: Path, path: str) -> Path:
    return Path(os.path.normpath(start / path.replace("\\", "/")))


def _differ(outside: Outside, first: Path, second: Path) -> bool:
    """Whether two files, or folders, hold different things, as far as they can be read."""
    try:
        if first.is_dir() and second.is_dir():
            names = [outside.list_files_below(place, _MOST, _charge_nobody) for place in (first, second)]
            return names[0] != names[1] or any(
                _differ(outside, first / name, second / name) for name in names[0]
            )
        return outside.read(str(first), MAX_READ) != outside.read(str(second), MAX_READ)
    except (OSError, TooManyFiles):
        return True


def _charge_nobody(steps: int) -> None:
    """It is asked once a path, and bounded by `_MOST`."""
