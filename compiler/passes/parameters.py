"""Values for pipeline parameters from the command line: typed by the SDK's rule, refused before anything runs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from pipelift.compiler.diagnostics import Reporter
from pipelift.compiler.diagnostics.suggestion import suggest
from pipelift.compiler.ir import Location, Parameter, Pipeline, Scalar
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
    """The pipeline with its source data where the values of parameters for paths say."""
    if not any(one.name in values for one in pipeline.data_parameters):
        return pipeline
    datasets = (
        replace(dataset, locations=tuple(_placed(one, values) for one in dataset.locations))
        for dataset in pipeline.datasets
    )
    return replace(pipeline, datasets=tuple(datasets))


def _placed(location: Location, values: Mapping[str, Scalar]) -> Location:
    if location.parameter is None or location.parameter not in values:
        return location
    return replace(location, path=str(values[location.parameter]))


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
