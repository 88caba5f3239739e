"""Files of rows: JSON lines with the types that a database's values have.

The first line names the columns, the last gives their types and the number of rows: a file without it is not whole.
Each line between is a list of values; what JSON cannot say is an object of one key, its type: {"date": "2024-05-01"}.
"""

import base64
import datetime
import decimal
import json
import math
from typing import Callable, Dict, Iterable, Iterator, List, Sequence, Tuple

from . import files
from .contract.files import half_of

SUFFIX = ".rows"
"""How the name of such a file ends."""

_MIXED = "str"


def write(path: str, names: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write the rows as they come to `path`, whole or not at all."""
    temporary = half_of(path)
    kinds: List[Dict[str, bool]] = [{} for _ in names]
    count = 0
    try:
        with open(temporary, "wb") as file:
            file.write(_line({"columns": list(names)}))
            for row in rows:
                typed_values = [_encode(value) for value in row]
                for kind, (name, _) in zip(kinds, typed_values):
                    kind[name] = True
                file.write(_line([value for _, value in typed_values]))
                count += 1
            file.write(_line({"types": [_join_types(kind) for kind in kinds], "rows": count}))
        files.move(temporary, path)
    except BaseException:
        files.remove(temporary)
        raise


def types(path: str) -> List[Tuple[str, str]]:
    """Name and type of each column: int, float, str, bool, datetime, date, time, decimal, bytes, or null where no
    row has a value. Raises `ValueError` where the file is not whole."""
    with open(path, "rb") as file:
        names = json.loads(file.readline().decode("utf-8"))["columns"]
        last = b""
        for line in file:
            last = line
    end = json.loads(last.decode("utf-8")) if last else None
    if not isinstance(end, dict) or "types" not in end:
        raise ValueError("{} was cut off".format(path))
    return list(zip(names, end["types"]))


def read(path: str) -> Iterator[List[object]]:
    """The rows, one after the other, as Python's values."""
    with open(path, "rb") as file:
        file.readline()
        for line in file:
            row = json.loads(line.decode("utf-8"))
            if isinstance(row, list):
                yield [_decode(value) for value in row]


def _line(data: object) -> bytes:
    return json.dumps(data, ensure_ascii=False).encode("utf-8", "surrogateescape") + b"\n"


def _encode(value: object) -> Tuple[str, object]:
    """A value's type and its form in JSON."""
    if value is None or isinstance(value, (bool, int)):
        return ("null" if value is None else type(value).__name__), value
    if isinstance(value, float):
        return "float", value if math.isfinite(value) else {"float": repr(value)}
    if isinstance(value, datetime.datetime):  # before date, which it is too
        return "datetime", {"datetime": value.isoformat()}
    for kind, of in (("date", datetime.date), ("time", datetime.time)):
        if isinstance(value, of):
            return kind, {kind: value.isoformat()}
    if isinstance(value, decimal.Decimal):
        return "decimal", {"decimal": str(value)}
    if isinstance(value, (bytes, bytearray, memoryview)):
        return "bytes", {"bytes": base64.b64encode(bytes(value)).decode("ascii")}
    if isinstance(value, (dict, list, tuple)):  # a JSON or an array column
        return "str", json.dumps(value, ensure_ascii=False, default=str)
    return "str", str(value)


def _join_types(kinds: Dict[str, bool]) -> str:
    """The type of a column with values of these types."""
    present = [kind for kind in kinds if kind != "null"]
    if not present:
        return "null"
    if set(present) <= {"int", "float"}:
        return "float" if "float" in present else "int"
    if set(present) <= {"int", "float", "decimal"}:
        return "decimal"
    return present[0] if len(present) == 1 else _MIXED


def _decode(data: object) -> object:
    if not isinstance(data, dict):
        return data
    ((kind, text),) = data.items()
    return _READ[kind](text)


def _moment(text: str) -> datetime.datetime:
    """`fromisoformat` came with Python 3.7; what is written here has one of few forms."""
    if "." not in text:
        text = text[:19] + ".000000" + text[19:]
    zone = text[26:].replace(":", "")
    form = "%Y-%m-%dT%H:%M:%S.%f"
    return datetime.datetime.strptime(text[:26] + zone[:5], form + ("%z" if zone else ""))


def _time(text: str) -> datetime.time:
    return _moment("2000-01-01T" + text).timetz()


_READ: Dict[str, Callable[[str], object]] = {
    "float": float,
    "datetime": _moment,
    "date": lambda text: _moment(text + "T00:00:00").date(),
    "time": _time,
    "decimal": decimal.Decimal,
    "bytes": base64.b64decode,
}
