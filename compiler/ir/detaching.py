"""Parameters whose value is a secret as secrets of the steps, for where no run gives their values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from pipelift.compiler.ir.arguments import Argument, Concatenation, ParameterValue, Piece, SecretValue
from pipelift.compiler.ir.model import Pipeline, SecretVariable, Step
from pipelift.compiler.ir.timing import Schedule
from pipelift.runtime.contract.secrets import names_credential, parameter_variable


def detach_secrets(pipeline: Pipeline, *, named: bool = True) -> Pipeline:
    """The pipeline with secrets of its steps in the place of parameters that are secrets.

    A step gets the secret where it had the parameter: in its arguments, and in the variable of that name. Without
    `named` those stay parameters whose names say that they are secrets; and so do those that stand in a path or name.
    """
    placed = set(_list_placed(pipeline))
    secrets = {
        entry.name: entry.secret
        for entry in pipeline.parameters
        if entry.secret is not None
        and entry.name not in placed
        and (named or not names_credential(entry.name))
    }
    if not secrets:
        return pipeline
    return replace(
        pipeline,
        parameters=tuple(entry for entry in pipeline.parameters if entry.name not in secrets),
        steps=tuple(_detach(step, secrets) for step in pipeline.steps),
        schedules=tuple(_drop_settings(schedule, secrets) for schedule in pipeline.schedules),
    )


def _list_placed(pipeline: Pipeline) -> Iterator[str]:
    locations = [place for dataset in pipeline.datasets for place in dataset.locations]
    outputs = [output for step in pipeline.steps for output in step.outputs]
    texts = [node.pieces for nodes in (pipeline.datasets, locations, outputs) for node in nodes]
    yield from (piece.parameter for pieces in texts for piece in pieces if isinstance(piece, ParameterValue))


def _drop_settings(schedule: Schedule, secrets: Mapping[str, str]) -> Schedule:
    kept = tuple(setting for setting in schedule.parameters if setting.name not in secrets)
    return replace(schedule, parameters=kept)


def _detach(step: Step, secrets: Mapping[str, str]) -> Step:
    used = [name for name in step.parameters if name in secrets]
    if not used:
        return step
    variables = (SecretVariable(name=parameter_variable(name), secret=secrets[name]) for name in used)
    return replace(
        step,
        arguments=tuple(_refer(argument, secrets) for argument in step.arguments),
        parameters=tuple(name for name in step.parameters if name not in secrets),
        secrets=(*step.secrets, *variables),
    )


def _refer(argument: Argument, secrets: Mapping[str, str]) -> Argument:
    if isinstance(argument, Concatenation):
        return replace(argument, parts=tuple(_refer_piece(part, secrets) for part in argument.parts))
    return _refer_piece(argument, secrets)


def _refer_piece(piece: Piece, secrets: Mapping[str, str]) -> Piece:
    if isinstance(piece, ParameterValue) and piece.parameter in secrets:
        return SecretValue(secret=secrets[piece.parameter])
    return piece
