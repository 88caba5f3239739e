"""`csv`: rows of files that the project has."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from typing import Any

from pipelift.compiler.evaluate import meter, operators
from pipelift.compiler.evaluate.iteration import limit_items
from pipelift.compiler.evaluate.library.files import File
from pipelift.compiler.evaluate.library.models import items, partial_module
from pipelift.compiler.evaluate.library.registry import module
from pipelift.compiler.evaluate.machine import LibraryCall, Machine
from pipelift.compiler.evaluate.values import Iter, Model, Module, Unknown, Value

_OPTIONS = ("delimiter", "quotechar", "escapechar", "dialect")


@module("csv")
def csv_module(it: Machine) -> Module:
    """`csv`."""
    members: dict[str, Value] = {name: getattr(csv, name) for name in ("QUOTE_ALL", "QUOTE_MINIMAL")}
    members["reader"] = Model("csv.reader", _read_rows)
    members["DictReader"] = Model("csv.DictReader", _read_records)
    return partial_module("csv", members)


def _list_lines(call: LibraryCall, source: Value) -> list[str] | None:
    lines = items(call, source) if isinstance(source, (File, list, tuple, Iter)) else [None]
    texts = [line for line in lines if isinstance(line, str)]
    meter.spend(len(texts) // 20)
    return texts if len(texts) == len(lines) else None


def _read_rows(call: LibraryCall, source: Value, *_: Value, **options: Value) -> Value:
    lines = None if options.keys() - set(_OPTIONS) else _list_lines(call, source)
    if lines is None:
        return Unknown("the rows are not known", call.span)
    rows: Iterable[Value] = operators.apply(lambda: list(csv.reader(lines, **_pick(options))))
    return Iter(limit_items(rows))


def _read_records(call: LibraryCall, source: Value, fieldnames: Value = None, **options: Value) -> Value:
    lines = None if options.keys() - set(_OPTIONS) else _list_lines(call, source)
    if lines is None or not isinstance(fieldnames, (list, tuple, type(None))):
        return Unknown("the rows are not known", call.span)
    names = None if fieldnames is None else [str(name) for name in fieldnames]
    rows: Iterable[Value] = operators.apply(lambda: list(csv.DictReader(lines, names, **_pick(options))))
    return Iter(limit_items(rows))


def _pick(options: Mapping[str, Value]) -> dict[str, Any]:
    return {name: str(options[name]) for name in _OPTIONS if name in options}
