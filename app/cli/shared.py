"""The options that all commands which read a pipeline share."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


class RegularFile(click.Path):
    """A file that can be read to its end: no fifo and no device, which may never end."""

    def convert(
        self, value: str | os.PathLike[str], param: click.Parameter | None, ctx: click.Context | None
    ) -> str | bytes | os.PathLike[str]:
        """The path. Fails as click does."""
        path = super().convert(value, param, ctx)
        if os.path.exists(path) and not os.path.isfile(path):
            self.fail(f"'{value}' is no regular file.", param, ctx)
        return path


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
            type=RegularFile(path_type=Path, exists=True, dir_okay=False),
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
            type=RegularFile(path_type=Path, dir_okay=False),
            help="The configuration; else pipelift.toml beside FILE.",
        ),
        click.option("--allow", multiple=True, metavar="CODE", help="Accept a loss, as in PL423."),
        click.option(
            "--allow-read",
            multiple=True,
            metavar="DIR",
            type=click.Path(path_type=Path, exists=True, file_okay=False),
            help="A folder outside the project that FILE and its source folders may read.",
        ),
    )
    for option in reversed(shared):
        command = option(command)
    return command
