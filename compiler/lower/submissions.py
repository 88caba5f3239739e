"""The parameters of submissions, compared with the pipeline's (`azureml-sdk-v1.md` §3.3)."""

from __future__ import annotations

from collections.abc import Sequence

from pipelift.compiler import ir
from pipelift.compiler.evaluate.kinds import describe_kind
from pipelift.compiler.evaluate.values import Value
from pipelift.compiler.lower.context import Lowering
from pipelift.compiler.lower.read import Reader
from pipelift.compiler.sdk.credentials import find_variable_secrets
from pipelift.compiler.sdk.pipeline.pipeline import Submission

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "float": (float,),
    "boolean": (bool, int),
}


def check_submissions(lowering: Lowering, submissions: Sequence[Submission], pipeline: ir.Pipeline) -> None:
    """Report values that the SDK refuses, and values that differ from the compiled pipeline's defaults."""
    parameters = {parameter.name: parameter for parameter in pipeline.parameters}
    data = {parameter.name for parameter in pipeline.data_parameters}
    for submission in submissions:
        read = Reader(lowering, "a submission", submission.span)
        what = "what it gives to the parameters"
        values = read.mapping(submission.options.get("pipeline_parameters"), what, "setting")
        for name, value in values.items():
            lowering.record.secrets.update(find_variable_secrets({name: value}))
            if name not in data and not read.is_unknown(value, f"the value of parameter '{name}'", "setting"):
                _compare_default(lowering, submission, parameters.get(name), name, value)


def find_misfit(parameter: ir.Parameter | None, name: str, value: Value) -> str | None:
    """Why the SDK refuses `value` for `parameter` (None: there is none); None where it accepts it."""
    if parameter is None:
        return f"the pipeline has no parameter '{name}'"
    if isinstance(value, _TYPES[parameter.type]):
        return None
    return f"parameter '{name}' is {parameter.type}, but is given {describe_kind(value)}"


def _compare_default(
    lowering: Lowering, submission: Submission, parameter: ir.Parameter | None, name: str, value: Value
) -> None:
    misfit = find_misfit(parameter, name, value)
    if misfit is not None:
        lowering.reporter.report("PL242", misfit, submission.span)
    elif parameter is not None and value != parameter.default:
        message = (
            f"this submission sets '{name}' to {value!r}; compiled pipelines start with {parameter.default!r}"
        )
        lowering.reporter.report("PL241", message, submission.span)
