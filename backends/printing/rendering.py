"""The Jinja environment in which templates print plans, and its filters."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from pipelift.backends.printing.literals import comment_text, shell_word
from pipelift.backends.printing.python import python_literal
from pipelift.backends.printing.yaml import yaml_scalar
from pipelift.runtime.contract import paths

if TYPE_CHECKING:
    import jinja2
    import jinja2.runtime

_VALUES = "python_values"
_MARK = re.compile(r"\0(\d+)\0")


def render(template: str, **context: object) -> str:
    """The text of ``templates/<template>`` (such as ``airflow/dag.py.j2``) with `context` and the contract's ``paths``.

    The filter `py` lays a value out for the place where it stands: how far its line is indented, and what else is
    on it, decides whether it is broken. Raises `jinja2.UndefinedError` for a name that the context lacks: a fault
    of ours.
    """
    values: list[object] = []
    text = _environment().get_template(template).render({**context, _VALUES: values})
    if not values:
        return text
    return "\n".join(lay_out(line, values) for line in text.split("\n"))


def lay_out(line: str, values: list[object]) -> str:
    """`line` with those of `values` whose marks (``NUL index NUL``) stand in it."""
    indent = len(line) - len(line.lstrip(" "))
    text = ""
    while (mark := _MARK.search(line)) is not None:
        text += line[: mark.start()]
        line = line[mark.end() :]
        before = len(text) - text.rfind("\n") - 1
        after = len(_MARK.sub(lambda match: python_literal(values[int(match[1])], 0, 0), line))
        text += python_literal(values[int(mark[1])], indent, before + after)
    return text + line


@cache
def _environment() -> jinja2.Environment:
    import jinja2

    @jinja2.pass_context
    def mark_value(context: jinja2.runtime.Context, value: object) -> str:
        """A mark in place of `value`: NUL, which no other filter lets through to a Python file."""
        values: list[object] = context[_VALUES]
        values.append(value)
        return f"\0{len(values) - 1}\0"

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("pipelift.templates", ""),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    environment.globals["paths"] = paths
    environment.filters.update(py=mark_value, yaml=yaml_scalar, shell=shell_word, comment=comment_text)
    environment.filters["verbatim"] = (
        str  # text in the output's own language: the user's or ours, already printed
    )
    return environment
