"""What a script logged: from the lines of metrics.jsonl to one value a name."""

from typing import Any, Dict, List

SPECIAL = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}
"""Numbers that JSON lacks, by the text that stands for them."""


def collect(rows: List[Dict[str, Any]]) -> Dict[str, object]:
    """One value a name, as `Run.get_metrics` gives them.

    A scalar logged once is itself, logged several times a list; lists grow; rows and tables are columns
    (a single row: scalars). Of anything else the last one counts.
    """
    rows_by_name: Dict[str, List[Dict[str, Any]]] = {}
    for row in rows:
        if isinstance(row.get("name"), str):
            rows_by_name.setdefault(row["name"], []).append(row)
    return {name: _value(logged) for name, logged in rows_by_name.items()}


def scalars(values: Dict[str, object]) -> Dict[str, object]:
    """Those of `values` that are a number, a text or a truth value."""
    return {name: value for name, value in values.items() if isinstance(value, (bool, int, float, str))}


def _value(rows: List[Dict[str, Any]]) -> object:
    kinds = {row.get("kind") for row in rows}
    values = [row.get("value") for row in rows]
    if kinds == {"scalar"}:
        return values[0] if len(values) == 1 else values
    if kinds <= {"scalar", "list"}:
        return [item for value in values for item in (value if isinstance(value, list) else [value])]
    if kinds <= {"row", "table"}:
        return values[0] if len(values) == 1 else _columns(values)
    return values[-1]


def _columns(rows: List[object]) -> Dict[str, List[object]]:
    columns: Dict[str, List[object]] = {}
    for row in rows:
        if isinstance(row, dict):
            for name, value in row.items():
                columns.setdefault(name, []).extend(value if isinstance(value, list) else [value])
    return columns
