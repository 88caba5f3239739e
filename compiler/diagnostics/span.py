"""A place in the user's source: what every diagnostic and every node of the IR points at."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range of text in one file.

    Lines and columns count from 1, as editors show them. `file` is relative to the folder that the pipeline
    is compiled from (never absolute, so that outputs do not depend on the machine); a notebook's cell is
    part of it, as in ``train.ipynb#cell-3``.
    """

    file: str
    line: int
    column: int
    end_line: int
    end_column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"
