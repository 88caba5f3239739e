"""Tables read from files, with the pandas of the step's own environment."""

import json
from typing import Any, Dict, Iterable, Iterator, List, Optional, Sequence, Union

from azureml._context import Entries
from azureml._runtime import rows
from azureml.data import _queries, _rows
from azureml.data._rows import Frame
from azureml.exceptions import UserErrorException

_ENCODINGS = {
    "utf8": "utf-8-sig",
    "utf8bom": "utf-8-sig",
    "iso88591": "iso-8859-1",
    "latin1": "latin-1",
    "ascii": "ascii",
    "utf16": "utf-16",
    "utf32": "utf-32",
    "windows1252": "cp1252",
}
_PARQUET = (".parquet", ".pq", ".parq")
_JSON_LINES = (".jsonl", ".jsonlines", ".ndjson")
PATH_COLUMN = "Path"


def pandas() -> Any:
    """The module. Raises `UserErrorException` where the step's environment lacks it."""
    try:
        import pandas as found
    except ImportError as error:
        message = "to_pandas_dataframe() needs pandas in the step's environment ({}): add it to the packages"
        raise UserErrorException(message.format(error))
    return found


def format_of(names: Sequence[str]) -> Dict[str, Any]:
    """The format that the files' names suggest."""
    lowered = [name.lower() for name in names]
    if lowered and all(name.endswith(_PARQUET) for name in lowered):
        kind = "parquet"
    elif lowered and all(name.endswith(_JSON_LINES) for name in lowered):
        kind = "json_lines"
    else:
        kind = "delimited"
    tabs = bool(lowered) and all(name.endswith(".tsv") for name in lowered)
    separator = "\t" if tabs else ","
    return {"kind": kind, "separator": separator, "header": True, "encoding": "utf8", "include_path": False}


def read(entries: Entries, table: Dict[str, Any]) -> Frame:
    """One frame with the rows of all files, in the order of the files."""
    frames: List[Frame] = []
    for name, path in entries:
        first = frames[0].columns if frames and table.get("first_header") else None
        frames.append(_add_path_columns(_read_file(path, table, first), name, table))
    if not frames:
        return pandas().DataFrame()
    whole = frames[0] if len(frames) == 1 else pandas().concat(frames, ignore_index=True, sort=False)
    whole = _rows.convert_columns(whole, table.get("types") or (), pandas())
    return _rows.apply_operations(whole, table.get("operations") or (), pandas())


def _read_file(path: str, table: Dict[str, Any], columns: Optional[Sequence[str]] = None) -> Frame:
    """One file; with `columns` it has no line of names, and these are its columns."""
    if path.endswith(rows.SUFFIX):
        return _queries.frame(path, pandas())
    if table["kind"] == "parquet":
        return pandas().read_parquet(path)
    encoding = _ENCODINGS.get(str(table["encoding"]).lower(), table["encoding"])
    if table["kind"] == "json_lines":
        with open(path, encoding=encoding) as file:
            return pandas().DataFrame(list(_objects(file, table.get("skip_invalid"))))
    return _delimited(path, table, encoding, columns)


def _objects(lines: Iterable[str], skip_invalid: Optional[bool]) -> Iterator[Any]:
    for line in lines:
        if not line.strip():
            continue
        try:
            yield json.loads(line)
        except ValueError:
            if not skip_invalid:
                raise


def _delimited(path: str, table: Dict[str, Any], encoding: str, columns: Optional[Sequence[str]]) -> Frame:
    has_names = table["header"] and columns is None
    options = {"sep": table["separator"], "header": 0 if has_names else None, "encoding": encoding}
    if not table.get("infer_types", True) or any(
        name["type"] == "string" for name in table.get("types") or ()
    ):
        options["dtype"] = _dtypes(table)
    try:
        frame = pandas().read_csv(path, **options)
    except pandas().errors.EmptyDataError:
        return pandas().DataFrame()
    if columns is not None:
        frame.columns = [name for name in columns if name != PATH_COLUMN][: len(frame.columns)]
    elif not has_names:
        frame.columns = ["Column{}".format(number + 1) for number in range(len(frame.columns))]
    if table.get("empty_as_text"):
        texts = frame.select_dtypes(include="object").columns
        frame[texts] = frame[texts].fillna("")
    return frame


def _dtypes(table: Dict[str, Any]) -> Union[type, Dict[str, type]]:
    """Text for every column, or for those whose type is text: a number of theirs keeps its zeros."""
    if not table.get("infer_types", True):
        return str
    return {entry["column"]: str for entry in table["types"] if entry["type"] == "string"}


def _add_path_columns(frame: Frame, name: str, table: Dict[str, Any]) -> Frame:
    if table.get("partition_format"):
        frame = _rows.add_partitions(frame, name, table["partition_format"], pandas())
    if table.get("include_path"):
        frame.insert(0, PATH_COLUMN, "/" + name)
    return frame
