"""`tomllib`, and the packages `tomli` and `toml`, which read the same."""

from __future__ import annotations

import sys

from pipelift.compiler.evaluate.exceptions import EXCEPTIONS
from pipelift.compiler.evaluate.library.files import open_file, parse_source
from pipelift.compiler.evaluate.library.models import partial_module
from pipelift.compiler.evaluate.library.registry import module
from pipelift.compiler.evaluate.machine import LibraryCall, Machine
from pipelift.compiler.evaluate.values import Model, Module, Unknown, Value

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


@module("tomllib", "tomli")
def tomllib_module(it: Machine) -> Module:
    """`tomllib`: files that are open, and texts."""
    return _make_module("tomllib", Model("tomllib.load", _parse), "TOMLDecodeError")


@module("toml")
def toml_module(it: Machine) -> Module:
    """`toml`, whose `load` takes the path of a file, too."""
    return _make_module("toml", Model("toml.load", _load_path), "TomlDecodeError")


def _make_module(name: str, load: Model, error: str) -> Module:
    members: dict[str, Value] = {"load": load, "loads": Model(f"{name}.loads", _parse)}
    return partial_module(name, {**members, error: EXCEPTIONS["TOMLDecodeError"]})


def _parse(call: LibraryCall, source: Value, **_: Value) -> Value:
    return parse_source(call, source, tomllib.loads, "TOMLDecodeError")


def _load_path(call: LibraryCall, source: Value, **_: Value) -> Value:
    opened = open_file(call, source) if isinstance(source, str) else source
    return opened if isinstance(opened, Unknown) else _parse(call, opened)
