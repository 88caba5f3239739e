"""What a step logged, in the shapes that a page draws: values, series, tables, matrices, curves, bars, images."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from pipelift.app.history.left import is_below, is_file
from pipelift.runtime.contract import untrusted
from pipelift.runtime.contract.paths import METRICS_FILE

POINTS = 2000
"""The points of a longer series that a page draws, at equal distances, and the last."""
ROWS = 200
"""Rows of a table that a page shows."""
IMAGE, IMAGES = 1024 * 1024, 8 * 1024 * 1024
"""Bytes of one image, and of all of a page."""

_TYPES = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".gif": "gif", ".webp": "webp", ".svg": "svg+xml"}

_NO_NUMBERS = ("NaN", "Infinity", "-Infinity")
"""How records write what JSON has no number for: a gap in a line."""

Shape = dict[str, JsonValue]


class Images:
    """Images as data of a page, up to a limit in all."""

    def __init__(self) -> None:
        self._left = IMAGES

    def shape(self, folder: Path, relative: object) -> Shape:
        """The image at `relative` below a step's folder; one that cannot be shown becomes a note with its path."""
        path = folder / str(relative)
        kind = _TYPES.get(path.suffix.lower())
        if kind is None or not is_below(folder, relative) or not is_file(path):
            return {"kind": "note", "text": f"an image that cannot be shown here: {relative}"}
        size = path.stat().st_size
        if size > min(IMAGE, self._left):
            return {"kind": "note", "text": f"an image of {size} bytes, too large for this page: {relative}"}
        self._left -= size
        return {
            "kind": "image",
            "uri": f"data:image/{kind};base64,{base64.b64encode(untrusted.read(str(path), size)).decode()}",
        }


def metric_shapes(folder: Path, recorded: Mapping[str, Any], images: Images) -> list[JsonValue]:
    """The metrics of a step, in the order in which they were first logged.

    `recorded` are those of its record: they replace the lines of ``metrics.jsonl`` if these are gone.
    """
    rows = list(_read_rows(folder / METRICS_FILE))
    if not rows:
        rows = [
            {"kind": _guess_kind(value), "name": name, "value": value} for name, value in recorded.items()
        ]
    logged: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        logged.setdefault(str(row.get("name")), []).append(row)
    return [{"name": name, **_choose_shape(entries, folder, images)} for name, entries in logged.items()]


def _read_rows(path: Path) -> Iterator[Mapping[str, Any]]:
    try:
        lines = untrusted.read(str(path)).decode("utf-8", "replace").splitlines()
    except OSError:
        return
    for line in lines:
        try:
            row = json.loads(line, parse_constant=str, parse_float=_parse_number)
        except (ValueError, RecursionError):  # the last line of a step that was killed, or a hostile one
            continue
        if isinstance(row, dict):
            yield row


def _parse_number(text: str) -> float | str:
    """A number of a line; one beyond all floats as records write it, since pages hold no infinity."""
    number = float(text)
    return number if math.isfinite(number) else _NO_NUMBERS[1 if number > 0 else 2]


def _guess_kind(value: object) -> str:
    return "list" if isinstance(value, list) else "table" if isinstance(value, Mapping) else "scalar"


def _choose_shape(rows: Sequence[Mapping[str, Any]], folder: Path, images: Images) -> Shape:
    kinds = {str(row.get("kind")) for row in rows}  # a step may write anything
    value = rows[-1].get("value")
    if kinds == {"scalar"} and len(rows) == 1:
        return {"kind": "value", "value": value}
    if kinds <= {"scalar", "list"}:
        return _draw_series(rows)
    if kinds <= {"row", "table"}:
        return _draw_table([row.get("value") for row in rows])
    if kinds == {"image"}:
        return images.shape(folder, value)
    return _draw_artifact(str(rows[-1].get("kind")), value) or {
        "kind": "raw",
        "text": json.dumps(value, indent=1),
    }


def _draw_series(rows: Sequence[Mapping[str, Any]]) -> Shape:
    values: list[Any] = []
    at: list[Any] = []
    for row in rows:
        value = row.get("value")
        several = value if isinstance(value, list) else [value]
        values += several
        at += [row.get("step")] * len(several)
    if not all(_is_number(value) or value in _NO_NUMBERS for value in values):
        return _draw_table([{"value": values}])
    values = [None if value in _NO_NUMBERS else value for value in values]
    numbered = all(_is_number(step) for step in at)
    points: list[JsonValue] = [[at[i] if numbered else i, values[i]] for i in _sample_indices(len(values))]
    return {
        "kind": "lines",
        "x": "step" if numbered else "",
        "lines": [{"name": "", "points": points}],
        "count": len(values),
    }


def _sample_indices(count: int) -> Sequence[int]:
    step = -(-count // POINTS) or 1
    return list(dict.fromkeys([*range(0, count, step), count - 1])) if count else []


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _draw_table(entries: Sequence[Any]) -> Shape:
    columns: dict[str, list[Any]] = {}
    for entry in entries:
        for name, value in entry.items() if isinstance(entry, Mapping) else [("value", entry)]:
            columns.setdefault(str(name), []).extend(value if isinstance(value, list) else [value])
    longest = max((len(column) for column in columns.values()), default=0)
    numbers = {
        name: column for name, column in columns.items() if len(column) > 2 and all(map(_is_number, column))
    }
    x = (
        next((name for name, column in numbers.items() if _is_counter(column)), "")
        if len(numbers) > 1
        else ""
    )
    at = numbers.pop(x, range(longest))
    lines: list[JsonValue] = [
        {"name": name, "points": [[at[i], column[i]] for i in _sample_indices(min(len(column), len(at)))]}
        for name, column in numbers.items()
    ]
    first_rows: dict[str, JsonValue] = {name: column[:ROWS] for name, column in columns.items()}
    return {"kind": "table", "columns": first_rows, "rows": longest, "x": x, "lines": lines}


def _is_counter(column: Sequence[Any]) -> bool:
    """Whether a column only numbers the rows, as epochs and folds do."""
    return all(later == earlier + 1 for earlier, later in pairwise(column))


def _draw_artifact(kind: str, value: Any) -> Shape | None:
    """Draw an artifact of the SDK's schemas; None if it has another form."""
    data = value.get("data") if isinstance(value, Mapping) else None
    if not isinstance(data, Mapping):
        return None
    try:
        return {
            "confusion matrix": _draw_confusion,
            "accuracy table": _draw_curves,
            "residuals": _draw_histogram,
            "predictions": _draw_predictions,
        }[kind](data)
    except (KeyError, TypeError, ValueError, IndexError, ArithmeticError):
        return None


def _draw_confusion(data: Mapping[str, Any]) -> Shape:
    matrix = [[float(cell) for cell in row] for row in data["matrix"]]
    labels = [str(label) for label in data["class_labels"]]
    if len(matrix) != len(labels) or any(len(row) != len(labels) for row in matrix):
        raise ValueError("the matrix is not square")
    return {"kind": "matrix", "labels": [*labels], "cells": [[*row] for row in matrix]}


def _draw_curves(data: Mapping[str, Any]) -> Shape:
    """The ROC curve of each class; a table's rows are counts: tp, fp, tn, fn."""
    lines: list[JsonValue] = []
    for label, table in zip(data["class_labels"], data["probability_tables"], strict=True):
        points = sorted(
            (fp / (fp + tn) if fp + tn else 0.0, tp / (tp + fn) if tp + fn else 0.0)
            for tp, fp, tn, fn in (row[:4] for row in table)
        )
        lines.append({"name": str(label), "points": [[*point] for point in points]})
    return {"kind": "lines", "x": "false positive rate", "y": "true positive rate", "lines": lines}


def _draw_histogram(data: Mapping[str, Any]) -> Shape:
    edges, counts = (
        [float(number) for number in data["bin_edges"]],
        [float(number) for number in data["bin_counts"]],
    )
    bars: list[JsonValue] = [
        {"name": f"{left:.4g} … {right:.4g}", "value": count}
        for left, right, count in zip(edges, edges[1:], counts, strict=False)
    ]
    return {"kind": "bars", "bars": bars}


def _draw_predictions(data: Mapping[str, Any]) -> Shape:
    edges, means = (
        [float(number) for number in data["bin_edges"]],
        [float(number) for number in data["bin_averages"]],
    )
    middles = [(left + right) / 2 for left, right in pairwise(edges)]
    points: list[JsonValue] = [[x, y] for x, y in zip(middles, means, strict=False)]
    ideal: list[JsonValue] = [[middles[0], middles[0]], [middles[-1], middles[-1]]]
    lines: list[JsonValue] = [{"name": "predicted", "points": points}, {"name": "ideal", "points": ideal}]
    return {"kind": "lines", "x": "true value", "y": "mean prediction", "lines": lines}
