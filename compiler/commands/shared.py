"""The options that all commands which read a pipeline share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


def shared_options(command: F) -> F:
    """`command` with them; `cli.options` makes the library's `Options` of what they give."""
    shared = (
        click.option("--pipeline", metavar="NAME", help="Which pipeline, where the file has several."),
        click.option(
            "--param", "-p", "params", multiple=True, metavar="NAME=VALUE", help="A parameter's value."
        ),
        click.option(
            "--env",
            "-e",
            "env",
            multiple=True,
            metavar="NAME=VALUE",
            help="An environment variable that the file reads.",
        ),
        click.option(
            "--env-file",
            multiple=True,
            type=click.Path(path_type=Path, exists=True, dir_okay=False),
            help="A .env file of such variables, or Azure DevOps variables in YAML.",
        ),
        click.option(
            "--bind",
            multiple=True,
            metavar="NAME=VALUE",
            help="The value of a variable of FILE: a Python literal, else a text.",
        ),
        click.option(
            "--config",
            type=click.Path(path_type=Path),
            help="The configuration; else pipelift.toml beside FILE.",
        ),
        click.option("--allow", multiple=True, metavar="CODE", help="Accept a loss, as in PL423."),
    )
    for option in reversed(shared):
        command = option(command)
    return command
