"""What commands print: nothing in a user's text steers the terminal, turns its direction or hides a part of a line."""

from __future__ import annotations

from typing import Any

import click


def echo(text: str = "", *, err: bool = False, nl: bool = True, mark: str = "") -> None:
    """Print lines for people, hidden characters as their escapes; `mark`, which may be coloured, stands before them."""
    from pipelift.compiler.diagnostics.rendering.excerpt import visible

    click.echo(mark + "\n".join(visible(line) for line in text.split("\n")), err=err, nl=nl)


def echo_json(value: Any, *, indent: int | None = 2, err: bool = False) -> None:
    """Print plain data for programs, as one JSON document."""
    from pipelift.compiler.diagnostics.rendering.data import printable_json

    click.echo(printable_json(value, indent), err=err)


def echo_rendered(text: str, *, err: bool = False, color: bool | None = None) -> None:
    """Print a document whose renderer has cleaned the user's text already: diagnostics, drawings, schemas."""
    click.echo(text, nl=False, err=err, color=color)
