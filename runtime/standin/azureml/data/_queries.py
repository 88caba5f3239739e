"""Tables from the rows that a database has answered a query with."""

from typing import Any

from azureml._runtime import rows
from azureml.data._rows import Frame


def frame(path: str, pandas: Any) -> Frame:
    """The rows with the types that the SDK gives them: no decimals and no dates without a time."""
    columns = rows.types(path)
    table = pandas.DataFrame(list(rows.read(path)), columns=[name for name, _ in columns], dtype=object)
    for name, kind in columns:
        table[name] = _convert_column(table[name], kind, pandas)
    return table


def _convert_column(values: Any, kind: str, pandas: Any) -> Any:
    if kind in ("datetime", "date"):
        # In UTC and without a zone, as the SDK hands times over; what pandas cannot hold is none.
        moments = pandas.to_datetime(values, errors="coerce", utc=True)
        return moments.dt.tz_convert(None)
    has_gaps = values.isnull().any()
    if kind in ("float", "decimal") or (kind == "int" and has_gaps):
        return values.astype("float64")
    try:
        return values if has_gaps else values.astype({"int": "int64", "bool": "bool"}.get(kind, "object"))
    except OverflowError:
        return values  # more digits than a machine's integer has
