"""Secrets do not reach the IR: variables become references, all others are removed and reported."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from pipelift.compiler import ir
from pipelift.compiler.evaluate.values import Value
from pipelift.compiler.ir.names import slug
from pipelift.compiler.ir.walk import texts
from pipelift.compiler.lower.context import Lowering
from pipelift.compiler.lower.read import find_secrets, glance
from pipelift.compiler.sdk.core.environment import Environment
from pipelift.compiler.sdk.core.runconfig import RunConfiguration
from pipelift.compiler.sdk.steps.step import PipelineStep
from pipelift.compiler.secrets.secrecy import Secrets, find_credentials
from pipelift.runtime.contract import paths, secrets
from pipelift.runtime.contract.secrets import HIDDEN, names_credential


def lower_secret_variables(
    lowering: Lowering, node: PipelineStep, runconfig: RunConfiguration | None, step: str
) -> tuple[ir.SecretVariable, ...]:
    """The environment variables of a step that hold secrets, by name, as references; each is reported."""
    if runconfig is None:
        return ()
    references: dict[str, ir.SecretVariable] = {}
    environment = glance(runconfig.environment, Environment)
    for owner in (environment, runconfig):
        for name, value in find_secrets(lowering, owner and owner.environment_variables):
            references[name] = ir.SecretVariable(name=name, secret=name_secret(name))
            _report_variable(lowering, references[name], value, node, step)
    return tuple(references[name] for name in sorted(references))


def name_secret(variable: str) -> str:
    """The name of the secret of a variable, as every target allows it: ``DB_PASSWORD`` -> ``db-password``."""
    return slug(variable) or "secret"


def _report_variable(
    lowering: Lowering, variable: ir.SecretVariable, value: Value, node: PipelineStep, step: str
) -> None:
    text = glance(value, str)
    if text is not None:
        lowering.record.secrets.add(text)
    message = (
        f"the environment variable '{variable.name}' of step '{step}' is a secret: its value is left out"
    )
    variable_name = secrets.variable(variable.secret)
    places = f"the variable {variable_name}, or the file {paths.STATE}/{paths.SECRETS}/{variable.secret}"
    lowering.reporter.report("PL244", message, node.span, step=step, help=f"Provide it to the run: {places}.")


def remove_secrets(lowering: Lowering, pipeline: ir.Pipeline) -> ir.Pipeline:
    """The pipeline without secrets; each is reported."""
    for parameter in pipeline.parameters:
        if isinstance(parameter.default, str) and names_credential(parameter.name):
            lowering.record.secrets.add(parameter.default)
    for environment in pipeline.environments:
        lowering.record.secrets.update(_find_dockerfile_secrets(environment.dockerfile or ""))
    parameters = tuple(_check_parameter(lowering, parameter) for parameter in pipeline.parameters)
    steps = tuple(_check_step(lowering, step) for step in pipeline.steps)
    checked = replace(pipeline, parameters=parameters, steps=steps)
    return _mask_remaining(lowering, checked)


def _find_dockerfile_secrets(text: str) -> Iterator[str]:
    """The values of a Dockerfile's variables that are credentials by their names: ``ENV DB_PASSWORD=…``."""
    for name, value in re.findall(r"(?im)^\s*(?:ENV|ARG)\s+([A-Za-z_]\w*)[= ]\s*[\"']?([^\s\"'$]+)", text):
        if names_credential(name):
            yield value


def _check_parameter(lowering: Lowering, parameter: ir.Parameter) -> ir.Parameter:
    default = parameter.default
    if not isinstance(default, str) or not default:
        return parameter
    if not names_credential(parameter.name) and not lowering.record.secrets.found_in(default):
        return parameter
    message = (
        f"the default of parameter '{parameter.name}' is a secret: it is left out, and a run must give it"
    )
    lowering.reporter.report("PL247", message, parameter.span)
    return replace(parameter, default=None)


def _check_step(lowering: Lowering, step: ir.Step) -> ir.Step:
    """The step without secrets in its arguments; the value of an option such as ``--password`` counts as one."""
    arguments: list[ir.Argument] = []
    option = ""
    for index, argument in enumerate(step.arguments):
        arguments.append(_check_argument(lowering, step, argument, index, option))
        option = argument.value if isinstance(argument, ir.Literal) else ""
    return replace(step, arguments=tuple(arguments))


def _check_argument(
    lowering: Lowering, step: ir.Step, argument: ir.Argument, index: int, option: str
) -> ir.Argument:
    if isinstance(argument, ir.Concatenation):
        return replace(
            argument, parts=tuple(_check_piece(lowering, step, part, index) for part in argument.parts)
        )
    return _check_piece(lowering, step, argument, index, option)


def _check_piece(
    lowering: Lowering, step: ir.Step, argument: ir.Piece, index: int, option: str = ""
) -> ir.Piece:
    if not isinstance(argument, ir.Literal):
        return argument
    text = argument.value
    lowering.record.secrets.update(find_credentials(text))
    if lowering.record.secrets.found_in(text):
        message = f"argument {index + 1} of step '{step.name}' holds a secret"
        lowering.reporter.report("PL245", message, step.span, step=step.name)
        return ir.Literal(value=lowering.record.secrets.clean(text))
    suspect = _find_suspect(option, text)
    if suspect is None:
        return argument
    name, value = suspect
    message = f"argument {index + 1} of step '{step.name}' is the value of {name}, which sounds like a secret"
    lowering.reporter.report("PL246", message, step.span, step=step.name)
    if "PL246" in lowering.reporter.allowed:
        return argument
    lowering.record.secrets.add(value)
    return ir.Literal(value=text.replace(value, HIDDEN))


def _find_suspect(option: str, text: str) -> tuple[str, str] | None:
    """The name and value of an option that sounds like a secret, as two arguments or with ``=``."""
    if text.startswith("-"):
        name, _, value = text.partition("=")
    else:
        name, value = option, text
    if not name.startswith("-") or not value or not names_credential(name):
        return None
    return name, value


def _mask_remaining(lowering: Lowering, pipeline: ir.Pipeline) -> ir.Pipeline:
    """Check every text of the IR: a secret anywhere else is an error, and is masked."""
    secrets = lowering.record.secrets
    held = texts(pipeline)
    for text in held:
        secrets.update(find_credentials(text))
    if not any(secrets.found_in(text) for text in held):
        return pipeline
    from pipelift.compiler.ir.wire import as_data, from_data

    data = as_data(pipeline)
    for place in dict.fromkeys(_find_places(data, secrets)):
        lowering.reporter.report("PL248", f"a secret stands in {place}", pipeline.span)
    return from_data(ir.Pipeline, _mask_value(data, secrets))


def _find_places(data: dict[str, object], secrets: Secrets) -> Iterator[str]:
    """The places of secrets, in words."""
    for name, value in data.items():
        if not isinstance(value, list):
            if _holds_secret(value, secrets):
                yield f"the pipeline's {name}"
            continue
        for node in value:
            called = secrets.clean(str(node.get("name") or node.get("id")))
            what = f"{name.removesuffix('s').replace('_', ' ')} '{called}'"
            yield from (
                f"{what} ({field})" for field, content in node.items() if _holds_secret(content, secrets)
            )


def _holds_secret(value: object, secrets: Secrets) -> bool:
    if isinstance(value, str):
        return secrets.found_in(value)
    if isinstance(value, dict):
        return any(_holds_secret(item, secrets) for item in value.values())
    return isinstance(value, list) and any(_holds_secret(item, secrets) for item in value)


def _mask_value(value: object, secrets: Secrets) -> object:
    if isinstance(value, str):
        return secrets.clean(value)
    if isinstance(value, dict):
        return {name: _mask_value(item, secrets) for name, item in value.items()}
    return [_mask_value(item, secrets) for item in value] if isinstance(value, list) else value
