"""Values for pipeline parameters from the command line: typed by the SDK's rule, refused before anything runs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from pipelift.compiler.diagnostics import Reporter
from pipelift.compiler.diagnostics.suggestion import suggest
from pipelift.compiler.ir import (
    Dataset,
    Literal,
    Location,
    Output,
    Parameter,
    ParameterValue,
    Pipeline,
    Scalar,
    TextPiece,
)
from pipelift.compiler.ir.texts import find_flaw
from pipelift.runtime.contract.secrets import names_credential

_BOOLEANS = {"true": True, "false": False, "1": True, "0": False}


def typed_values(pipeline: Pipeline, given: Mapping[str, Scalar], reporter: Reporter) -> dict[str, Scalar]:
    """The given texts or values as values of each parameter's type.

    Reports an unknown name (PL502), and what is not of the type (PL503).
    """
    known = {parameter.name: parameter for parameter in pipeline.parameters}
    values: dict[str, Scalar] = {}
    reporter.secrets.give(str(value) for name, value in given.items() if names_credential(name))
    for name, value in given.items():
        parameter = known.get(name)
        if parameter is None:
            hint = suggest(name, known)
            reporter.report("PL502", f"pipeline '{pipeline.name}' has no parameter '{name}'{hint}")
            continue
        try:
            values[name] = _typed(parameter, value)
        except ValueError:
            message = f"parameter '{name}' is of type {parameter.type}; '{value}' is not"
            reporter.report("PL503", message, parameter.span)
    return values


def with_values(pipeline: Pipeline, values: Mapping[str, Scalar]) -> Pipeline:
    """The pipeline with `values`, of the parameters' types, as its parameters' defaults."""
    parameters = tuple(
        replace(one, default=values[one.name]) if one.name in values else one for one in pipeline.parameters
    )
    return replace(located(pipeline, values), parameters=parameters)


def located(pipeline: Pipeline, values: Mapping[str, Scalar]) -> Pipeline:
    """The pipeline with its data where the `values` of parameters, else their defaults, say."""
    if not path_parameters(pipeline) & set(values):
        return pipeline
    texts = {one.name: str(values.get(one.name, one.default)) for one in pipeline.parameters}
    datasets = (_locate_dataset(dataset, texts) for dataset in pipeline.datasets)
    steps = (
        replace(step, outputs=tuple(_locate(one, texts) for one in step.outputs)) for step in pipeline.steps
    )
    return replace(pipeline, datasets=tuple(datasets), steps=tuple(steps))


def path_parameters(pipeline: Pipeline) -> frozenset[str]:
    """The names of the parameters that stand in paths and names of data."""
    places: list[Dataset | Location | Output] = [*pipeline.datasets]
    places += (place for dataset in pipeline.datasets for place in dataset.locations)
    places += (output for step in pipeline.steps for output in step.outputs)
    pieces = (piece for place in places for piece in place.pieces)
    return frozenset(piece.parameter for piece in pieces if isinstance(piece, ParameterValue))


def put_together(pieces: Iterable[TextPiece], texts: Mapping[str, str]) -> str:
    """The text of `pieces` with the values of parameters."""
    return "".join(piece.value if isinstance(piece, Literal) else texts[piece.parameter] for piece in pieces)


def _locate_dataset(dataset: Dataset, texts: Mapping[str, str]) -> Dataset:
    name = put_together(dataset.pieces, texts) if dataset.pieces else dataset.name
    return replace(dataset, name=name, locations=tuple(_locate(one, texts) for one in dataset.locations))


P = TypeVar("P", Location, Output)


def _locate(place: P, texts: Mapping[str, str]) -> P:
    return replace(place, path=put_together(place.pieces, texts)) if place.pieces else place


def _typed(parameter: Parameter, value: Scalar) -> Scalar:
    """`value` as one of the parameter's type. Raises `ValueError`."""
    if isinstance(value, str):
        return _converted(parameter, value)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if parameter.type == "float" and is_number:
        return _converted(parameter, str(value))
    fits = {"integer": is_number and isinstance(value, int), "boolean": isinstance(value, bool)}
    if not fits.get(parameter.type, False):
        raise ValueError(value)
    return value


def _converted(parameter: Parameter, text: str) -> Scalar:
    if parameter.type == "integer":
        return int(text)
    if parameter.type == "float":
        number = float(text)
        if not math.isfinite(number):
            raise ValueError(text)
        return number
    if parameter.type == "boolean":
        if text.lower() not in _BOOLEANS:
            raise ValueError(text)
        return _BOOLEANS[text.lower()]
    if find_flaw(text):
        raise ValueError(text)
    return text
