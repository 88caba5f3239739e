"""What Kubeflow cannot keep as it was (PL42x) and its declaration (`keeps.py`) does not tell; not of stores."""

from __future__ import annotations

import math
import re

from pipelift.compiler import ir
from pipelift.compiler.config import Config
from pipelift.compiler.diagnostics import Reporter

_LARGEST_INTEGER = 2**53
# Not allowed in YAML at all, or an end of line there: kfp writes defaults into a comment as they are.
_NOT_IN_A_COMMENT = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
# Text to the YAML 1.1 that kfp writes, a number or a date to the reader in the KFP server (gopkg.in/yaml.v3).
_NUMBER = re.compile(
    r"[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?|[-+]?0[box][\da-fA-F]+|\d{4}-\d\d?-\d\d?([Tt\s].*)?"
)


def report_pipeline(pipeline: ir.Pipeline, config: Config, reporter: Reporter) -> None:
    """Report the losses of the pipeline as a whole and of each of its steps."""
    for step in pipeline.steps:
        if config.reuse.identity == "content" and step.reuse.allowed and reads_source_data(step):
            reporter.report(
                "PL427",
                f"step '{step.name}' reads source data and runs every time",
                step.span,
                step=step.name,
            )


def report_parameter(parameter: ir.Parameter, name: str, reporter: Reporter) -> None:
    """Report a parameter that is called `name` here, or whose default cannot be kept."""
    if name != parameter.name:
        reporter.report("PL425", f"the parameter '{parameter.name}' is called '{name}' here", parameter.span)
    reason = refusal(parameter)
    if reason is not None:
        reporter.report("PL428", f"the default of parameter '{parameter.name}' {reason}", parameter.span)


def refusal(parameter: ir.Parameter) -> str | None:
    """Why a compiled pipeline cannot hold the default of `parameter`, else None."""
    default = parameter.default
    if isinstance(default, float) and not math.isfinite(default):
        return "is no finite number, and KFP's format has no other"
    if isinstance(default, int) and abs(default) > _LARGEST_INTEGER:
        return "is larger than KFP's format keeps exactly (2 to the 53rd)"
    return (
        None
        if not isinstance(default, str) or is_safe_text(default)
        else ("does not survive in the YAML that kfp writes")
    )


def is_safe_text(text: str) -> bool:
    """Whether `text` comes back as the same text after kfp has written it and the KFP server has read it."""
    return _NOT_IN_A_COMMENT.search(text) is None and (
        _NUMBER.fullmatch(text.replace("_", "")) is None or _is_quoted(text)
    )


def reads_source_data(step: ir.Step) -> bool:
    """Whether an input of `step` is a dataset rather than another step's output."""
    return any(isinstance(port.source, ir.DatasetSource) for port in step.inputs)


def _is_quoted(text: str) -> bool:
    import yaml

    return yaml.safe_dump(text).startswith(("'", '"'))
