"""A section of settings: the tables of `pipelift.toml`, and what ``--set`` says of a target."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from pipelift.compiler.diagnostics import Refused
from pipelift.compiler.diagnostics.suggestion import find_similar


class Section(BaseModel):
    """The base of all sections: it refuses unknown keys, so that a typing error is noticed."""

    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True, slots=True)
class Option:
    """Where a field of a target's settings may be given: ``Annotated[str, Option("help")]``.

    A field without it stands in `pipelift.toml` only. `help` is one line. With `asked` it is given with
    ``--set NAME=VALUE``, and with `filed` in `pipelift.toml`: what decides where credentials go is never filed, since
    the file lies in the project. `example` is its value in the file of `pipelift init`, as TOML.
    """

    help: str
    filed: bool = True
    asked: bool = False
    example: str = ""


S = TypeVar("S", bound=Section)


def list_options(model: type[Section]) -> dict[str, Option]:
    """How each field of `model` may be given, by name, in the order of the model."""
    return {
        name: next((entry for entry in field.metadata if isinstance(entry, Option)), Option(""))
        for name, field in model.model_fields.items()
    }


def list_deploy_options(model: type[Section]) -> dict[str, str]:
    """What ``--set`` takes: the line of help of each, by name."""
    return {name: option.help for name, option in list_options(model).items() if option.asked}


def read_options(model: type[S], texts: Mapping[str, str]) -> S:
    """The settings from ``--set``, typed by their model.

    Raises `Refused` (PL554), which names the option, never its value: that may hold a credential.
    """
    known_options = [*list_deploy_options(model)]
    for name in texts:
        if name not in known_options:
            alternatives = f"there are: {', '.join(known_options)}" if known_options else "there are none"
            raise Refused(
                "PL554", f"there is no option '{name}'; {suggestion(name, known_options)}{alternatives}"
            )
    try:
        return model.model_validate(dict(texts))
    except ValidationError as error:
        problem = error.errors()[0]
        path = ".".join(str(part) for part in problem["loc"])
        text = describe_problem(problem["msg"])
        raise Refused("PL554", f"{path}: {text}" if path else text) from None


def describe_problem(message: str) -> str:
    """What pydantic says of a value, as part of a sentence."""
    message = message.removeprefix("Value error, ")
    return message[:1].lower() + message[1:]


def suggestion(name: str, names: list[str]) -> str:
    """``do you mean 'X'? `` where one of `names` is close to `name`, else nothing."""
    close = find_similar(name, names)
    return f"do you mean '{close}'? " if close else ""
