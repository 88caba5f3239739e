"""Which other notebook of the project writes a script that is missing: a cell of it begins with ``%%writefile``."""

from __future__ import annotations

import os
import posixpath
from pathlib import Path

from pipelift.compiler.diagnostics import Cause
from pipelift.compiler.diagnostics.span import Span
from pipelift.compiler.evaluate.outside import Outside
from pipelift.compiler.reading.notebooks import read_written_files

_MOST = 50
"""How many notebooks of a folder are looked at."""

_LARGEST = 5_000_000
"""The largest notebook that is looked at, in bytes."""


def find_writers(outside: Outside, script: str) -> list[Span]:
    """The cells that write the file `script` (absolute), in notebooks beside the pipeline file and in the start folder.

    The paths of the cells are taken as from the notebook's own folder; where none fits so, by the file's name.
    """
    exact: list[Span] = []
    alike: list[Span] = []
    for folder in dict.fromkeys((outside.folder, outside.start)):
        for notebook in _list_notebooks(outside, folder):
            for span, written in _read_cells(outside, notebook):
                path = written.replace("\\", "/")
                if os.path.normpath(folder / path) == os.path.normpath(script):
                    exact.append(span)
                elif posixpath.basename(path) == os.path.basename(script):
                    alike.append(span)
    return exact or alike


def explain_script(writers: list[Span]) -> tuple[list[Cause], str]:
    """What to tell of the cells that write a missing script, and what to do; nothing where there are none."""
    if not writers:
        return [], ""
    names = dict.fromkeys(f"'{span.file.partition('#')[0]}'" for span in writers)
    verb = "write" if len(names) > 1 else "writes"
    causes = [Cause("a cell with %%writefile writes a file of this name", span) for span in writers]
    return (
        causes,
        f"Run {' or '.join(names)} first, which {verb} it, or correct script_name or source_directory.",
    )


def _list_notebooks(outside: Outside, folder: Path) -> list[Path]:
    if not outside.reach.holds(folder):
        return []
    try:
        names = sorted(name for name in os.listdir(folder) if name.endswith(".ipynb"))
    except OSError:
        return []
    return [folder / name for name in names[:_MOST] if folder / name != outside.main]


def _read_cells(outside: Outside, notebook: Path) -> list[tuple[Span, str]]:
    """Where the cells of a notebook that write a file stand, and the file's path as written."""
    name = Path(os.path.relpath(notebook, outside.folder)).as_posix()
    try:
        text = outside.reach.read(notebook, _LARGEST).decode("utf-8", "replace")
    except OSError:
        return []
    return [(Span(cell, 1, 1, 1, 1), file.path) for cell, file in read_written_files(text, name)]
