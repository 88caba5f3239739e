"""Secrets do not reach the IR: variables and arguments become references, all others are removed and reported."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from pipelift.compiler import ir
from pipelift.compiler.diagnostics.codes.code import Fidelity
from pipelift.compiler.diagnostics.span import Span
from pipelift.compiler.evaluate.values import Unknown, Value
from pipelift.compiler.ir.detaching import detach_secrets
from pipelift.compiler.ir.walk import texts
from pipelift.compiler.lower.context import Lowering
from pipelift.compiler.lower.read import find_secrets, glance
from pipelift.compiler.sdk.core.environment import Environment
from pipelift.compiler.sdk.core.runconfig import RunConfiguration
from pipelift.compiler.sdk.steps.step import PipelineStep
from pipelift.compiler.secrets.secrecy import (
    Secrets,
    find_assigned_credentials,
    find_credentials,
    find_dockerfile_credentials,
    find_signed_queries,
)
from pipelift.runtime.contract import paths, secrets
from pipelift.runtime.contract.secrets import HIDDEN, names_credential

_HARMLESS = frozenset({"true", "false", "none", "null", "yes", "no"})
"""What follows an option such as ``--use-auth-token`` and is no secret."""

_KEY = re.compile(r"([A-Za-z][\w-]*)=$")
_LOGIN = re.compile(r"://[^/\s:@]*:$")
_PROSE = ("description",)
_NOT_TOLD = "its value is left out"


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
            references[name] = _refer_variable(lowering, name, value, node.span, step)
    return tuple(references[name] for name in sorted(references))


def _refer_variable(
    lowering: Lowering, name: str, value: Value, span: Span | None, step: str
) -> ir.SecretVariable:
    text = glance(value, str)
    if text is not None:
        lowering.record.secrets.add(text)
    source = value.secret if isinstance(value, Unknown) else ""
    secret = lowering.secret_names.choose(name, text, source)
    message = f"the environment variable '{name}' of step '{step}' is a secret: {_NOT_TOLD}"
    lowering.reporter.report("PL244", message, span, step=step, help=_advise(secret))
    return ir.SecretVariable(name=name, secret=secret)


def _advise(secret: str) -> str:
    """How a run gets a secret."""
    file = f"{paths.STATE}/{paths.SECRETS}/{secret}"
    return f"Provide it to the run: the variable {secrets.variable(secret)}, or the file {file}."


def refer_argument(
    lowering: Lowering, value: Unknown, option: str, span: Span, step: str
) -> ir.SecretValue | None:
    """The reference that an argument becomes whose value is not known, but is a secret: by where it comes from, or by
    the `option` before it; None if it is none.
    """
    sounds = option.startswith("-") and names_credential(option)
    if not value.secret and not sounds:
        return None
    secret = lowering.secret_names.choose(value.secret or option, source=value.secret)
    message = f"an argument of step '{step}' is the secret '{secret}': the script gets it when it starts"
    lowering.reporter.report("PL245", message, span, step=step, help=_advise(secret))
    return ir.SecretValue(secret=secret)


def remove_secrets(lowering: Lowering, pipeline: ir.Pipeline) -> ir.Pipeline:
    """The pipeline without secrets; each is reported."""
    for parameter in pipeline.parameters:
        if isinstance(parameter.default, str) and names_credential(parameter.name):
            lowering.record.secrets.add(parameter.default)
    for environment in pipeline.environments:
        lowering.record.secrets.update(find_dockerfile_credentials(environment.dockerfile or ""))
    for step in pipeline.steps:
        _note_arguments(lowering, step)
    parameters = tuple(_check_parameter(lowering, parameter) for parameter in pipeline.parameters)
    schedules = tuple(_check_schedule(lowering, schedule, parameters) for schedule in pipeline.schedules)
    steps = tuple(_check_variables(lowering, _check_arguments(lowering, step)) for step in pipeline.steps)
    checked = replace(pipeline, parameters=parameters, steps=steps, schedules=schedules)
    return _mask_remaining(lowering, detach_secrets(checked, named=False))


def _check_parameter(lowering: Lowering, parameter: ir.Parameter) -> ir.Parameter:
    default = parameter.default
    if parameter.secret is not None:
        return _refer_default(lowering, parameter, parameter.secret)
    if not isinstance(default, str) or not default:
        return parameter
    if not names_credential(parameter.name) and not lowering.holds_secret(default):
        return parameter
    return _refer_default(lowering, parameter, lowering.secret_names.choose(parameter.name, default))


def _refer_default(lowering: Lowering, parameter: ir.Parameter, secret: str) -> ir.Parameter:
    message = f"the default of parameter '{parameter.name}' is a secret: {_NOT_TOLD}"
    lowering.reporter.report(
        "PL247", message, parameter.span, help=f"{_advise(secret)} Or give the parameter a value."
    )
    return replace(parameter, default=None, secret=secret)


def _check_schedule(
    lowering: Lowering, schedule: ir.Schedule, parameters: tuple[ir.Parameter, ...]
) -> ir.Schedule:
    """The schedule without values of parameters that are secrets: its runs take these as all others do."""
    secret = {entry.name: entry.secret for entry in parameters if entry.secret is not None}
    for setting in schedule.parameters:
        if setting.name in secret:
            message = f"schedule '{schedule.name}' gives parameter '{setting.name}' a secret: {_NOT_TOLD}"
            lowering.reporter.report("PL247", message, schedule.span, help=_advise(secret[setting.name]))
    kept = tuple(setting for setting in schedule.parameters if setting.name not in secret)
    return replace(schedule, parameters=kept)


def _note_arguments(lowering: Lowering, step: ir.Step) -> None:
    """Learn of the secrets in a step's arguments before any is removed: another step may show them elsewhere."""
    for option, argument in _list_with_options(step.arguments):
        for piece in argument.parts if isinstance(argument, ir.Concatenation) else (argument,):
            if isinstance(piece, ir.Literal):
                lowering.record.secrets.update(find_signed_queries(piece.value))
                lowering.record.secrets.update(find_credentials(piece.value))
                if "PL246" not in lowering.reporter.allowed:
                    lowering.record.secrets.update(find_assigned_credentials(piece.value))
        suspect = _find_suspect(lowering, option, argument)
        if suspect is not None:
            note = lowering.record.secrets.note_word if _is_weak(suspect[1]) else lowering.record.secrets.add
            note(suspect[1])


def _is_weak(value: str) -> bool:
    """Whether the value of an option may be a word or number that stands in the pipeline for other reasons."""
    return value.isdigit() or (value.isalpha() and len(value) < 20)


def _list_with_options(arguments: tuple[ir.Argument, ...]) -> Iterator[tuple[str, ir.Argument]]:
    """Each argument, with the option before it."""
    option = ""
    for argument in arguments:
        yield option, argument
        option = argument.value if isinstance(argument, ir.Literal) and argument.value[:1] == "-" else ""


def _check_variables(lowering: Lowering, step: ir.Step) -> ir.Step:
    """The step with references for those of its variables that hold what only an argument has shown to be a secret."""
    holding = [entry for entry in step.variables if lowering.record.secrets.found_in(entry.value)]
    if not holding:
        return step
    found = [_refer_variable(lowering, one.name, one.value, step.span, step.name) for one in holding]
    references = sorted((*step.secrets, *found), key=lambda reference: reference.name)
    plain = tuple(entry for entry in step.variables if entry not in holding)
    return replace(step, variables=plain, secrets=tuple(references))


def _check_arguments(lowering: Lowering, step: ir.Step) -> ir.Step:
    """The step with references in the places of secrets; what follows an option such as ``--password`` is one."""
    pairs = enumerate(_list_with_options(step.arguments), 1)
    arguments = (_check_argument(lowering, step, place, option, one) for place, (option, one) in pairs)
    return replace(step, arguments=tuple(arguments))


def _check_argument(
    lowering: Lowering, step: ir.Step, place: int, option: str, argument: ir.Argument
) -> ir.Argument:
    before = argument.parts if isinstance(argument, ir.Concatenation) else (argument,)
    after = tuple(
        one
        for piece in before
        for one in _split_piece(lowering, piece, option or f"{step.id}-argument-{place}")
    )
    code, why = "PL245", "holds a secret"
    suspect = None if after != before else _find_suspect(lowering, option, argument)
    if suspect is not None:
        name, value = suspect
        code, why = "PL246", f"is the value of {name}, which sounds like a secret"
        secret = lowering.secret_names.choose(name, value)
        head = before[0].value.removesuffix(value) if isinstance(before[0], ir.Literal) else ""
        after = (*([ir.Literal(value=head)] if head else []), ir.SecretValue(secret=secret))
    if after == before:
        return argument
    names = dict.fromkeys(one.secret for one in after if isinstance(one, ir.SecretValue))
    message = f"argument {place} of step '{step.name}' {why}: {_NOT_TOLD}"
    remedy = " ".join(_advise(name) for name in names)
    lowering.reporter.report(code, message, step.span, step=step.name, help=remedy)
    return after[0] if len(after) == 1 else ir.Concatenation(parts=after)


def _split_piece(lowering: Lowering, piece: ir.Piece, wanted: str) -> Iterator[ir.Piece]:
    """A piece of an argument as references, for the secrets in it, and texts for what is between."""
    if not isinstance(piece, ir.Literal) or not lowering.record.secrets.found_in(piece.value):
        yield piece
        return
    before = ""
    for text, is_secret in lowering.record.secrets.split(piece.value):
        if is_secret:
            name = lowering.secret_names.source_of(text) or _name_by_place(before, text) or wanted
            yield ir.SecretValue(secret=lowering.secret_names.choose(name, text))
        elif text:
            yield ir.Literal(value=text)
        before = text


def _name_by_place(before: str, secret: str) -> str:
    """What a secret is called by the text `before` it, as ``…;AccountKey=``; empty if that says nothing."""
    if find_signed_queries("?" + secret):
        return "sas-token"
    key = _KEY.search(before)
    if key is not None:
        return key[1]
    return "password" if _LOGIN.search(before) else ""


def _find_suspect(lowering: Lowering, option: str, argument: ir.Argument) -> tuple[str, str] | None:
    """The name and value of an option that sounds like a secret, as two arguments or with ``=``."""
    if not isinstance(argument, ir.Literal) or "PL246" in lowering.reporter.allowed:
        return None
    text = argument.value
    name, value = option, text
    if text.startswith("-"):
        name, _, value = text.partition("=")
    # The service puts data and parameters in the place of names that begin with $A.
    harmless = value.strip().lower() in {"", *_HARMLESS} or value.startswith("$A")
    return None if harmless or not name.startswith("-") or not names_credential(name) else (name, value)


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
    for place, is_prose in dict.fromkeys(_find_places(data, secrets)):
        # What only people read goes without the secret; what an engine reads would be wrong without it.
        fidelity: Fidelity | None = "approximated" if is_prose else None
        message = f"a secret stands in {place}" + (f": {HIDDEN} stands there instead" if is_prose else "")
        lowering.reporter.report("PL248", message, pipeline.span, fidelity=fidelity)
    return from_data(ir.Pipeline, _mask_value(data, secrets))


def _find_places(data: dict[str, object], secrets: Secrets) -> Iterator[tuple[str, bool]]:
    """The places of secrets, in words, and whether only people read what stands there."""
    for name, value in data.items():
        if not isinstance(value, list):
            if _holds_secret(value, secrets):
                yield f"the pipeline's {name}", name in _PROSE
            continue
        for node in value:
            called = secrets.clean(str(node.get("name") or node.get("id")))
            what = f"{name.removesuffix('s').replace('_', ' ')} '{called}'"
            for field, content in node.items():
                if _holds_secret(content, secrets):
                    yield f"{what} ({field})", name == "tags" or field in _PROSE


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
