"""The launcher's arguments, as Airflow's Jinja templates render them."""

from __future__ import annotations

from collections.abc import Collection

from pipelift.backends.printing.python import Code
from pipelift.compiler import ir


def command(
    pipeline: ir.Pipeline,
    step: ir.Step,
    stores: tuple[str | Code, ...] = (),
    hidden: Collection[str] = (),
) -> tuple[str | Code, ...]:
    """The launcher's arguments. Each parameter is one element of the list, so that no value can end it.

    `stores` are those for remote stores; the parameters `hidden` go another way.
    """
    visible = [name for name in step.parameters if name not in hidden]
    values = (f"--parameter={template(name)}={_template_value(name)}" for name in visible)
    reuse_options = ("--no-reuse",) if pipeline.regenerate else ()
    return ("step", "--run", Code("RUN"), *reuse_options, *stores, *values)


def template(text: str) -> str:
    """`text` as a Jinja template that renders to it."""
    plain = text.isprintable() and "{" not in text
    return text if plain else f"{{{{ {_jinja_text(text)} }}}}"


def _template_value(name: str) -> str:
    """A Jinja template for the value of a parameter: a subscript, as ``params.items`` is a method."""
    return f"{{{{ params[{_jinja_text(name)}] }}}}"


def _jinja_text(text: str) -> str:
    """A string of Jinja's, which has Python's escapes: none of the user's quotes and braces stand in it."""
    inside = text.encode("unicode_escape").decode("ascii")
    for character in "'\"{}":
        inside = inside.replace(character, f"\\x{ord(character):02x}")
    return f"'{inside}'"
