"""The IR as plain data and as JSON: the file boundary, where pydantic checks what comes in.

Inside, nodes are dataclasses that the type checker follows; only a file can hold what is no node.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, TypeVar

from pydantic import TypeAdapter

from pipelift.compiler.ir.model import Pipeline
from pipelift.compiler.ir.node import Node

N = TypeVar("N", bound=Node)


_ADAPTERS: dict[type[Node], TypeAdapter[Any]] = {}


def _adapter(cls: type[N]) -> TypeAdapter[N]:
    """Made on first use: a command that reads and writes no IR does not wait for it."""
    if cls not in _ADAPTERS:
        _ADAPTERS[cls] = TypeAdapter(cls)
    return _ADAPTERS[cls]


def from_data(cls: type[N], data: object) -> N:
    """The node of class `cls` that plain data stand for. Raises `pydantic.ValidationError`."""
    return _adapter(cls).validate_python(data)


def read_pipeline(data: bytes | str) -> Pipeline:
    """The pipeline of a `pipeline.ir.json`. Raises `pydantic.ValidationError`, which is a `ValueError`."""
    return _adapter(Pipeline).validate_json(data)


def as_data(node: Node, *, exclude: Collection[str] = (), exclude_defaults: bool = False) -> dict[str, Any]:
    """The node as JSON data (lists, no tuples), its fields in their order, less those of `exclude`."""
    data: dict[str, Any] = _adapter(type(node)).dump_python(
        node, mode="json", exclude=set(exclude) or None, exclude_defaults=exclude_defaults, warnings="error"
    )
    return data


def as_json(node: Node) -> str:
    """The node as compact JSON text."""
    return _adapter(type(node)).dump_json(node, warnings="error").decode()


def json_schema() -> Mapping[str, Any]:
    """The JSON Schema of a pipeline as it is written."""
    return _adapter(Pipeline).json_schema(mode="serialization")
