"""The IR's nodes for the command line of a step: texts, paths of ports, values of parameters, and pieces together."""

from __future__ import annotations

import typing
from dataclasses import dataclass
from typing import Annotated

from pipelift.compiler.ir.node import Node, Tagged


@dataclass(frozen=True, slots=True, kw_only=True)
class Literal(Node):
    """An argument that is plain text."""

    kind: typing.Literal["literal"] = "literal"
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InputPath(Node):
    """An argument that is the path (for `direct`: the id) of an input port."""

    kind: typing.Literal["input"] = "input"
    port: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputPath(Node):
    """An argument that is the path of an output port."""

    kind: typing.Literal["output"] = "output"
    port: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterValue(Node):
    """An argument that is the value of a pipeline parameter."""

    kind: typing.Literal["parameter"] = "parameter"
    parameter: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretValue(Node):
    """An argument that is the secret `secret`: a reference, never the value."""

    kind: typing.Literal["secret"] = "secret"
    secret: str


Piece = Annotated[Literal | InputPath | OutputPath | ParameterValue | SecretValue, Tagged("kind")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Concatenation(Node):
    """An argument that is several pieces put together, as an f-string does."""

    kind: typing.Literal["concat"] = "concat"
    parts: tuple[Piece, ...]


TextPiece = Annotated[Literal | ParameterValue, Tagged("kind")]
"""A piece of a path or a name: a text, or the value of a parameter."""

Argument = Annotated[
    Literal | InputPath | OutputPath | ParameterValue | SecretValue | Concatenation, Tagged("kind")
]
