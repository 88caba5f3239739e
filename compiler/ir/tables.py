"""The IR's nodes for tables: how files are read into one, and what is done with its rows."""

from __future__ import annotations

import typing
from dataclasses import dataclass

from pipelift.compiler.ir.node import Node


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnType(Node):
    """The type that a table's column is read as; `formats` are those of points in time, as ``strptime`` has them."""

    column: str
    type: typing.Literal["string", "integer", "float", "boolean", "datetime"]
    formats: tuple[str, ...] = ()
    decimal_mark: str = "."


@dataclass(frozen=True, slots=True, kw_only=True)
class RowOperation(Node):
    """What the source does with a table's rows and columns before a step gets it.

    `take`, `skip`: `count` rows. `keep_columns`, `drop_columns`: `columns`. `take_sample`: a `fraction` of the rows
    with `seed`. `split`: of the two parts that `fraction` and `seed` make the first, or the second (`rest`).
    `time_range`: rows whose `columns` (one) lies between `start` and `end` (ISO 8601), `inclusive` or not.
    """

    kind: typing.Literal["take", "skip", "keep_columns", "drop_columns", "take_sample", "split", "time_range"]
    count: int | None = None
    columns: tuple[str, ...] = ()
    fraction: float | None = None
    seed: int | None = None
    rest: bool = False
    start: str | None = None
    end: str | None = None
    inclusive: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class TableFormat(Node):
    """How files are read into a table; of `kind` query they are the rows that a database gave, of `kind` by_name each
    name says how: nothing else is known.

    `first_header`: only the first file begins with the columns' names. `infer_types`: else all is text.
    `empty_as_text`: an empty field is an empty text. `skip_invalid`: a line that is no JSON is left out.
    `partition_format` makes columns of parts of the path. `operations` are done in their order.
    """

    kind: typing.Literal["delimited", "parquet", "json_lines", "query", "by_name"]
    separator: str = ","
    header: bool = True
    encoding: str = "utf8"
    include_path: bool = False
    first_header: bool = False
    infer_types: bool = True
    empty_as_text: bool = False
    skip_invalid: bool = False
    partition_format: str | None = None
    types: tuple[ColumnType, ...] = ()
    operations: tuple[RowOperation, ...] = ()
