"""What the definition of a table asks for beyond reading: types of columns, columns from paths, operations on rows."""

import re
from typing import Any, Dict, Match, Optional, Sequence, Tuple

from azureml._runtime.contract.spec import ColumnType
from azureml.exceptions import UserErrorException

Frame = Any
"""A `pandas.DataFrame`: pandas is that of the step's environment, whose version nobody knows here."""

_TRUE = ("true", "yes", "1", "t", "y")
_FALSE = ("false", "no", "0", "f", "n")


def convert_columns(frame: Frame, types: Sequence[ColumnType], pandas: Any) -> Frame:
    """The frame with its columns read as the types say; what is none of them becomes missing, as in the service."""
    for entry in types:
        name = entry["column"]
        if name not in frame.columns:
            raise UserErrorException("the table has no column '{}', whose type is set".format(name))
        frame[name] = _convert_column(frame[name], entry, pandas)
    return frame


def _convert_column(column: Any, entry: ColumnType, pandas: Any) -> Any:
    kind = entry["type"]
    if kind == "string":
        return column.map(_text, na_action="ignore").astype(object)
    if kind == "datetime":
        return _parse_dates(column, entry["formats"], pandas)
    if kind == "boolean":
        return column.map(_truth).astype(object)
    texts = column.astype(str).str.replace(entry["decimal_mark"], ".", regex=False)
    numbers = pandas.to_numeric(texts, errors="coerce")
    return numbers.round().astype("Int64") if kind == "integer" else numbers.astype(float)


def _parse_dates(column: Any, formats: Sequence[str], pandas: Any) -> Any:
    moments = None
    for form in formats or (None,):
        read = pandas.to_datetime(column, errors="coerce", format=form)
        moments = read if moments is None else moments.fillna(read)
    return moments


def _text(value: object) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _truth(value: object) -> Optional[bool]:
    text = str(value).strip().lower()
    return True if text in _TRUE else False if text in _FALSE else None


def add_partitions(frame: Frame, name: str, pattern: str, pandas: Any) -> Frame:
    """The frame with a column for each part of its file's path that `pattern` names: ``{year:yyyy}/{city}/x.csv``."""
    expression, columns = _partition_expression(pattern)
    match = re.search(expression, "/" + name)
    if match is None:
        message = "the file '{}' does not lie where partition_format '{}' says"
        raise UserErrorException(message.format(name, pattern))
    for group, (column, is_date) in columns.items():
        value = match.group(group)
        frame[column] = _parse_date(value, is_date, pandas) if is_date else value
    return frame


def _partition_expression(pattern: str) -> Tuple[str, Dict[str, Tuple[str, str]]]:
    """A regular expression for the end of a path, and for each group the column's name and its date format."""
    segments = pattern.strip("/").split("/")
    first = next((number for number, segment in enumerate(segments) if "{" in segment), len(segments))
    columns: Dict[str, Tuple[str, str]] = {}

    def group(match: Match[str]) -> str:
        name, _, form = match.group(1).partition(":")
        key = "p{}".format(len(columns))
        columns[key] = (name, form)
        return "(?P<{}>{})".format(key, _date_expression(form) if form else "[^/]+?")

    text = "/".join(segments[first:])
    parts = re.split(r"(\{[^}]*\})", text)
    body = "".join(
        re.sub(r"\{([^}]*)\}", group, part)
        if part.startswith("{")
        else re.escape(part).replace(r"\*", "[^/]*")
        for part in parts
    )
    return "/" + body + "$", columns


def _date_expression(form: str) -> str:
    """``yyyy/MM/dd`` -> digits of that many places, with what stands between."""
    return re.sub(
        r"[yMdHms]+", lambda match: r"\d{%d}" % len(match.group()), re.sub(r"[^yMdHms]", r"\\\g<0>", form)
    )


def _parse_date(value: str, form: str, pandas: Any) -> Any:
    names = {"yyyy": "%Y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S"}
    return pandas.to_datetime(
        value, format=re.sub(r"yyyy|MM|dd|HH|mm|ss", lambda match: names[match.group()], form)
    )


def apply_operations(frame: Frame, operations: Sequence[Dict[str, Any]], pandas: Any) -> Frame:
    """The frame after the operations of its definition, in their order."""
    for operation in operations:
        frame = _OPERATIONS[operation["kind"]](frame, operation, pandas)
    return frame


def _take(frame: Frame, operation: Dict[str, Any], pandas: Any) -> Frame:
    return frame.head(operation["count"]).reset_index(drop=True)


def _skip(frame: Frame, operation: Dict[str, Any], pandas: Any) -> Frame:
    return frame.iloc[operation["count"] :].reset_index(drop=True)


def _keep_columns(frame: Frame, operation: Dict[str, Any], pandas: Any) -> Frame:
    return frame[list(operation["columns"])]


def _drop_columns(frame: Frame, operation: Dict[str, Any], pandas: Any) -> Frame:
    return frame.drop(columns=list(operation["columns"]))


def _take_sample(frame: Frame, operation: Dict[str, Any], pandas: Any) -> Frame:
    picked = frame.sample(frac=operation["fraction"], random_state=operation["seed"])
    return picked.sort_index().reset_index(drop=True)


def _split(frame: Frame, operation: Dict[str, Any], pandas: Any) -> Frame:
    picked = frame.sample(frac=operation["fraction"], random_state=operation["seed"]).index
    rows = frame.index.isin(picked)
    return frame[~rows if operation["rest"] else rows].reset_index(drop=True)


def _time_range(frame: Frame, operation: Dict[str, Any], pandas: Any) -> Frame:
    (name,) = operation["columns"]
    times = pandas.to_datetime(frame[name], errors="coerce")
    chosen = times.notna()
    for bound, above in ((operation["start"], True), (operation["end"], False)):
        if bound is not None:
            moment = pandas.Timestamp(bound)
            within = times > moment if above else times < moment
            chosen &= within | (times == moment) if operation["inclusive"] else within
    return frame[chosen].reset_index(drop=True)


_OPERATIONS = {
    "take": _take,
    "skip": _skip,
    "keep_columns": _keep_columns,
    "drop_columns": _drop_columns,
    "take_sample": _take_sample,
    "split": _split,
    "time_range": _time_range,
}
