"""Tables read from files, with the pandas of the step's own environment."""

import json

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


def pandas():
    """The module. Raises `UserErrorException` where the step's environment lacks it."""
    try:
        import pandas as found
    except ImportError as error:
        message = "to_pandas_dataframe() needs pandas in the step's environment ({}): add it to the packages"
        raise UserErrorException(message.format(error))
    return found


def format_of(names):
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


def read(entries, table):
    """One frame with the rows of all files, in the order of the files."""
    frames = [_with_path(_one(path, table), name, table) for name, path in entries]
    if not frames:
        return pandas().DataFrame()
    return frames[0] if len(frames) == 1 else pandas().concat(frames, ignore_index=True, sort=False)


def _one(path, table):
    if table["kind"] == "parquet":
        return pandas().read_parquet(path)
    encoding = _ENCODINGS.get(str(table["encoding"]).lower(), table["encoding"])
    if table["kind"] == "json_lines":
        with open(path, encoding=encoding) as file:
            return pandas().DataFrame([json.loads(line) for line in file if line.strip()])
    header = 0 if table["header"] else None
    try:
        frame = pandas().read_csv(path, sep=table["separator"], header=header, encoding=encoding)
    except pandas().errors.EmptyDataError:
        return pandas().DataFrame()
    if not table["header"]:
        frame.columns = ["Column{}".format(number + 1) for number in range(len(frame.columns))]
    return frame


def _with_path(frame, name, table):
    if table.get("include_path"):
        frame.insert(0, PATH_COLUMN, "/" + name)
    return frame
