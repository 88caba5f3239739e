"""How files become a table: the options of `Dataset.Tabular`, the SDK's names for them, and operations on rows."""

from __future__ import annotations

import copy
import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeGuard, TypeVar

from pipelift.compiler.diagnostics.span import Span
from pipelift.compiler.evaluate.values import Call, Modelled, Unknown, Value, find_unknown
from pipelift.compiler.sdk.registry import sdk

_HEADERS = {
    "NO_HEADERS": "none",
    "ONLY_FIRST_FILE_HAS_HEADERS": "first",
    "COMBINE_ALL_FILES_HEADERS": "all",
    "ALL_FILES_HAVE_SAME_HEADERS": "all",
}

_CHANGES = (
    ("infer_types", "infer_column_types", False, False),
    ("empty_as_text", "empty_as_string", True, True),
    ("skip_invalid", "invalid_lines", "drop", True),
)
"""Fields of `ir.TableFormat`, the options that change them from their default, by which value, and what they become."""


@dataclass(frozen=True, slots=True)
class LostOperation:
    """An operation on a dataset that no step applies: how the SDK calls it, and where the program does."""

    what: str
    span: Span


class Consumable(Modelled):
    """What a step consumes as a named input: a dataset, or an output that becomes one."""

    _format: Mapping[str, Value] = MappingProxyType({})
    _lost: tuple[LostOperation, ...] = ()

    @property
    def is_table(self) -> bool:
        """Whether it is a table, as far as the program says."""
        return bool(self._format)

    @property
    def table_format(self) -> Mapping[str, Value]:
        """How files become a table, as fields of `ir.TableFormat`; empty for what is not said to be one."""
        return self._format

    @property
    def lost_operations(self) -> tuple[LostOperation, ...]:
        """The operations that steps do not apply: who consumes the data is told."""
        return self._lost

    def _lose_operation(self: C, call: Call, what: str) -> C:
        """The same data after an operation that steps do not apply."""
        changed = copy.copy(self)
        changed.__dict__["_lost"] = (*self._lost, LostOperation(what, call.span))
        return changed


C = TypeVar("C", bound=Consumable)


class RowOperations(Consumable):
    """What tables share, of source data and of outputs: operations that the stand-in does when a step reads them."""

    def _add_operation(self: C, call: Call, what: str, operation: dict[str, Value]) -> C:
        """The table after an operation; one that is not known, or of what is no table, is lost."""
        if not self._format or find_unknown(list(operation.values())) is not None:
            return self._lose_operation(call, what)
        table = copy.copy(self)
        before = self._format.get("operations")
        operations = (*(before if isinstance(before, tuple) else ()), operation)
        table.__dict__["_format"] = {**self._format, "operations": operations}
        return table

    def random_split(self, call: Call, percentage: Value, seed: Value = None) -> Value:
        """Two parts of the rows, by chance."""
        self._report_chance(call, "random_split")
        operation = {"kind": "split", "fraction": percentage, "seed": seed or 0}
        first = self._add_operation(call, "random_split", operation)
        return first, self._add_operation(call, "random_split", {**operation, "rest": True})

    def keep_columns(self, call: Call, columns: Value, validate: Value = False) -> Value:
        """A part of the columns."""
        operation = {"kind": "keep_columns", "columns": list_columns(columns)}
        return self._add_operation(call, "keep_columns", operation)

    def drop_columns(self, call: Call, columns: Value) -> Value:
        """A part of the columns."""
        operation = {"kind": "drop_columns", "columns": list_columns(columns)}
        return self._add_operation(call, "drop_columns", operation)

    def _report_chance(self, call: Call, what: str) -> None:
        if self._format:
            message = f"'{what}' of a table chooses other rows than Azure does, and the same ones in each run"
            call.reporter.report("PL250", message, call.span)


class _Names(Modelled):
    """An enum of the SDK whose members are known by their names."""


@sdk("azureml.data.dataset_type_definitions", "azureml.data", "azureml.data.dataset_factory")
class PromoteHeadersBehavior(_Names):
    """Which files of a table begin with the names of its columns."""

    NO_HEADERS = "NO_HEADERS"
    ONLY_FIRST_FILE_HAS_HEADERS = "ONLY_FIRST_FILE_HAS_HEADERS"
    COMBINE_ALL_FILES_HEADERS = "COMBINE_ALL_FILES_HEADERS"
    ALL_FILES_HAVE_SAME_HEADERS = "ALL_FILES_HAVE_SAME_HEADERS"


@sdk("azureml.data.dataset_type_definitions", "azureml.data.dataset_factory")
class FileEncoding(_Names):
    """How the text of files is encoded."""

    UTF8 = "utf8"
    ISO88591 = "iso88591"
    LATIN1 = "latin1"
    ASCII = "ascii"
    UTF16 = "utf16"
    UTF32 = "utf32"
    UTF8BOM = "utf8bom"
    WINDOWS1252 = "windows1252"


class ColumnType(Modelled):
    """The type of a column, as `DataType` makes it."""

    sdk_name = "azureml.data.DataType"

    def __init__(self, call: Call, type: str, formats: Value = None, decimal_mark: Value = ".") -> None:
        self.span = call.span
        self._type = type
        self._formats = formats
        self._decimal_mark = decimal_mark

    def describe(self, column: str) -> Value:
        """The type as the IR has it, of a column of that name."""
        value = self._formats or ()
        formats = value if isinstance(value, (list, tuple)) else (value,)
        unknown = find_unknown([formats, self._decimal_mark])
        return unknown or {
            "column": column,
            "type": self._type,
            "formats": tuple(formats),
            "decimal_mark": self._decimal_mark,
        }


@sdk("azureml.data", "azureml.data.dataset_factory")
class DataType(Modelled):
    """The types of columns."""

    @staticmethod
    def to_string(call: Call) -> Value:
        """Text."""
        return ColumnType(call, "string")

    @staticmethod
    def to_long(call: Call) -> Value:
        """Whole numbers."""
        return ColumnType(call, "integer")

    @staticmethod
    def to_float(call: Call, decimal_mark: Value = ".") -> Value:
        """Numbers with a fraction."""
        return ColumnType(call, "float", decimal_mark=decimal_mark)

    @staticmethod
    def to_bool(call: Call) -> Value:
        """True or false."""
        return ColumnType(call, "boolean")

    @staticmethod
    def to_datetime(call: Call, formats: Value = None) -> Value:
        """Points in time, in one of the formats."""
        return ColumnType(call, "datetime", formats)

    @staticmethod
    def to_stream(call: Call, workspace: Value, escaped: Value = False) -> Value:
        """Paths of files in a store: they stay texts."""
        message = "a column of streams stays a column of texts: their files are not opened"
        call.reporter.report("PL250", message, call.span)
        return ColumnType(call, "string")


def make_format(call: Call, kind: str, options: Mapping[str, Value]) -> dict[str, Value]:
    """The fields of `ir.TableFormat` for a factory's arguments; those that stay at their default are left out."""
    fields: dict[str, Value] = {"kind": kind}
    for name in ("separator", "include_path", "partition_format"):
        if options.get(name) is not None:
            fields[name] = options[name]
    if "header" in options:
        header = _read_header(options["header"])
        fields["header"] = header if isinstance(header, Unknown) else header != "none"
        if header == "first":
            fields["first_header"] = True
    if isinstance(options.get("encoding", "utf8"), (str, Unknown)):
        fields["encoding"] = options.get("encoding", "utf8")
    for name, option, value, written in _CHANGES:
        argument = options.get(option)
        if argument == value or isinstance(argument, Unknown):
            fields[name] = argument if isinstance(argument, Unknown) else written
    types = _describe_types(options.get("set_column_types"))
    if types:
        fields["types"] = types
    return fields


def make_output_format(
    call: Call, kind: str, options: Mapping[str, Value], files: Value = None
) -> dict[str, Value]:
    """As `make_format`, for the output of a step, all of whose files are read: `files` chooses among them."""
    if files:
        message = "a choice among the files of an output is not carried over: all of them are read"
        call.reporter.report("PL250", message, call.span)
    return make_format(call, kind, options)


def _read_header(value: Value) -> Value:
    if isinstance(value, (Unknown, bool)):
        return value if isinstance(value, Unknown) else ("all" if value else "none")
    return _HEADERS.get(str(value), "all")


def _describe_types(columns: Value) -> Value:
    """``set_column_types``: a type by the column's name."""
    if isinstance(columns, Unknown):
        return columns
    if not isinstance(columns, dict):
        return ()
    types: list[Value] = []
    for name, kind in columns.items():
        column = kind.describe(str(name)) if isinstance(kind, ColumnType) else kind
        if isinstance(column, Unknown):
            return column
        if isinstance(column, dict):
            types.append(column)
    return tuple(types)


def list_columns(columns: Value) -> Value:
    """Names of columns as a tuple; unknown values are returned unchanged."""
    if isinstance(columns, (list, tuple)):
        return tuple(columns)
    return (columns,) if isinstance(columns, str) else columns


def make_time_range(column: Value, start: Value, end: Value, inclusive: bool) -> dict[str, Value] | None:
    """The operation that selects the rows between two times (None: no limit); None if a time is not known."""
    if not isinstance(column, str) or not (_is_end(start) and _is_end(end)):
        return None
    return {
        "kind": "time_range",
        "columns": (column,),
        "start": None if start is None else start.isoformat(),
        "end": None if end is None else end.isoformat(),
        "inclusive": inclusive,
    }


def _is_end(value: Value) -> TypeGuard[datetime.datetime | None]:
    return value is None or isinstance(value, datetime.datetime)
