"""What submissions say of a pipeline's parameters, held against the pipeline (`azureml-sdk-v1.md` §3.3)."""

from __future__ import annotations

from collections.abc import Sequence

from pipelift.compiler import ir
from pipelift.compiler.diagnostics.span import Span
from pipelift.compiler.evaluate.values import Value
from pipelift.compiler.lower.context import Lowering
from pipelift.compiler.lower.read import Reader, kind_of
from pipelift.compiler.sdk.credentials import given_secrets
from pipelift.compiler.sdk.pipeline.pipeline import Submission

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "float": (float,),
    "boolean": (bool, int),
}


def check_submissions(lowering: Lowering, submissions: Sequence[Submission], pipeline: ir.Pipeline) -> None:
    """Report values that the SDK refuses, and those that a compiled pipeline would not start with."""
    known = {one.name: one for one in pipeline.parameters}
    data = {one.name for one in pipeline.data_parameters}
    for submission in submissions:
        read = Reader(lowering, "a submission", submission.span)
        what = "what it gives to the parameters"
        given = read.mapping(submission.options.get("pipeline_parameters"), what, "setting")
        for name, value in given.items():
            lowering.record.secrets.update(given_secrets({name: value}))
            if name not in data and not read.is_unknown(value, f"the value of parameter '{name}'", "setting"):
                _compare(lowering, submission, known.get(name), name, value)


def fits(lowering: Lowering, known: ir.Parameter | None, name: str, value: Value, span: Span) -> bool:
    """Whether the SDK takes `value` for parameter `name` (None: there is none); reported where it does not."""
    if known is None:
        lowering.reporter.report("PL240", f"the pipeline has no parameter '{name}'", span)
        return False
    if isinstance(value, _TYPES[known.type]):
        return True
    message = f"parameter '{name}' is {known.type}, but the submission gives {kind_of(value)}"
    lowering.reporter.report("PL240", message, span)
    return False


def _compare(
    lowering: Lowering, submission: Submission, known: ir.Parameter | None, name: str, value: Value
) -> None:
    if fits(lowering, known, name, value, submission.span) and known and value != known.default:
        message = (
            f"this submission sets '{name}' to {value!r}; compiled pipelines start with {known.default!r}"
        )
        lowering.reporter.report("PL241", message, submission.span)
